"""The charts as pictures: seven, each as SVG and PNG, with exact figures beside what is drawn, readable without colour."""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import Engine

import lives
from databases import address
from ledger.database import db
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import choose_run, settle
from reports.tech_branch import charts
from reports.tech_branch.performance_figures import figures
from reports.writing import drawings
from tiexi.cli import run as command

pytestmark = pytest.mark.sqlite_only  # the stages are copies of one database file
NAMES = ("各区市补助", "各银行补助", "预算使用", "各代码拦下的笔数", "五年补助", "利率与LPR", "拨付各环节天数")


def texts(path: Path) -> set[str]:
    """Everything that an SVG writes."""
    return {"".join(node.itertext()) for node in etree.parse(str(path)).iter("{http://www.w3.org/2000/svg}text")}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """The charts of the small city's 2023, paid down to the enterprises."""
    folder = tmp_path_factory.mktemp("charts")
    engine = lives.at_stage(folder, "paid")
    assert command(["--database", address(engine), "export", "charts", "2023", "-o", str(folder / "图")]) == 0
    engine.dispose()
    yield {path.name: path for path in (folder / "图").iterdir()}


def test_seven_charts_each_as_svg_and_png(drawn: dict[str, Path]) -> None:
    wanted = {f"{number}-{name}-2023.{end}" for number, name in enumerate(NAMES, 1) for end in ("svg", "png")}
    assert set(drawn) == wanted
    for name, path in drawn.items():
        if name.endswith(".png"):
            head = path.read_bytes()[:24]
            width, height = struct.unpack(">II", head[16:24])
            assert head[:8] == b"\x89PNG\r\n\x1a\n" and width > 1400 and height > 250
        else:
            assert drawings.FONT.split(",")[0] in path.read_text(encoding="utf-8")


def test_what_is_written_beside_the_bars_is_exact(drawn: dict[str, Path]) -> None:
    """RULES by hand: 贴息 29.9055, 奖补 15.0945 of a budget of 45; the legs take 4, 10.2, 8 and 13 days."""
    svg = {name: texts(drawn[f"{number}-{name}-2023.svg"]) for number, name in enumerate(NAMES, 1)}
    assert {"45.00", "29.9055", "15.0945", "2023", "合计", "贴息", "奖补"} <= svg["五年补助"]
    assert "45.00 / 45.00，100.00%" in svg["预算使用"] and "全市" in svg["预算使用"]
    assert {"4.0 天", "10.2 天", "8.0 天", "13.0 天", "32.0 天", "19.0 天"} <= svg["拨付各环节天数"]
    assert {"环翠区", "荣成市", "高区", "市外", "0.00"} <= svg["各区市补助"]
    assert {lives.ONE, lives.TWO, lives.THREE} <= svg["各银行补助"]
    assert {"R_REGION 企业所在地", "R_RATE 利率上限"} <= svg["各代码拦下的笔数"]
    assert {"2023-03", "2023-09", "适用 LPR", "上限（LPR + 0.90）"} <= svg["利率与LPR"]


def test_the_parts_are_the_figures_of_the_evaluation(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "paid")
    with db.reading(engine) as connection:
        found = figures(connection, choose_run(connection, "tech_branch", 2023))
        pictures = list(charts.pictures(connection, found))
    bars = pictures[0].draw().to_dict()["layer"][0]["data"]["values"]
    drawn = {(bar["name"], bar["series"]): bar["value"] for bar in bars}
    for county, part in found.counties.items():
        assert drawn[county, "贴息"] == (part["interest"] or 0) / 1_000_000
        assert drawn[county, "奖补"] == (part["bonus"] or 0) / 1_000_000
    engine.dispose()


def test_shades_are_told_apart_in_print_without_colour() -> None:
    grey = [sum(weight * int(shade[at : at + 2], 16) for weight, at in ((0.3, 1), (0.59, 3), (0.11, 5))) for shade in drawings._SHADES]  # fmt: skip
    assert abs(grey[0] - grey[1]) > 100  # the two that most charts use
    ordered = sorted(grey)
    assert min(high - low for low, high in zip(ordered, ordered[1:], strict=False)) > 35


def test_a_year_without_budget_and_payments_says_so(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "second year")  # 2024: no budget on file, nothing paid
    settle(engine, PROGRAMMES["tech_branch"], 2024, None, lives.CLERK)
    assert (
        command(["--database", address(engine), "export", "charts", "2024", "--run", "3", "-o", str(tmp_path / "图")])
        == 0
    )
    assert "2024 年度没有录入预算" in texts(tmp_path / "图" / "3-预算使用-2024.svg")
    legs = texts(tmp_path / "图" / "7-拨付各环节天数-2024.svg")
    assert "2023 年度" in legs and "2024 年度" not in legs  # only last year's money has moved
    assert {"2023", "2024"} <= texts(tmp_path / "图" / "5-五年补助-2024.svg")
    engine.dispose()


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_without_the_libraries_one_sentence_says_what_to_install(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = lives.at_stage(tmp_path, "trial")
    monkeypatch.setitem(sys.modules, missing, None)
    out = tmp_path / "图"
    assert command(["--database", address(engine), "export", "charts", "2023", "-o", str(out)]) == 3
    said = capsys.readouterr().err
    assert missing in said and "pip install 'tiexi[charts]'" in said and "Traceback" not in said
    assert not out.exists()
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine: Engine = lives.at_stage(tmp_path, "trial")
    (tmp_path / "图").write_text("", encoding="utf-8")
    assert command(["--database", address(engine), "export", "charts", "2023", "-o", str(tmp_path / "图")]) == 3
    assert "图 无法建立" in capsys.readouterr().err
    engine.dispose()
