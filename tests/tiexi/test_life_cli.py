"""The life of a run on the command line: the whole way, one JSON object each."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import lives
from ledger import workdays
from ledger.audit import audit
from ledger.database import db
from ledger.programmes import chart
from ledger.runs.settlement import read_run
from ledger.runs.steps import steps
from paying import project_world
from reports.runs import status
from sheets import write_sheets
from tiexi.demo import life

Run = Callable[..., tuple[int, str, str]]
At = Callable[[str], Run]


def one_object(out: str) -> dict[str, Any]:
    found = json.loads(out)
    assert isinstance(found, dict) and len(out.splitlines()) == 1
    return found


def fill(path: Path, sheet: str, change: Callable[[dict[str, Any]], None]) -> str:
    """A written workbook with rows changed; its name."""
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    headers = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        values = {header: cell.value for header, cell in zip(headers, row, strict=True)}
        change(values)
        for header, cell in zip(headers, row, strict=True):
            cell.value = values[header]
    book.save(path)
    return path.name


def filled_payments(path: Path) -> str:
    number = iter(range(1, 1000))

    def fill_in(row: dict[str, Any]) -> None:
        row["日期"], row["凭证号"] = lives.LEG_DAYS[row["环节"]], f"V{next(number)}"

    return fill(path, "拨付", fill_in)


# --- the whole way ------------------------------------------------------------------------------------------------------


def test_the_whole_way_by_command(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", lives.city())
    done: list[str] = []

    def ok(*arguments: str) -> str:
        code, out, err = tiexi(*arguments)
        assert code == 0 and err == "", (arguments, out, err)
        done.append(out)
        return out

    ok("init")
    ok("import", "a.xlsx", "--uploader", lives.TYPIST)
    ok("settle", "2023", "--as-of", "2024-01-31")
    for county, name in lives.SIGNERS.items():
        assert f"签署的数字：{county} " in ok("sign", "1", "--county", county, "--by", name, "--document", "初审1号")
    ok("sample", "1", "--share", "30%", "-o", "清单.xlsx")
    fill(tmp_path / "清单.xlsx", "结果录入", lambda row: row.update({"核查结果": "相符"}))
    ok("check", "1", "清单.xlsx", "--by", lives.CHECKER)
    out = ok("approve", "1", "--by", lives.CHIEF, "--document", "审1号", "--date", "2024-02-20")
    assert "已由 审核人 审核通过，文号 审1号，已记账" in out and "单人试用" not in out
    assert "审核的数字：全市 8 笔贷款" in out and "追缴 0.00" in out
    head = out.split("摘要 ")[1][:64]
    ok("export", "annex1", "2023", "--county", "环翠区", "-o", "附件1.xlsx")
    ok("export", "annex2", "2023", "-o", "附件2.xlsx")
    ok("allot", "1", "--by", lives.CASHIER, "--document", "财8号", "--date", "2024-03-01")
    assert "待拨付 28 行" in ok("pay", "2023", "--blank", "拨付表.xlsx")
    out = ok("pay", "2023", filled_payments(tmp_path / "拨付表.xlsx"), "--by", lives.CASHIER)
    assert "市财政到区市财政：6 笔，9.00 万元" in out and "分录号：7 至 34" in out and "已封存：第 11 号" in out
    out = ok("balance", "2023")
    assert "没有滞留的资金" in out and "100.00%" in out
    ok("close", "1", "--by", lives.CHIEF, "--document", "审20号")
    out = ok("status", "1")
    assert "办结" in out and "还缺" not in out
    for name in (*lives.SIGNERS.values(), lives.CHECKER, lives.CHIEF, lives.CASHIER, "财8号", "下达日 2024-03-01"):
        assert name in out
    assert "纸面上的摘要是第 9 号封存，其后又有 3 个封存" in ok("audit", "--head", head)
    ok("export", "journal", "2023", "-o", "账.beancount")
    # what was exported at the approval is still what the ledger says, and can be explained
    for annex in ("附件1.xlsx", "附件2.xlsx"):
        assert "逐格相同" in ok("reconcile", annex)
    assert "贴息 9.00 万元" in ok("explain", "A1", "--bank", lives.ONE, "--year", "2023")
    assert tiexi("pay", "2023", "拨付表.xlsx")[:2] == (0, tiexi("pay", "2023", "拨付表.xlsx")[1])
    assert "此前已于" in ok("pay", "2023", "拨付表.xlsx")


def test_verify_knows_an_annex_after_the_year_is_closed(at: At, tmp_path: Path) -> None:
    tiexi = at("approved")
    assert tiexi("export", "annex2", "2023", "-o", "前.xlsx")[0] == 0
    tiexi = at("closed")
    assert tiexi("export", "annex2", "2023", "-o", "后.xlsx")[0] == 0
    for name in ("前.xlsx", "后.xlsx"):
        assert "一致" in tiexi("reconcile", name)[1]
    code, out, err = tiexi("verify", "后.xlsx")
    assert code == 0, out + err
    for before, after in zip(
        *(openpyxl.load_workbook(name)["说明"].values for name in ("前.xlsx", "后.xlsx")), strict=True
    ):
        if before[0] != "状态":
            assert before == after
    assert (tmp_path / "前.xlsx").is_file()


def test_the_whole_way_as_json(tiexi: Run, tmp_path: Path) -> None:
    write_sheets(tmp_path / "a.xlsx", lives.city())

    def ask(*arguments: str) -> dict[str, Any]:
        code, out, err = tiexi(*arguments, "--json")
        assert code == 0 and err == "", (arguments, out, err)
        return one_object(out)

    tiexi("init")
    ask("import", "a.xlsx", "--uploader", lives.TYPIST)
    assert ask("settle", "2023", "--as-of", "2024-01-31")["state"] == "trial"
    found = ask("return", "1", "--county", "高区", "--by", "初审丙", "--reason", "复核")
    assert found["state"] == "review" and found["signatures"][2]["reason"] == "复核"
    for county, name in lives.SIGNERS.items():
        found = ask("sign", "1", "--county", county, "--by", name, "--document", "初审1号")
    assert [one["state"] for one in found["signatures"]] == ["signed"] * 3
    found = ask("sample", "1", "-o", "清单.xlsx", "--seed", "种子")
    assert found["new"] and found["drawn_fen"] * 10 >= found["total_fen"] and found["seed"] == "种子"
    assert ask("status", "1")["spot_check"]["waiting"] == found["loans"]
    fill(tmp_path / "清单.xlsx", "结果录入", lambda row: row.update({"核查结果": "相符"}))
    assert ask("check", "1", "清单.xlsx", "--by", lives.CHECKER)["waiting"] == 0
    found = ask("approve", "1", "--by", lives.CHIEF, "--document", "审1号", "--date", "2024-02-20")
    assert found["state"] == "approved" and not found["solo"] and found["seal"]["seal"] == 10
    assert ask("allot", "1", "--by", lives.CASHIER, "--document", "财8号", "--date", "2024-03-01")["seal"]["seal"] == 11
    assert ask("pay", "2023", "--blank", "拨付表.xlsx")["rows"] == 28
    name = filled_payments(tmp_path / "拨付表.xlsx")
    found = ask("pay", "2023", name, "--dry-run")
    assert (found["status"], found["entries"], found["seal"]) == ("checked", {}, None)
    found = ask("pay", "2023", name)
    assert found["status"] == "taken" and found["legs"]["city_to_county"] == {"rows": 6, "fen": 9000000}
    number = found["entries"]["1"][-1]
    assert ask("pay", "2023", name)["status"] == "known"
    assert ask("reverse", str(number), "--reason", "误记")["seal"]["seal"] == 13
    found = ask("balance", "2023", "--as-of", "2024-06-30")
    assert sum(found["stages"].values()) == found["owed_fen"] == 45_000_000
    assert set(found["stages"]) == {
        f"{stage}_fen" for stage in ("not_allotted", *chart.in_hand(), "bank_paid", "enterprise_paid")
    }
    waiting = found["waiting"][0]
    assert (waiting["place"], waiting["item"], waiting["since"], waiting["days"]) == (
        "bank",
        "interest",
        "2024-03-20",
        102,
    )
    assert waiting["amount_fen"] == found["stages"]["bank_fen"]
    ask("pay", "2023", "--blank", "余.xlsx")
    ask("pay", "2023", filled_payments(tmp_path / "余.xlsx"))
    assert ask("close", "1", "--by", lives.CHIEF, "--document", "审20号")["state"] == "closed"
    assert ask("audit")["problems"] == []
    found = ask("status")["runs"][0]
    assert (found["state"], found["approved_by"]) == ("closed", lives.CHIEF)
    kinds = [step["kind"] for step in ask("status", "1")["steps"]]
    assert kinds == ["trial", "return", "sign", "sign", "sign", "sample", "check", "approve", "allot", "pay", "close"]


def test_a_refused_file_of_payments_as_json(at: At, tmp_path: Path) -> None:
    tiexi = at("allotted")
    row = {
        "环节": "市财政到区市财政",
        "区市": "环翠区",
        "补助项目": "贴息",
        "日期": date(2024, 3, 5),
        "金额(万元)": 99,
        "凭证号": "V",
    }
    write_sheets(tmp_path / "多.xlsx", {"拨付": [row]})
    code, out, err = tiexi("pay", "2023", "多.xlsx", "--json")
    found = one_object(out)
    assert code == 1 and err == "" and found["status"] == "refused" and found["entries"] == {}
    assert (found["findings"][0]["row"], found["findings"][0]["column"]) == (2, "金额(万元)")
    code, out, _ = tiexi("pay", "2023", "多.xlsx")
    assert code == 1 and out.splitlines()[-1] == "拒绝　多.xlsx：共 1 处问题，整个文件未记账"


def test_solo_is_said_wherever_the_run_is_printed(at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiexi = at("trial")
    assert tiexi("approve", "1", "--by", "x", "--document", "y")[0] == 1
    monkeypatch.setenv("TIEXI_SOLO", "1")
    code, out, _ = tiexi("approve", "1", "--by", lives.TYPIST, "--document", "y")
    words = "单人试用（TIEXI_SOLO=1）"
    assert code == 0 and words in out
    assert words in tiexi("status", "1")[1]
    assert tiexi("export", "annex2", "2023", "-o", "附件2.xlsx")[0] == 0
    notes = dict(row[:2] for row in openpyxl.load_workbook("附件2.xlsx")["说明"].values)
    assert words in str(notes["状态"])
    assert one_object(tiexi("status", "1", "--json")[1])["solo"] is True
    monkeypatch.delenv("TIEXI_SOLO")
    assert words in tiexi("status", "1")[1]  # it stays with the run
    mark = "单人试用"
    assert f"审核通过（{mark}）" in tiexi("status")[1]
    assert f"第 1 号运行为{mark}" in tiexi("explain", "A1", "--bank", lives.ONE, "--year", "2023")[1]
    assert mark in tiexi("allot", "1", "--by", lives.CASHIER, "--document", "财8号")[1]
    assert f"（下达，{mark}）" in tiexi("balance", "2023")[1]
    assert tiexi("pay", "2023", "--blank", "拨付表.xlsx")[0] == 0
    today = workdays.today()
    fill(tmp_path / "拨付表.xlsx", "拨付", lambda row: row.update({"日期": today, "凭证号": row["环节"]}))
    assert f"第 1 号运行为{mark}" in tiexi("pay", "2023", "拨付表.xlsx")[1]


def test_what_is_to_be_done_next_can_be_done(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of a settlement never leads into a refusal."""
    settle = ("settle", "2023", "--as-of", "2024-01-31")
    tiexi = at("filed")
    out = tiexi(*settle)[1]
    assert out.splitlines()[-1] == (
        "这是试算，核对后办理——区市初审签署：环翠区、荣成市、高区（tiexi sign 1 --county 区市 --by 姓名 --document 文号）"
    )
    assert tiexi("status")[1].count("：区市初审签署：环翠区、荣成市、高区") == 1  # once, not for each county
    monkeypatch.setenv("TIEXI_SOLO", "1")
    assert "——市级审核：tiexi approve 2 " in tiexi(*settle)[1].splitlines()[-1]
    tiexi = at("approved")
    assert "不必再办：2023 年度已审核通过第 1 号运行" in tiexi(*settle)[1].splitlines()[-1]
    code, _, err = tiexi("sign", "2", "--county", "高区", "--by", "初审丙", "--document", "初审1号")
    assert code == 1 and "2023 年度已有审核通过的第 1 号运行，第 2 号运行无需初审" in err
    assert "\n不必再办" in tiexi("status", "2")[1]


