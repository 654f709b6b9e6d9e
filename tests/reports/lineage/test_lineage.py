"""Lineage both ways: what a file's rows are traced to names those rows as its sources, and claims are reconciled to the fen."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

import worlds
from databases import set_up
from ledger import lifecycle, models
from ledger.database import db
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.settlement import RunRecord
from product import claims_of
from reports.chokepoint import lineage
from reports.chokepoint.explain import explain_grants, explain_investment, explain_loan, explain_policy
from reports.lineage import sources, trace
from reports.lineage.trace import CLAIMED, NOT_USED, Trace
from reports.lineage.uploaded import find_file
from reports.tech_branch import lineage as lineage_tech_branch
from reports.tech_branch.explain import explain
from samples import BANK, USCC, base, loan, repayment
from sheets import write_sheets

PROGRAMME = PROGRAMMES["tech_branch"]
REVOCATION = {"银行名称": BANK, "借据编号": "A", "认定日": date(2024, 6, 1), "认定文号": "样例", "事由": "样例"}


def settle(engine: Engine, year: int) -> RunRecord:
    """A trial run as of the end of the January that follows."""
    return settlement.settle(engine, PROGRAMME, year, date(year + 1, 1, 31), "测试")


def approved(engine: Engine, year: int) -> RunRecord:
    return lifecycle.approve(engine, settle(engine, year).id, "审核人", "样例文号", solo=True)


def traced(engine: Engine, file: Path | str, run: RunRecord) -> Trace:
    """A file in one run."""
    with db.reading(engine) as connection:
        uploaded = find_file(connection, str(file))
        return trace.trace(connection, trace.rows_of(connection, uploaded), run)


@pytest.fixture
def claimed(tmp_path: Path) -> Iterator[tuple[Engine, RunRecord, list[Path]]]:
    """A random city whose 2023 was paid: the run of 2024, which claims some of it back, and the files."""
    world = worlds.random_world(11, 150, 2023)
    engine = set_up(tmp_path, world)
    approved(engine, 2023)
    revoked = [row for row in world["贷款"] if row["业务品种"] == "科技支行贷款"][::7]
    rows = [{**REVOCATION, "银行名称": row["银行名称"], "借据编号": row["借据编号"]} for row in revoked]
    known = {(row["银行名称"], row["借据编号"]) for row in world.get("撤销", [])}
    later = write_sheets(
        tmp_path / "后来.xlsx", {"撤销": [row for row in rows if (row["银行名称"], row["借据编号"]) not in known]}
    )
    assert not import_file(engine, later, "测试").refused
    yield engine, settle(engine, 2024), [tmp_path / "报送.xlsx", later]
    engine.dispose()


def test_the_claims_of_the_loan_rows_are_the_claims_of_the_run(
    claimed: tuple[Engine, RunRecord, list[Path]],
) -> None:
    engine, run, (first, later) = claimed
    assert {row["code"] for row in claims_of(engine, run)} >= {"R_REVOKED", "R_TERM"}
    loans = traced(engine, first, run).sheets()["贷款"]
    of_loans = trace.claimed(claim for row in loans for claim in row.claims)
    whole = run.summary["claims"]
    found = {name: count for name, count in of_loans.items() if count}  # of the other documents there are none
    assert found == {"claims": whole["claims"], "interest": whole["interest_fen"], "bonus": whole["bonus_fen"]}
    # every revocation is claimed by its own row, every other claim by repayments
    revoked = trace.claimed(trace.claims_behind(traced(engine, later, run).sheets()["撤销"]))
    repaid = trace.claimed(trace.claims_behind(traced(engine, first, run).sheets()["还款"]))
    other = trace.claimed(trace.claims_behind(traced(engine, first, run).sheets().get("撤销", [])))
    assert of_loans == {name: revoked[name] + repaid[name] + other[name] for name in of_loans}


def test_a_claim_under_a_revocation_rests_on_the_revocation(
    engine: Engine, take: Callable[..., Any], tmp_path: Path
) -> None:
    take(base(loan("A", 到期日=date(2025, 7, 3))))
    approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 5, 6), 1000)], "撤销": [REVOCATION]})
    run = settle(engine, 2024)
    found = traced(engine, tmp_path / "报送2.xlsx", run)
    assert [(row.row.sheet.name, row.outcome, row.where) for row in found.rows] == [
        ("还款", NOT_USED, "贷款年末没有余额（2024-05-06 结清）"),
        ("撤销", CLAIMED, "追缴 1 条以此为依据，贴息 10.00 万元、奖补 6.00 万元"),
    ]
    loans = traced(engine, tmp_path / "报送1.xlsx", run).sheets()
    assert [row.outcome for row in loans["企业"]] == [CLAIMED]


def test_the_claimed_amounts_for_machines(engine: Engine, take: Callable[..., Any], tmp_path: Path) -> None:
    take(base(loan("A", 到期日=date(2025, 7, 3))))
    approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 4, 6), 400), repayment("A", date(2024, 5, 6), 600)]})
    run = settle(engine, 2024)
    for name, sheet, columns in (("报送1.xlsx", "贷款", ["10000000", "6000000"]), ("报送2.xlsx", "还款", ["", ""])):
        with db.reading(engine) as connection:
            uploaded = find_file(connection, str(tmp_path / name))
        found = traced(engine, tmp_path / name, run)
        (part,) = (part for part in trace.as_dict(uploaded, [found])["runs"][0]["sheets"] if part["sheet"] == sheet)
        assert (part["claims"], part["claimed_interest_fen"], part["claimed_bonus_fen"]) == (1, 10**7, 6 * 10**6)
        text = "".join(trace.trace_csv(uploaded, [found]))
        rows = [row for row in csv.DictReader(io.StringIO(text)) if row["sheet"] == sheet]
        shown = [[row["claimed_interest_fen"], row["claimed_bonus_fen"]] for row in rows]
        assert shown == [columns] * part["rows"]


# --- both directions ----------------------------------------------------------------------------------------------------

Named = dict[Any, set[tuple[str, str, int]]]  # by line or claim, the rows: file, sheet, row


def backward(traces: Iterable[Trace], line: Callable[[Any], Any]) -> tuple[Named, Named]:
    """By line and by claim, the rows of the files that are traced to it."""
    lines: Named = defaultdict(set)
    claims: Named = defaultdict(set)
    for found in traces:
        for row in found.rows:
            place = (row.row.fact["file_name"], row.row.sheet.name, row.row.number)
            for each in row.lines:
                lines[line(each.row)].add(place)
            for claim in row.claims:
                claims[claim["loan_id"]].add(place)
    return lines, claims


def rows(found: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(fact["file_name"], sheet, fact["sheet_row"]) for sheet, facts in found.items() for fact in facts}


def test_explain_and_trace_name_the_same_rows(claimed: tuple[Engine, RunRecord, list[Path]]) -> None:
    """Of every line and every claim of two years, on every sheet, the bundled LPR included."""
    engine, second, files = claimed
    seen = set()
    with db.reading(engine) as connection:
        first = settlement.choose_run(connection, PROGRAMME.key, 2023)
        known = list(connection.execute(select(models.Loan.id)).scalars())
        for run, count in ((first, 0), (second, 5)):
            found = (traced(engine, name, run) for name in [*files, "lpr_1y.csv"])
            lines, claims = backward(found, lambda row: row["loan_id"])
            assert len(lines) > 50 and len(claims) >= count
            for loan_id in known:
                lines_of = lineage_tech_branch.lines_of_loan(connection, run, loan_id)
                behind = sources.behind(connection, lines_of, lineage_tech_branch.LINEAGE)
                assert rows(dict(behind.lines)) == lines[loan_id]
                assert rows(dict(behind.claims)) == claims[loan_id]
            seen |= {sheet for part in lines.values() for _, sheet, _ in part}
    assert seen >= {
        "贷款",
        "企业",
        "资质",
        "合作银行",
        "LPR",
        "还款",
        "展期",
        "年末余额",
        "上传豁免",
        "撤销",
        "预算",
        "年度比例",
    }


def test_explain_and_trace_name_the_same_rows_of_a_review(
    engine: Engine, take: Callable[..., Any], tmp_path: Path
) -> None:
    take(review_world())
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    files = [tmp_path / "报送1.xlsx", "lpr_1y.csv"]
    lines, _ = backward((traced(engine, name, run) for name in files), lambda row: (row["kind"], row["line_no"]))
    assert {kind for kind, _ in lines} == {"贷款", "保单", "研发补助", "股权投资"}
    with db.reading(engine) as connection:
        whole = lineage.run_lines(connection, run)
        for kind, line_no in lines:
            own = [line for line in whole.lines if (line.row["kind"], line.row["line_no"]) == (kind, line_no)]
            known = replace(whole, lines=own, _index={})
            assert rows(dict(sources.behind(connection, known, lineage.LINEAGE).lines)) == lines[kind, line_no]
    assert {sheet for _, sheet, _ in lines["贷款", 1]} == {
        "贷款", "企业", "资质", "LPR", "还款", "项目库", "取消资格"
    }  # fmt: skip


def review_world() -> dict[str, list[dict[str, Any]]]:
    """Something of all four kinds, with what they rest on, and rates of which only some are used."""
    whose = {"统一社会信用代码": USCC, "项目编号": "K1"}
    policy = {
        "保险公司": "样例财险", "保单号": "P1", **whose, "险种": "研发设备损失保险", "保险起期": date(2023, 6, 1),
        "保险止期": date(2024, 5, 31), "缴费日": date(2023, 5, 30), "实缴保费(万元)": 10,
    }  # fmt: skip
    grant = {
        "项目编号": "K1", "年度": 2023, "研发投入(万元)": 100, "补助比例(%)": 20, "批准日": date(2023, 6, 1), "批准金额(万元)": 20,
    }  # fmt: skip
    return base(
        loan("K", 业务品种="卡脖子攻关贷", 项目编号="K1", **{"年利率(%)": 3.5}), loan("A"),
        loan("L", 业务品种="卡脖子攻关贷", 项目编号="K1", 担保方式="保证", **{"年利率(%)": 3.5}),
        还款=[repayment("K", date(2023, 9, 1), 400), repayment("A", date(2023, 9, 1), 1)],
        年度比例=[{"年度": year, "补助项目": item, "比例(%)": 0.5} for year in (2023, 2024) for item in ("风险补助", "保费补贴", "贴息")],
        项目库=[{"项目编号": "K1", "项目名称": "样例", "统一社会信用代码": USCC, "入库日": date(2023, 3, 1)}],
        取消资格=[{"主体": BANK, "取消日": date(2023, 12, 1), "批准文号": "样例"}],
        保单=[policy, {**policy, "保单号": "P2", "险种": "财产险"}],
        研发补助=[grant],
        股权投资=[{"投资机构": "样例创投", "投资编号": "T1", "统一社会信用代码": USCC, "投资日": date(2023, 7, 3), "投资金额(万元)": 100}],
    )  # fmt: skip


def named(connection: Connection, explanation: Any) -> dict[str, str]:
    """The sources of an explanation by heading, without file digests."""
    found: dict[str, str] = defaultdict(str)
    for step in explanation.points:
        if step.part == "来源":
            found[step.title] += step.text.split("，")[0]
    return dict(found)


def test_every_source_is_named_by_file_sheet_and_row(engine: Engine, take: Callable[..., Any]) -> None:
    take(
        base(
            loan("A"), loan("B", 统一社会信用代码=USCC, 发放日=date(2023, 8, 1), 到期日=date(2024, 8, 1)),
            LPR=[{"公布日期": date(2023, 7, 25), "一年期LPR(%)": 3.5}],
            工作日历=[{"日期": date(2023, 8, 2), "类型": "上班"}],
            年度比例=[{"年度": year, "补助项目": item, "比例(%)": 0.5} for year in (2022, 2023) for item in ("贴息", "奖补")],
            奖补比例=[{"年度": 2023, "银行名称": BANK, "奖补比例(%)": 0.5}],
            历史享受年限=[{"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": 5}],
            年限豁免=[{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "样例"}],
            预算=[{"年度": 2023, "范围": scope, "金额(万元)": 99} for scope in ("文登区", "环翠区", "全市")],
        )
    )  # fmt: skip
    run = settle(engine, 2023)
    with db.reading(engine) as connection:
        first, second = (named(connection, explain(connection, run, BANK, note)) for note in "AB")
        steps = explain(connection, run, BANK, "B").points
    file = "报送1.xlsx 表"
    assert second == {
        "贷款": f"{file}「贷款」第 3 行", "企业": f"{file}「企业」第 2 行", "资质": f"{file}「资质」第 2 行",
        "合作银行": f"{file}「合作银行」第 2 行", "LPR": f"{file}「LPR」第 2 行（2023-07-25）",
        "工作日历": f"{file}「工作日历」第 2 行（2023-08-02）",
        "历史享受年限": f"{file}「历史享受年限」第 2 行", "年限豁免": f"{file}「年限豁免」第 2 行",
        "年度比例": f"{file}「年度比例」第 4 行（贴息）",  # the bank has its own rate for the bonus, though it is the same
        "奖补比例": f"{file}「奖补比例」第 2 行", "预算": f"{file}「预算」第 3 行（环翠区）、第 4 行（全市）",
    }  # fmt: skip
    assert "工作日历" not in first
    assert first["LPR"] == "随程序提供的 lpr_1y.csv 第 48 行（2023-06-20）"
    assert all("文件 SHA-256 " in step.text and "测试 于 " in step.text for step in steps if step.part == "来源")


def test_a_claim_names_its_rows(engine: Engine, take: Callable[..., Any]) -> None:
    """Of a loan without balance, and beside the line of one that still has a balance."""
    take(base(*(loan(note, 到期日=date(2025, 7, 3)) for note in "ABC")))
    approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 4, 6), 400), repayment("A", date(2024, 5, 6), 600)]})
    take(
        {"还款": [repayment("C", date(2024, 5, 6), 1000)], "撤销": [{**REVOCATION, "借据编号": note} for note in "BC"]}
    )
    run = settle(engine, 2024)
    with db.reading(engine) as connection:
        paid_off, with_line, revoked = (named(connection, explain(connection, run, BANK, note)) for note in "ABC")
        steps = explain(connection, run, BANK, "A").points
    own = {"贷款（追缴依据）": "报送1.xlsx 表「贷款」第 {} 行", "企业（追缴依据）": "报送1.xlsx 表「企业」第 2 行"}
    assert paid_off == {
        "贷款（追缴依据）": "报送1.xlsx 表「贷款」第 2 行", "企业（追缴依据）": own["企业（追缴依据）"],
        "还款（追缴依据）": "报送2.xlsx 表「还款」第 2、3 行",
    }  # fmt: skip
    assert {title: text for title, text in with_line.items() if "追缴" in title} == {
        "贷款（追缴依据）": "报送1.xlsx 表「贷款」第 3 行", "企业（追缴依据）": own["企业（追缴依据）"],
        "撤销（追缴依据）": "报送3.xlsx 表「撤销」第 2 行",
    }  # fmt: skip
    assert with_line["撤销"] == "报送3.xlsx 表「撤销」第 2 行"
    assert revoked["撤销（追缴依据）"] == "报送3.xlsx 表「撤销」第 3 行" and "还款（追缴依据）" not in revoked
    assert [step.part for step in steps][:4] == ["来源"] * 3 + ["追缴"]


def test_a_review_names_its_rates_too(engine: Engine, take: Callable[..., Any]) -> None:
    take({name: part for name, part in review_world().items() if name != "取消资格"})
    run = settlement.settle(engine, PROGRAMMES["chokepoint"], 2023, None, "测试")
    with db.reading(engine) as connection:
        own = named(connection, explain_loan(connection, run, BANK, "K"))
        refused = named(connection, explain_loan(connection, run, BANK, "L"))
        policy = named(connection, explain_policy(connection, run, "样例财险", "P1"))
        grant = named(connection, explain_grants(connection, run, "K1"))
        investment = named(connection, explain_investment(connection, run, "样例创投", "T1"))
    assert own["年度比例"] == "报送1.xlsx 表「年度比例」第 2 行（风险补助）"
    assert own["LPR"] == "随程序提供的 lpr_1y.csv 第 48 行（2023-06-20）"
    assert own.keys() == {"贷款", "企业", "资质", "LPR", "还款", "年度比例", "项目库"}
    assert "年度比例" not in refused
    assert policy["年度比例"] == "报送1.xlsx 表「年度比例」第 3 行（保费补贴）"
    assert policy.keys() == {"保单", "企业", "资质", "年度比例", "项目库"}
    assert grant.keys() == {"研发补助", "企业", "项目库"} and investment.keys() == {"股权投资", "企业"}


# --- claims to come -----------------------------------------------------------------------------------------------------


def test_a_paid_year_names_the_claims_of_later_years(engine: Engine, take: Callable[..., Any]) -> None:
    """Each year once: the approved run, or as long as there is none the latest trial."""
    take(base(loan("A", 到期日=date(2026, 7, 3)), loan("B", 到期日=date(2026, 7, 3))))
    paid = approved(engine, 2023)
    take({"还款": [repayment("A", date(2024, 8, 6), 1000)]})

    def told(year: int, note: str = "A") -> tuple[str, list[str]]:
        with db.reading(engine) as connection:
            run = settlement.choose_run(connection, PROGRAMME.key, year)
            found = explain(connection, run, BANK, note)
        return found.conclusion, [step.text + step.hint for step in found.points if "本年度已付" in step.title]

    assert told(2023) == ("贴息 10.00 万元，奖补 6.00 万元", [])
    settle(engine, 2024)
    assert told(2023) == ("贴息 10.00 万元，奖补 6.00 万元", [])  # paid for its first year, and really used so long
    take({"撤销": [REVOCATION]})
    settle(engine, 2024)
    trial = settle(engine, 2024)
    conclusion, texts = told(2023)
    assert (
        conclusion
        == "贴息 10.00 万元，奖补 6.00 万元。其后追缴本年度已付的：2024 年度贴息 10.00 万元、奖补 6.00 万元（R_REVOKED 已撤销，第二十二条）"
    )
    (text,) = texts
    assert text == (
        f"2024 年度第 {trial.id} 号运行（试算）追缴贴息 10.00 万元、奖补 6.00 万元，代码 R_REVOKED；缘由见 "
        f"tiexi explain A --bank {BANK} --year 2024"
    )
    final = approved(engine, 2024)
    (text,) = told(2023)[1]
    assert text.startswith(f"2024 年度第 {final.id} 号运行（审核通过）追缴")
    assert told(2023, "B") == ("贴息 10.00 万元，奖补 6.00 万元", [])
    assert paid.id < trial.id < final.id and told(2024)[1] == []
