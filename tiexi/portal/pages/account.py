"""One's own account: the password, tokens, sessions, and when one was last here."""

from tiexi.portal.call import Call
from tiexi.portal.page_routes import Shown, page


@page("GET", "/account")
def account(call: Call) -> Shown:
    """My account."""
    return Shown("account.html")
