"""S4 in short: what a failed sign-in says of the login by the time that it takes."""

import pytest
from sqlalchemy import Engine

from stress import sign_in


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("real_passwords")
def test_a_failed_sign_in_takes_as_long_whether_the_login_exists_or_not_S4(engine: Engine) -> None:
    found = sign_in.medians(engine, tries=18)  # under 20, when the login would be barred
    assert max(found.values()) <= 1.2 * min(found.values()), found
