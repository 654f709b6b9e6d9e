"""Which row is which, and which cells a formula sums."""

from pathlib import Path

from reports.programmes import kinds
from reports.received.matching import moved, pair
from reports.received.reading import read_received, summed_cells
from returned import (
    City,
    rewritten,
)


def test_matching() -> None:
    ours = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]
    assert pair(ours, [ours[0], ours[2], ours[3]], [], 1) == {0: 0, 1: 2, 2: 3}
    assert pair(ours, [ours[1], ours[0], *ours[2:]], [], 1) == {0: 1, 1: 0, 2: 2, 3: 3}
    assert pair(ours, [ours[0], ("b", "9"), *ours[2:]], [[0]], 1) == {0: 0, 1: 1, 2: 2, 3: 3}
    assert pair([("a", "x"), ("a", "x")], [("a", "x")], [], 1) == {0: 0}
    assert moved({0: 1, 1: 0, 2: 2}) in ({0}, {1})
    assert moved({0: 3, 1: 0, 2: 1, 3: 2}) == {0} and moved({}) == set()


def test_sums_are_read_however_they_are_written() -> None:
    assert summed_cells("=SUM(A1:A3)", 10) == {(0, 0): 1, (1, 0): 1, (2, 0): 1}
    assert summed_cells("=SUM(A1,B2)+C3", 10) == {(0, 0): 1, (1, 1): 1, (2, 2): 1}
    assert summed_cells("=SUM(A1:A9999999)", 2) == {(0, 0): 1, (1, 0): 1}
    for text in ("=SUM(A1)*2", "=SUM(数据!A1)", "=A1-A2", "=1", "=SUM()", "=SUM(A1:B2:C3)"):
        assert summed_cells(text, 10) is None


def test_shared_formulas_are_read(city: City, tmp_path: Path) -> None:
    """Excel may write a formula once and let its neighbours share it."""
    path = rewritten(
        city.paths["annex1"], tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml",
        ("<f>SUM(I5:I5)</f>", '<f t="shared" ref="I6:J6" si="0">SUM(I5:I5)</f>'),
        ("<f>SUM(J5:J5)</f>", '<f t="shared" si="0"/>'),
    )  # fmt: skip
    assert read_received(path)["附件1"].formulas[5, 9] == "=SUM(J5:J5)"
    assert city.check(path, "annex1").differences == []


def test_every_kind_knows_its_columns() -> None:
    for kind in kinds():
        names = [column.name for column in kind.columns]
        assert set(kind.identity) <= set(names) and {"run", "year", "county"} <= set(names)
        for shape in kind.forms:
            assert set(shape.identity) <= {column.header for column in shape.columns}
