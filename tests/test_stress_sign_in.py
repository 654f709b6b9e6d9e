"""The harness of S4 in short: that it fails to sign in, in every way, as often as it is asked. How long that takes is measured
by hand on a quiet machine; in the suite the computed hashes are counted instead."""

import pytest
from sqlalchemy import Engine

from stress import sign_in


@pytest.mark.sqlite_only
def test_every_kind_of_failure_is_timed_S4(engine: Engine) -> None:
    found = sign_in.medians(engine, tries=1)
    assert set(found) == set(sign_in.TRIED) and min(found.values()) > 0