def test_the_steps_say_on_which_loans_the_check_found_what(at: At, tmp_path: Path) -> None:
    tiexi = at("signed")
    tiexi("sample", "1", "--share", "100%", "-o", "清单.xlsx")
    fill(tmp_path / "清单.xlsx", "结果录入", lambda row: row.update({"核查结果": "不符", "说明": "缺页"}))
    assert tiexi("check", "1", "清单.xlsx", "--by", lives.CHECKER)[0] == 0
    one = ("check", "1", "--bank", lives.ONE, "--note", "Ａ１", "--result", "已解决", "--remark", "已补交")
    assert tiexi(*one, "--by", "抽查员乙")[0] == 0  # within the same second: steps are told apart by who and when
    steps = one_object(tiexi("status", "1", "--json")[1])["steps"]
    checks = [step for step in steps if step["kind"] == "check"]
    assert checks[1]["loans"] == [{"bank": lives.ONE, "note_no": "A1", "outcome": "resolved", "remark": "已补交"}]
    assert status.step_row(checks[1])[-1] == "已解决 1 笔：样例一行 A1（已补交）"
    said, count = status.step_row(checks[0])[-1], len(checks[0]["loans"])
    assert said.startswith(f"不符 {count} 笔：") and said.count("（缺页）") == 3 and said.endswith(f" 等 {count} 笔")


