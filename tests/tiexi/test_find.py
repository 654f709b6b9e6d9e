"""`tiexi find`: enterprises and banks by any part of any name or code, and what each year brought."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lives
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from lives import CODES, ONE, THREE, TWO
from tiexi import cli
from tiexi.terminal import printing
from tiexi.terminal.width import cell_len


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """The invented city at a stage; tests write with the engine and then use the command line."""

    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


@pytest.fixture
def find(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def run(*words: str, code: int = 0) -> Any:
        assert cli.run(["find", *words, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for kind in found.values() for one in kind]


def test_any_part_of_a_name_or_code_finds(opened: Any, find: Any) -> None:
    opened("filed").dispose()
    assert sorted(names(find("海"))) == ["海丁公司", "海丙公司", "海乙公司", "海甲公司"]
    assert names(find("甲")) == names(find(CODES[0])) == names(find(CODES[0][-9:].lower())) == ["海甲公司"]
    assert names(find("样例")) == [ONE, THREE, TWO]
    assert names(find("样例", "三")) == names(find("样 例　三")) == [THREE]
    assert names(find(CODES[0].translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}))) == ["海甲公司"]
    assert find("没有这家", code=1) == {"enterprises": [], "banks": [], "insurers": [], "investors": []}


def test_what_each_year_brought_by_the_approved_run_else_the_latest_trial(opened: Any, find: Any) -> None:
    engine = opened("second year")
    lives.settle(engine, 2024)
    lives.settle(engine, 2025)
    engine.dispose()
    (enterprise,) = find("海甲")["enterprises"]
    assert enterprise["county"] == "环翠区" and enterprise["loans"] == {"2023": 2, "2024": 1}
    shown = [(one["year"], one["run"], one["approved"], one["lines"]) for one in enterprise["years"]]
    assert shown == [(2023, 1, True, 2), (2024, 2, True, 2), (2025, 4, False, 2)]
    assert enterprise["years"][0]["given"].keys() == {"interest_fen", "bonus_fen"}
    assert enterprise["years"][0]["given"]["interest_fen"] > 0
    (revoked,) = find("海丁")["enterprises"]
    claims = [one for one in revoked["years"] if one["claims"]]
    assert [(one["year"], one["kind"], one["lines"]) for one in claims] == [(2024, "追缴", 1)]
    (stopped,) = find("海丙")["enterprises"]
    assert stopped["years"][0]["stopped"] == {"R_RATE": 1}


def test_a_bank_is_found_by_every_name_it_has_had(opened: Any, find: Any, tmp_path: Path) -> None:
    engine = opened("trial")
    changes = [
        {"原名称": TWO, "变更日": "2024-02-01", "类别": "更名", "现名称": "海角新行", "批准文号": "函1号"},
        {"原名称": THREE, "变更日": "2024-02-02", "类别": "承继", "现名称": ONE, "批准文号": "函2号"},
    ]
    lives.take(engine, tmp_path, {"银行变更": changes})
    engine.dispose()
    (bank,) = find(TWO)["banks"]
    assert (bank["name"], bank["other_names"]) == ("海角新行", [TWO])
    assert bank["years"][0]["lines"] == 3
    assert names(find("角新")) == ["海角新行"]
    assert names(find("样例一")) == [ONE, f"{THREE}（{ONE}承继）"]


def test_an_enterprise_that_was_withdrawn_is_said_to_be(opened: Any, find: Any, tmp_path: Path) -> None:
    engine = opened("filed")
    code = lives.usc_code(77)
    lives.take(engine, tmp_path, {"企业": [{"统一社会信用代码": code, "企业名称": "误录公司", "区市": "高区"}]})
    void(engine, BY_NAME["企业"], [code], "录错", "测试")
    engine.dispose()
    (found,) = find("误录")["enterprises"]
    assert found["county"] == "已撤回"


def test_a_person_reads_it_within_80_columns(opened: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = opened("second year")
    lives.settle(engine, 2025)
    engine.dispose()
    monkeypatch.setattr(printing, "line_width", lambda: 80)
    assert cli.run(["find", "海甲"]) == 0
    out = capsys.readouterr().out
    assert f"{CODES[0]}　海甲公司（环翠区）" in out
    assert "2023 年度 科技支行贷款（办结，第 1 号运行）：贷款 2 笔，贴息金额 12.00 万元" in out
    assert "2025 年度 科技支行贷款（试算，第 3 号运行）：贷款 2 笔，没有金额；未通过：" in out
    assert max(map(cell_len, out.splitlines())) <= 80
    assert cli.run(["find", "没有这家"]) == 1
    assert "没有名称或代码含「没有这家」的企业、银行、保险机构或投资机构" in capsys.readouterr().out
    assert cli.run(["find", " "]) == 2 and cli.run(["find"]) == 2
