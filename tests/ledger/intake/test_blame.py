"""What a file's row breaks on file: the finding stands on the cell that caused it, and what it says is right is right."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from ledger.intake.importer import import_file
from reports.received.marked import write_marked
from samples import BANK, ENTERPRISE, OTHER_USCC, USCC, base, loan, repayment
from sheets import write_sheets

Take = Callable[..., Any]


def extension(day: date, due: date) -> dict[str, Any]:
    return {"银行名称": BANK, "借据编号": "A", "展期日": day, "新到期日": due}


def project(number: str = "P1", **changes: Any) -> dict[str, Any]:
    listed = {"入库日": date(2023, 1, 1), "出库日": date(2024, 12, 31)}
    return {"项目编号": number, "项目名称": "样例攻关", "统一社会信用代码": USCC, **listed, **changes}


def grant(year: int, amount: Any, **changes: Any) -> dict[str, Any]:
    return {
        "项目编号": "P1", "年度": year, "研发投入(万元)": 1000, "补助比例(%)": 50, "批准日": date(year, 5, 1), "批准金额(万元)": amount,
        **changes,
    }  # fmt: skip


def investment(number: str = "T1", day: date = date(2023, 9, 1), **changes: Any) -> dict[str, Any]:
    return {
        "投资机构": "样例创投", "投资编号": number, "统一社会信用代码": USCC, "投资日": day, "投资金额(万元)": 500, **changes,
    }  # fmt: skip


def waiver(day: date) -> dict[str, Any]:
    return {"银行名称": BANK, "借据编号": "A", "业务日": day, "批准文号": "样例2号"}


TWO = {"企业": [ENTERPRISE, {**ENTERPRISE, "统一社会信用代码": OTHER_USCC, "企业名称": "威海样例乙公司"}]}
PAID = [repayment("A", date(2023, 9, 1), 100)]
LIBRARY = {"项目库": [project(), project("P2", 出库日=None)]}


def breaks() -> list[Any]:
    """(on file, the file, amended?, where the finding must stand, its value, words of the problem, what is right)."""

    def case(name: str, known: Any, sheets: Any, place: Any, value: str, problem: str, right: str) -> Any:
        return pytest.param(known, sheets, place, value, problem, right, id=name)

    extended = base(展期=[extension(date(2024, 7, 1), date(2024, 12, 31))])
    twice = base(展期=[extension(date(2024, 6, 1), date(2024, 8, 1)), extension(date(2024, 8, 1), date(2024, 12, 31))])
    paid = base(还款=PAID)
    return [
        case("an extension before one on file", extended, {"展期": [extension(date(2024, 6, 1), date(2025, 1, 15))]},
             ("展期", 2, "新到期日"), "2025-01-15", "使已入库的展期（2024-07-01 展至 2024-12-31）不再成立", "新到期日应早于 2024-12-31"),
        case("a first extension amended to end late", twice, {"展期": [extension(date(2024, 6, 1), date(2025, 1, 1))]},
             ("展期", 2, "新到期日"), "2025-01-01", "使已入库的展期（2024-08-01 展至 2024-12-31）不再成立", "新到期日应早于 2024-12-31"),
        case("a first extension amended to end soon", twice, {"展期": [extension(date(2024, 6, 1), date(2024, 7, 31))]},
             ("展期", 2, "新到期日"), "2024-07-31", "展期日晚于当时的到期日", "新到期日应不早于 2024-08-01"),
        case("only the due date amended, too soon", extended, {"贷款": [loan(到期日=date(2024, 6, 30))]},
             ("贷款", 2, "到期日"), "2024-06-30", "使已入库的展期（2024-07-01", "到期日应不早于 2024-07-01"),
        case("only the due date amended, too late", extended, {"贷款": [loan(到期日=date(2024, 12, 31))]},
             ("贷款", 2, "到期日"), "2024-12-31", "新到期日没有晚于当时的到期日", "到期日应早于 2024-12-31"),
        case("disbursed after events on file", base(还款=PAID, 展期=[extension(date(2023, 8, 1), date(2024, 12, 31))]),
             {"贷款": [loan(发放日=date(2023, 10, 1))]},
             ("贷款", 2, "发放日"), "2023-10-01", "使已入库的还款（2023-09-01 还本 100.00 万元）不再成立", "发放日应不晚于 2023-08-01"),
        case("repaid before what is on file", paid, {"还款": [repayment("A", date(2023, 8, 1), 950)]},
             ("还款", 2, "还本金额(万元)"), "950", "使已入库的还款（2023-09-01 还本 100.00 万元）不再成立", "本次还本应不超过 900.00 万元"),
        case("repaid after what is on file", paid, {"还款": [repayment("A", date(2023, 10, 1), 950)]},
             ("还款", 2, "还本金额(万元)"), "950", "截至 2023-10-01 累计还本 1,050.00 万元", "本次还本应不超过 900.00 万元"),
        case("a repayment amended", base(还款=[*PAID, repayment("A", date(2023, 10, 1), 200)]),
             {"还款": [repayment("A", date(2023, 9, 1), 900)]},
             ("还款", 2, "还本金额(万元)"), "900", "使已入库的还款（2023-10-01", "本次还本应不超过 800.00 万元"),
        case("two repayments too many", paid,
             {"还款": [repayment("A", date(2023, 8, 1), 950), repayment("A", date(2023, 10, 1), 950)]},
             ("还款", 2, "还本金额(万元)"), "950", "累计还本", "各次还本合计应不超过贷款金额 1,000.00 万元（现为 2,000.00 万元）"),
        case("the amount amended below what is repaid", paid, {"贷款": [loan(**{"贷款金额(万元)": 99})]},
             ("贷款", 2, "贷款金额(万元)"), "99", "超过贷款金额 99.00 万元", "贷款金额应不少于已还本金 100.00 万元"),
        case("paid off before an extension on file", extended, {"还款": [repayment("A", date(2024, 7, 1), 1000)]},
             ("还款", 2, "还本金额(万元)"), "1000", "使已入库的展期", "展期日 2024-07-01 应有余额，本次还本应少于 1,000.00 万元"),
        case("the amount amended to what is repaid", base(还款=PAID, 展期=[extension(date(2024, 7, 1), date(2024, 12, 31))]),
             {"贷款": [loan(**{"贷款金额(万元)": 100})]},
             ("贷款", 2, "贷款金额(万元)"), "100", "结清", "展期日 2024-07-01 应有余额，贷款金额应大于 100.00 万元"),
        case("a waiver on file loses its disbursement", base(上传豁免=[waiver(date(2023, 7, 3))]), {"贷款": [loan(发放日=date(2023, 7, 4))]},
             ("贷款", 2, "发放日"), "2023-07-04", "使已入库的上传豁免（业务日 2023-07-03）不再成立", "发放日应仍为 2023-07-03，或先撤回这条上传豁免"),
        case("a grant beside two on file", base(**LIBRARY, 研发补助=[grant(2023, 30), grant(2024, 20)]),
             {"研发补助": [grant(2022, 1, 批准日=date(2023, 1, 1))]},
             ("研发补助", 2, "批准金额(万元)"), "1", "使已入库的研发补助（2024 年度", "本次应不超过 0.00 万元"),
        case("a grant amended", base(**LIBRARY, 研发补助=[grant(2023, 30), grant(2024, 20)]), {"研发补助": [grant(2023, 31)]},
             ("研发补助", 2, "批准金额(万元)"), "31", "累计补助 51.00 万元", "本次应不超过 30.00 万元"),
        case("only the spending amended", base(**LIBRARY, 研发补助=[grant(2023, 30)]), {"研发补助": [grant(2023, 30, **{"研发投入(万元)": 59})]},
             ("研发补助", 2, "研发投入(万元)"), "59", "批准金额超过", "研发投入×补助比例应不少于批准金额 30.00 万元"),
        case("only the delisting amended", base(**LIBRARY, 研发补助=[grant(2023, 20), grant(2024, 20)]),
             {"项目库": [project(出库日=date(2023, 4, 30))]},
             ("项目库", 2, "出库日"), "2023-04-30", "使已入库的研发补助（2023 年度", "出库日应不早于 2024-05-01"),
        case("only the listing amended", base(**LIBRARY, 研发补助=[grant(2023, 20), grant(2024, 20)]),
             {"项目库": [project(入库日=date(2024, 6, 1))]},
             ("项目库", 2, "入库日"), "2024-06-01", "使已入库的研发补助（2023 年度", "入库日应不晚于 2023-05-01"),
        case("a project delisted before investments", base(项目库=[project()], 股权投资=[investment(), investment("T2", date(2023, 10, 1))]),
             {"项目库": [project(出库日=date(2023, 8, 31))]},
             ("项目库", 2, "出库日"), "2023-08-31", "使已入库的股权投资（样例创投 T1，投资日 2023-09-01）不再成立", "出库日应不早于 2023-10-01"),
        case("a project given to another enterprise", base(项目库=[project()], 股权投资=[investment()]) | TWO,
             {"项目库": [project(统一社会信用代码=OTHER_USCC)]},
             ("项目库", 2, "统一社会信用代码"), OTHER_USCC, "使已入库的股权投资（样例创投 T1", f"应为 {USCC}，或先更正这笔股权投资"),
        case("an investment given to another enterprise", base(项目库=[project()], 股权投资=[investment()]) | TWO,
             {"股权投资": [investment(统一社会信用代码=OTHER_USCC)]},
             ("股权投资", 2, "统一社会信用代码"), OTHER_USCC, "企业没有在库的攻关项目", "企业在投资日应有在库项目"),
    ]  # fmt: skip


@pytest.mark.parametrize(("known", "sheets", "place", "value", "problem", "right"), breaks())
def test_the_cause_is_named(
    take: Take, known: Any, sheets: Any, place: Any, value: str, problem: str, right: str
) -> None:
    take(known)
    outcome = take(sheets, refused=True, amend_reason="更正")
    assert [(found.sheet, found.row, found.column) for found in outcome.findings] == [place]
    (found,) = outcome.findings
    assert found.letter and found.value == value
    assert problem in found.problem
    assert found.expected == right


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("known", "sheets", "column", "edge"),
    [
        (base(还款=PAID), {"还款": [repayment("A", date(2023, 8, 1), 950)]}, "还本金额(万元)", (900, "900.000001")),
        (base(还款=PAID), {"贷款": [loan(**{"贷款金额(万元)": 99})]}, "贷款金额(万元)", (100, "99.999999")),
        (base(展期=[extension(date(2024, 7, 1), date(2024, 12, 31))]), {"还款": [repayment("A", date(2024, 7, 1), 1000)]},
         "还本金额(万元)", ("999.999999", 1000)),
        (base(展期=[extension(date(2024, 7, 1), date(2024, 12, 31))]), {"展期": [extension(date(2024, 6, 1), date(2025, 1, 15))]},
         "新到期日", (date(2024, 12, 30), date(2024, 12, 31))),
        (base(**LIBRARY, 研发补助=[grant(2023, 30), grant(2024, 20)]), {"研发补助": [grant(2023, 31)]}, "批准金额(万元)", (30, "30.000001")),
        (base(**LIBRARY, 研发补助=[grant(2023, 20), grant(2024, 20)]), {"项目库": [project(出库日=date(2023, 4, 30))]}, "出库日",
         (date(2024, 5, 1), date(2024, 4, 30))),
    ],
)  # fmt: skip
def test_what_is_said_to_be_right_is_the_edge(take: Take, known: Any, sheets: Any, column: str, edge: Any) -> None:
    ((name, (row,)),) = sheets.items()
    take(known)
    right, wrong = edge
    take({name: [{**row, column: wrong}]}, refused=True, amend_reason="更正")
    take({name: [{**row, column: right}]}, amend_reason="更正")


def test_the_row_that_changed_is_named_and_not_the_one_sent_again(take: Take) -> None:
    known = extension(date(2024, 7, 1), date(2024, 12, 31))
    take(base(展期=[known]))
    outcome = take({"展期": [known, extension(date(2024, 6, 1), date(2025, 1, 15))]}, refused=True)
    assert [(found.row, found.column) for found in outcome.findings] == [(3, "新到期日")]


def test_all_that_an_amended_row_breaks_is_said_at_once(take: Take) -> None:
    take(base(还款=PAID, 展期=[extension(date(2024, 7, 1), date(2024, 12, 31))]))
    changed = loan(发放日=date(2023, 9, 2), 到期日=date(2024, 6, 30), **{"贷款金额(万元)": 99})
    outcome = take({"贷款": [changed]}, refused=True, amend_reason="更正")
    assert [found.column for found in outcome.findings] == ["贷款金额(万元)", "发放日", "到期日"]


def test_the_cause_is_marked(take: Take, engine: Engine, tmp_path: Path) -> None:
    take(base(展期=[extension(date(2024, 7, 1), date(2024, 12, 31))]))
    path = write_sheets(tmp_path / "坏.xlsx", {"展期": [extension(date(2024, 6, 1), date(2025, 1, 15))]})
    outcome = import_file(engine, path, "测试")
    assert write_marked(path, outcome.findings, tmp_path / "改.xlsx") == 1
    page = openpyxl.load_workbook(tmp_path / "改.xlsx")["展期"]
    assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.comment] == ["D2"]