def test_what_was_filled_in_is_not_written_over(at: At, tmp_path: Path) -> None:
    tiexi = at("signed")
    sample = ("sample", "1", "-o", "清单.xlsx")
    assert tiexi(*sample)[0] == 0 and tiexi(*sample)[0] == 0  # nothing was filled in
    fill(tmp_path / "清单.xlsx", "结果录入", lambda row: row.update({"核查结果": "相符"}))
    before = (tmp_path / "清单.xlsx").read_bytes()
    code, _, err = tiexi(*sample, "--share", "50%")
    assert code == 1 and "清单.xlsx 已存在，其中「结果录入」表第 2 行已填写核查结果，没有覆盖" in err
    assert (tmp_path / "清单.xlsx").read_bytes() == before
    assert one_object(tiexi("status", "1", "--json")[1])["spot_check"]["drawn"] > 0
    kinds = [step["kind"] for step in one_object(tiexi("status", "1", "--json")[1])["steps"]]
    assert kinds.count("sample") == 1  # what was refused drew nothing
    assert tiexi("check", "1", "清单.xlsx", "--by", lives.CHECKER)[0] == 0
    assert tiexi(*sample)[0] == 0  # all that it held is on record
    assert "单人" not in tiexi("approve", "1", "--by", lives.CHIEF, "--document", "审", "--date", "2024-02-20")[1]
    assert tiexi("allot", "1", "--by", lives.CASHIER, "--document", "财", "--date", "2024-03-01")[0] == 0
    blank = ("pay", "2023", "--blank", "拨付表.xlsx")
    assert tiexi(*blank)[0] == 0 and tiexi(*blank)[0] == 0
    filled_payments(tmp_path / "拨付表.xlsx")
    before = (tmp_path / "拨付表.xlsx").read_bytes()
    code, _, err = tiexi(*blank)
    assert code == 1 and "「拨付」表第 2 行已填写日期，没有覆盖" in err
    assert (tmp_path / "拨付表.xlsx").read_bytes() == before
    (tmp_path / "别的.xlsx").write_text("笔记", encoding="utf-8")
    for command in (("pay", "2023", "--blank", "别的.xlsx"), ("sample", "1", "-o", "别的.xlsx")):
        code, _, err = tiexi(*command)
        assert code == 1 and "别的.xlsx 已存在，而且不是" in err
    assert (tmp_path / "别的.xlsx").read_text(encoding="utf-8") == "笔记"


