"""Cookies: the session's, and those that hold for minutes where a sign-in stands that is not finished.

No script reads them; with an https address they have the prefix that has browsers hold them fast.
"""

from starlette.responses import Response

from ledger.settings import Settings

SESSION, STEP, UNIT = "tiexi", "tiexi-step", "tiexi-unit"


def name(settings: Settings, cookie: str = SESSION) -> str:
    """What a cookie is called."""
    return f"__Host-{cookie}" if settings.portal_public else cookie


def give(response: Response, settings: Settings, value: str, cookie: str = SESSION, seconds: int | None = None) -> None:
    """Gives the browser a cookie; it forgets it after so many seconds, or when it is closed."""
    response.set_cookie(
        name(settings, cookie), value, max_age=seconds, path="/", httponly=True, samesite="lax",
        secure=bool(settings.portal_public),
    )  # fmt: skip


def clear(response: Response, settings: Settings, cookie: str = SESSION) -> None:
    """Has the browser forget one."""
    response.delete_cookie(
        name(settings, cookie), path="/", httponly=True, samesite="lax", secure=bool(settings.portal_public)
    )
