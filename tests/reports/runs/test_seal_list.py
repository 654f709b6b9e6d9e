"""The seals as a list: every kind has a name in Chinese."""

from ledger import models
from reports.runs import seal_list


def test_every_kind_of_seal_has_a_name() -> None:
    kinds = {kind for model in models.Base.__subclasses__() for kind in getattr(model, "LINKS", ())}
    known = {kind for kind in kinds if kind != models.base.ANY_LINK}
    assert {"upload", "paper", "account", "sample"} <= known
    assert known - set(seal_list._NAMES) == set()
    assert all(not name.isascii() for name in seal_list._NAMES.values())