def test_the_sheet_of_what_is_to_be_paid_is_ready_to_print(at: At, tmp_path: Path) -> None:
    assert at("allotted")("pay", "2023", "--blank", "拨付表.xlsx")[0] == 0
    page = openpyxl.load_workbook(tmp_path / "拨付表.xlsx")["拨付"]
    assert page.page_setup.orientation == "landscape" and page.sheet_properties.pageSetUpPr.fitToPage
    assert page.column_dimensions["E"].width > page.column_dimensions["B"].width


def test_a_sheet_with_nothing_to_pay_says_so(at: At) -> None:
    out = at("closed")("pay", "2023", "--blank", "拨付表.xlsx")[1]
    assert "只有表头：2023 年度现在没有可拨付的行" in out and "填好" not in out
    out = at("approved")("pay", "2023", "--blank", "空.xlsx")[1]
    assert "尚未下达，下达：tiexi allot 1" in out and "追缴" not in out


def test_a_list_written_after_approval_is_for_the_files(at: At) -> None:
    out = at("approved")("sample", "1", "--share", "20%", "-o", "清单.xlsx")[1]
    assert "该运行已审核通过，清单供存查" in out and "tiexi check" not in out


def test_where_the_money_waits_is_shown_with_days(at: At, tmp_path: Path) -> None:
    tiexi = at("allotted")
    tiexi("pay", "2023", "--blank", "拨付表.xlsx")
    number = iter(range(100))

    def fill_in(row: dict[str, Any]) -> None:
        if row["环节"] != "银行到企业":
            row["日期"], row["凭证号"] = lives.LEG_DAYS[row["环节"]], f"V{next(number)}"

    assert tiexi("pay", "2023", fill(tmp_path / "拨付表.xlsx", "拨付", fill_in))[0] == 0
    out = tiexi("balance", "2023", "--as-of", "2024-05-01")[1]
    lines = [line.split() for line in out.splitlines() if line.strip().startswith("银行待兑付 ")]
    assert ["银行待兑付", "环翠区", "样例二行", "贴息", "3.00", "2024-03-20", "42"] in lines
    assert "未到位的每一笔：tiexi pay 2023 --blank 待拨付.xlsx" in out
    shares = [float(line.split()[-1].rstrip("%")) for line in out.splitlines() if line.rstrip().endswith("%")]
    assert round(sum(shares[:-1]), 2) == shares[-1] == 100


