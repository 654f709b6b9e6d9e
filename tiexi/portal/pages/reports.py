"""报表: the files of a year that one's role may have, each with what is to be chosen for it."""

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from ledger.accounts.roles import COUNTY
from ledger.counties import COUNTIES
from ledger.facts.bank_names import bank_names
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord
from reports import programmes
from reports.parties.loans import runs_that_count
from reports.runs import seen, year_files
from tiexi.portal.api import due, years
from tiexi.portal.call import Call
from tiexi.portal.fields import Field
from tiexi.portal.page_routes import Shown, number, page
from tiexi.portal.problems import not_there

_QUARTERS = (1, 2, 3, 4)
# what each is for, in a sentence; the words of the articles
_ABOUT = {
    "problems": "没有得到补助或少得的每一笔，原因和怎么办",
    "budget": "下一年度要多少钱（第十六条）",
    "performance": "年度绩效评价的指标（第二十条）",
    "proposal": "各区市、各银行的分配意见（第十七条）",
    "distrust": "失去支持的企业和银行，应收回和已缴回；截至今天",
    "application": "一家银行的专项资金申请报告（第十八条）",
    "cover": "一个区市的申请文件（第十七条）",
    "letter": "给一家企业的告知书：得到什么、为什么、怎么办",
}


@page("GET", "/reports", "years.files")
def reports(call: Call) -> Shown:
    """The files of the latest year, where none is named."""
    with call.reading() as connection:
        runs = [one for one in runs_that_count(connection) if seen.has_part(call.scope, one.programme)]
        banks = sorted(bank_names(connection).all_printed().values())
    known = sorted({one.year for one in runs}, reverse=True)
    asked = call.query.get("year", "")
    year = int(asked) if asked in map(str, known) else next(iter(known), 0)
    of_year = sorted((one for one in runs if one.year == year), key=lambda one: list(PROGRAMMES).index(one.programme))
    groups = [
        {
            "name": PROGRAMMES[run.programme].name, "run": run.id, "state": STATE_NAMES[run.state], "as_of": run.as_of.isoformat(),
            "files": list(_of_run(call, run, banks)),
        }
        for run in of_year
    ]  # fmt: skip
    others = list(_others(call, year, any(run.approved_at is not None for run in of_year)))
    return Shown("reports.html", {"years": known, "year": year, "groups": groups, "others": others})


def _of_run(call: Call, run: RunRecord, banks: list[str]) -> Iterator[dict[str, Any]]:
    """The files of a year that a document has and the account may have, with what is to be chosen for each."""
    exports = programmes.exports_by_name()
    for what in year_files.ALL:
        if "" in exports[what] or run.programme not in exports[what] or not call.may("years.files", part=what):
            continue
        yield {
            "name": exports[what][run.programme].what, "about": _ABOUT[what], "href": f"/years/{run.year}/files/{what}",
            "given": [("programme", run.programme)], "fields": list(_fields(call, what, banks, f"-{what}-{run.id}")),
        }  # fmt: skip
    if call.may("years.to-pay") and run.approved_at is not None:
        yield _link(
            "待拨付表", "还要拨付的各笔，填好日期和凭证号后报送", f"/years/{run.year}/to-pay?programme={run.programme}"
        )


def _fields(call: Call, what: str, banks: list[str], ending: str) -> Iterator[tuple[str, Field]]:
    """What is to be chosen: nothing that one's scope says by itself. Each with an id of its own."""
    everything = [("", "全部")] if what == "problems" else []
    if what in ("problems", "application") and call.scope.kind in ("", COUNTY) and banks:
        yield f"bank{ending}", Field("bank", "银行", "choice", options=[*everything, *((one, one) for one in banks)])
    if what in ("problems", "cover") and not call.scope.kind:
        yield (
            f"county{ending}",
            Field("county", "区市", "choice", options=[*everything, *((one, one) for one in COUNTIES)]),
        )
    if what == "letter":
        yield f"uscc{ending}", Field("uscc", "统一社会信用代码", short=True)


def _others(call: Call, year: int, booked: bool) -> Iterator[dict[str, Any]]:
    """What is of all documents together, or of no year. booked: whether the year has entries."""
    if call.may("years.files", part="distrust") and year:
        yield _link("失信名单", _ABOUT["distrust"], f"/years/{year}/files/distrust")
    if call.may("years.returns") and year:
        options = [(str(one), f"第 {one} 季度") for one in _QUARTERS]
        field = Field("quarter", "季度", "choice", options=options)
        yield _link("季报", "银行、保险、投资机构每季度的情况", f"/years/{year}/returns") | {
            "fields": [("quarter", field)]
        }
    if call.may("years.journal") and booked:
        yield _link("分录", "全年的账，beancount 格式", f"/years/{year}/journal")
    if call.may("years.audit-pack") and year:
        yield _link("审计材料包", "附件、明细、分录、步骤、封存链，附哈希", f"/years/{year}/audit-pack")
    if call.may("due.list"):
        yield _link("资料到期清单", "五个工作日内到期和已经逾期的资料（第十七条）", "/due?format=xlsx")


def _link(name: str, about: str, href: str) -> dict[str, Any]:
    return {"name": name, "about": about, "href": href, "given": [], "fields": []}


@page("GET", "/years/{year}/files/{what}", "years.files")
def year_file(call: Call, year: str, what: str) -> Response:
    """A file of a year."""
    given = {name: call.query.get(name) or None for name in ("programme", "county", "bank", "uscc")}
    return years.year_file(call, number(year), what, **given)


@page("GET", "/years/{year}/returns", "years.returns")
def returns(call: Call, year: str) -> Response:
    """The return of a quarter."""
    quarter = call.query.get("quarter", "")
    return years.returns(call, number(year), int(quarter) if quarter in map(str, _QUARTERS) else 0)


@page("GET", "/due", "due.list")
def papers_due(call: Call) -> Response:
    """Business whose papers are missing, as a workbook or CSV."""
    if call.query.get("format") not in ("xlsx", "csv"):
        raise not_there()
    return due.list_due(call)
