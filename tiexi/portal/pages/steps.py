"""One page per step of a run: what is decided, the figures at stake, the fields, one button.

A refusal comes back on the page with what was typed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ledger import money
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord, read_run
from ledger.workdays import today
from reports.money import balance, balance_tables
from reports.programmes import REPORTS
from reports.report import Table
from reports.runs import cut
from tiexi.portal import second_factor
from tiexi.portal.api import steps
from tiexi.portal.api.steps import Allotment, Approval, Document, Share
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import Reason
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.run_pages import head, of_run

_DOCUMENT = Field("document", "文号", hint="所依据的文件，如 威环金〔2026〕3号")
_DATE = Field("date", "日期", "date", hint="默认今天", required=False, short=True)


def _step(
    call: Call, run: str, name: str, title: str, decides: str, button: str, fields: Sequence[Field], action: str = ""
) -> Shown:
    """The page of a step."""
    with call.reading() as connection:
        record, said = of_run(connection, call, number(run))
        call.require(action or f"runs.{name}", record.programme)
        stakes = list(_stakes(connection, call, record, name))
    facts = [
        ("项目", f"{PROGRAMMES[record.programme].name} {record.year} 年度"),
        ("运行", f"第 {record.id} 号"),
        ("截止日", record.as_of.isoformat()),
    ]
    code = second_factor.fields(call, action or f"runs.{name}")
    step = {
        "name": name,
        "title": title,
        "decides": decides,
        "button": button,
        "fields": [*typed(call, *fields), *code],
    }
    return Shown("step.html", {"run": head(record), "facts": facts, "step": step | {"stakes": stakes}})


def _stakes(connection: Connection, call: Call, record: RunRecord, name: str) -> list[str | Table]:
    """The figures that a step is about."""
    contents = REPORTS[record.programme]
    if name in ("sign", "return"):
        own = replace(record, summary=dict(cut.summary(connection, record, call.scope)))
        return [contents.signed(record, call.scope.name), *_tables(contents.totals(own))]
    if name in ("allot", "close"):
        found = balance.balance(connection, record, today())
        return [contents.signed(record), balance_tables.stages(found), *balance_tables.claims(found)]
    return [contents.signed(record), *_tables(contents.totals(record))]


def _tables(parts: Any) -> list[Table]:
    return [part for part in parts if not isinstance(part, str)]


# --- the counties -----------------------------------------------------------------------------------------------------


@page("GET", "/runs/{run}/sign", "runs.sign")
def sign(call: Call, run: str) -> Shown:
    """第十七条: a county signs its part."""
    decides = f"签署表示{call.scope.name}对本区市的部分初审通过（第十七条）。各区市签署、抽查通过后，由市级审核。"
    return _step(call, run, "sign", "初审签署", decides, "签署", [_DOCUMENT])


@page("POST", "/runs/{run}/sign", "runs.sign", form=sign)
def signed(call: Call, run: str) -> See:
    """Signs."""
    steps.sign(call, number(run), filled(call, Document))
    return See(f"/runs/{run}", f"{call.scope.name}已签署第 {run} 号运行")


@page("GET", "/runs/{run}/return", "runs.return")
def returning(call: Call, run: str) -> Shown:
    """第十七条: a county gives its part back."""
    decides = f"退回表示{call.scope.name}认为本区市的部分有误。解决以后可以再签署；解决以前市级不能审核。"
    reason = Field("reason", "原因", "long", hint="写明哪一笔、什么不对，如 JJ2025-0001 余额与台账不符")
    return _step(call, run, "return", "初审退回", decides, "退回", [reason])


@page("POST", "/runs/{run}/return", "runs.return", form=returning)
def returned(call: Call, run: str) -> See:
    """Gives back."""
    steps.return_run(call, number(run), filled(call, Reason))
    return See(f"/runs/{run}", f"{call.scope.name}已退回第 {run} 号运行")


# --- the city -----------------------------------------------------------------------------------------------------------


@page("GET", "/runs/{run}/sample", "runs.sample")
def sample(call: Call, run: str) -> Shown:
    """第十七条: lines are drawn for the spot check."""
    decides = "抽取要核查的贷款（第十七条）：每个区市、每家银行至少一笔，直到抽中金额达到补助总额的这个比例。同一种子、同一比例抽出的相同。"
    fields = [
        Field("share", "比例", value="10%", hint="按补助金额，大于 0%、不超过 100%", short=True),
        Field("seed", "种子", hint="不填用运行指纹，谁也不能挑", required=False),
    ]
    return _step(call, run, "sample", "抽查", decides, "抽取", fields)


@page("POST", "/runs/{run}/sample", "runs.sample", form=sample)
def sampled(call: Call, run: str) -> See:
    """Draws."""
    done = steps.sample(call, number(run), filled(call, Share)).value
    said = (
        f"{'抽出' if done['new'] else '此前已抽出'} {done['loans']} 笔，金额 {money.wan_text(done['drawn_fen'])} 万元"
    )
    return See(f"/runs/{run}/checks", said)


@page("GET", "/runs/{run}/approve", "runs.approve")
def approve(call: Call, run: str) -> Shown:
    """第十七条: a run is made final."""
    decides = "审核通过后，本次运行成为该年度的正式结果，记账并封存，不能撤回。审核人须不是录入、试算、初审的人。"
    fields = [_DOCUMENT, replace(_DATE, label="审核日")]
    with call.reading() as connection:
        programme = PROGRAMMES[read_run(connection, number(run)).programme]
    if programme.spot_check is not None:
        hint = "只在没有抽查时填写，如实记录并显示"
        fields.append(Field("without_check", "未抽查的原因", "long", hint=hint, required=False))
    return _step(call, run, "approve", "审核", decides, "审核通过", fields)


@page("POST", "/runs/{run}/approve", "runs.approve", form=approve)
def approved(call: Call, run: str) -> See:
    """Makes it final."""
    steps.approve(call, number(run), filled(call, Approval))
    return See(f"/runs/{run}", f"第 {run} 号运行已审核通过，已记账并封存")


@page("GET", "/runs/{run}/allot", "runs.allot")
def allot(call: Call, run: str) -> Shown:
    """第九、十九条: the money is allotted."""
    decides = "下达后，资金按第十九条逐级拨付。有异议尚未处理的不能下达，除非写明原因。"
    fields = [
        _DOCUMENT,
        replace(_DATE, label="下达日"),
        Field("despite", "有异议仍下达的原因", "long", hint="只在有异议尚未处理时填写，如实记录", required=False),
    ]
    return _step(call, run, "allot", "下达", decides, "下达", fields)


@page("POST", "/runs/{run}/allot", "runs.allot", form=allot)
def allotted(call: Call, run: str) -> See:
    """Allots."""
    steps.allot(call, number(run), filled(call, Allotment))
    return See(f"/runs/{run}", f"第 {run} 号运行已下达")


@page("GET", "/runs/{run}/close", "runs.close")
def close(call: Call, run: str) -> Shown:
    """办结: every fen has arrived."""
    decides = "办结表示每一分钱都已到达应得的银行、企业。尚未缴回的追缴继续挂账。"
    return _step(call, run, "close", "办结", decides, "办结", [_DOCUMENT])


@page("POST", "/runs/{run}/close", "runs.close", form=close)
def closed(call: Call, run: str) -> See:
    """Closes."""
    steps.close(call, number(run), filled(call, Document))
    return See(f"/runs/{run}", f"第 {run} 号运行已办结")