@pytest.fixture
def both(at: At, tmp_path: Path) -> Run:
    """The command line on a database where 2023 is allotted by both documents."""
    tiexi = at("allotted")
    write_sheets(tmp_path / "项目.xlsx", project_world())
    for command in (
        ("import", "项目.xlsx", "--uploader", lives.TYPIST), ("review", "2023"),
        ("approve", "2", "--by", lives.CHIEF, "--document", "文", "--date", "2024-01-10"),
    ):  # fmt: skip
        assert tiexi(*command)[0] == 0
    out = tiexi("allot", "2", "--by", lives.CASHIER, "--document", "文", "--date", "2024-02-01")[1]
    assert "待拨付的行：tiexi pay 2023 --programme 拨投贷保 --blank 拨付表.xlsx" in out
    return tiexi


def test_what_a_review_pays_is_asked_for_by_its_name(both: Run) -> None:
    """Without it these commands speak of the year's other run."""
    assert "拒绝：第 2 号运行还有 31.00 万元" in (err := both("close", "2", "--by", "甲", "--document", "文")[2])
    assert "运行 tiexi balance 2023 --programme 拨投贷保 查看滞留在何处" in err
    assert (
        "tiexi balance 2023 --programme 拨投贷保、tiexi pay 2023 --programme 拨投贷保 --blank" in both("status", "2")[1]
    )
    out = both("balance", "2023", "--programme", "拨投贷保")[1]
    assert "未到位的每一笔：tiexi pay 2023 --programme 拨投贷保 --blank 待拨付.xlsx" in out
    assert "programme" not in both("close", "1", "--by", "甲", "--document", "文")[2] + both("status", "1")[1]


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_file_for_both_documents_the_newest_seal_is_shown(both: Run, tmp_path: Path, order: int) -> None:
    """It is the one worth keeping on paper: those before it are under its hash."""
    day = date(2024, 3, 5)
    rows = [
        {"环节": "市财政到区市财政", "区市": "高区", "银行名称": None, "补助项目": "贴息", "日期": day, "金额(万元)": 1, "凭证号": "甲"},
        {"环节": "市级到收款单位", "区市": "环翠区", "银行名称": lives.ONE, "补助项目": "风险补助", "日期": day, "金额(万元)": 1, "凭证号": "乙"},
    ][::order]  # fmt: skip
    path = write_sheets(tmp_path / "拨付.xlsx", {"拨付": rows})
    paid = one_object(both("pay", "2023", str(path), "--by", lives.CASHIER, "--json")[1])
    assert paid["seal"]["hash"] == one_object(both("audit", "--json")[1])["head"]


def test_open_claims_are_listed(at: At) -> None:
    out = at("second year")("balance", "2024")[1]
    assert "追缴 8.121801 万元，已缴回 0.00 万元" in out and "尚未缴回的追缴" in out
    assert "海乙公司" in out and "海丁公司" in out
    claims = one_object(at("second year")("balance", "2024", "--json")[1])["claims"]
    assert {one["item"] for one in claims} == {"interest", "bonus"}
    assert sum(one["amount_fen"] for one in claims) == 8_121_801


# --- what is wrong ------------------------------------------------------------------------------------------------------


def test_the_demonstration_takes_each_year_the_full_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Signatures, a finding that stops the approval until it is put right, approval, payments, closing.

    The demonstration as a whole is run elsewhere; here its steps, on the small city.
    """
    engine = lives.at_stage(tmp_path, "trial")
    with db.reading(engine) as connection:
        trial = read_run(connection, 1)
    done = life.to_approval(engine, tmp_path, trial)
    assert "此时审核被拒绝：2023 年度的抽查还有 1 笔不符没有解决" in capsys.readouterr().out
    life.to_the_enterprises(engine, tmp_path, done)
    life.close(engine, done)
    with db.reading(engine) as connection:
        assert read_run(connection, 1).state == "closed"
        kinds = [step.kind for step in steps(connection, 1)]
    assert kinds == ["sign", "sign", "sign", "sample", "approve", "allot", "pay", "close"]
    life.show_books(engine, tmp_path, done)
    assert "没有滞留的资金" in capsys.readouterr().out and (tmp_path / "账簿-2023.beancount").is_file()
    assert audit.audit(engine).problems == []
