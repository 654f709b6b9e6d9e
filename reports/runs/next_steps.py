"""What is to be done about a run next, by whom, and with which command."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ledger import lifecycle, money, spotcheck
from ledger.accounts import rights
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import standing
from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.lifecycle import Signature
from ledger.programmes import PROGRAMMES
from ledger.runs.objections import open_objections
from ledger.runs.settlement import RunRecord
from reports.runs import seen

COUNTY, CITY, APPROVER, CLOSER, TREASURY, PAYERS, DEBTORS = (
    "区市金融监管部门", "市级经办人", "市级审核人（不是录入、初审的人）", "市级审核人", "财政部门", "各环节的付款单位", "应缴回的银行、企业",
)  # fmt: skip


class NextStep(NamedTuple):
    """One thing that stands between a run and its next step: in a sentence, whose it is, and the command, "" for none.

    action: what does it, as the table of rights calls it, and the roles that may. details: what is to be done, without a
    command, by the county whose it is ("" for none). common: the same without a word that is not everybody's.
    """

    text: str
    who: str
    command: str
    action: str
    roles: tuple[str, ...]
    details: Mapping[str, str]
    common: str
    programme: str

    def as_dicts(self, hints: bool = True, scope: Scope = EVERYTHING) -> Iterator[dict[str, Any]]:
        """For --json, one for each county whose it is; without hints for whoever has no command line."""
        typed = {"text": self.text, "who": self.who, "command": self.command} if hints else {}
        for county, detail in self.details.items():
            known = seen.whole_run(scope, self.programme) or (county and county == scope.name)
            of_county = {"county": county} if county else {}
            shown = detail if known else self.common
            yield {**typed, "action": self.action, "roles": list(self.roles), **of_county, "detail": shown}

    def line(self) -> str:
        """For people."""
        return f"{self.text}　——由{self.who}办理"


def next_steps(connection: Connection, run: RunRecord, solo: bool = False) -> list[NextStep]:
    """What stands between a run and its next step; nothing for a trial that leads nowhere. solo: whoever tries the program
    out alone needs no signatures and no spot check."""
    if run.approved_at is not None:
        return _after_approval(connection, run)
    if superseded(connection, run):
        return []
    return _before_approval(connection, run, [] if solo else lifecycle.signatures(connection, run), solo)


def superseded(connection: Connection, run: RunRecord) -> str:
    """Why a trial leads nowhere: its year, or a later one, has an approved run. '' where it does not."""
    if run.approved_at is not None:
        return ""
    other = next(iter(approved_runs(connection, run.programme, since=run.year)), None)
    if other is None:
        return ""
    if other.year == run.year:
        return f"不必再办：{run.year} 年度已审核通过第 {other.id} 号运行，本次试算仅供参考"
    return f"不能再审核：{other.year} 年度已审核通过（第 {other.id} 号运行），{run.year} 年度的试算仅供参考"


def missing(connection: Connection, run: RunRecord) -> list[str]:
    """The same in sentences; why a trial leads nowhere, where it does."""
    dead_end = superseded(connection, run)
    return [dead_end] if dead_end else [one.text for one in next_steps(connection, run)]


def as_dicts(steps: Sequence[NextStep], hints: bool = True, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    """Steps for --json; without hints for whoever has no command line. scope: whose eyes they are for."""
    return [found for one in steps for found in one.as_dicts(hints, scope)]


def what_next(connection: Connection, run: RunRecord, solo: bool) -> str:
    """What is to be done about a trial; solo: by one person alone."""
    if dead_end := superseded(connection, run):
        return f"这是试算。{dead_end}"
    return f"这是试算，核对后办理——{'；'.join(one.text for one in next_steps(connection, run, solo))}"


def _step(
    run: RunRecord, text: str, who: str, command: str, action: str, details: Mapping[str, str] | str, common: str = "",
    roles: Sequence[str] = (),
) -> NextStep:  # fmt: skip
    """A step. details: one text where it is no county's; roles: which of those that may have to do with it, all where none."""
    may = rights.roles(action, run.programme)
    said = {"": details} if isinstance(details, str) else details
    own = tuple(role for role in roles if role in may) or may
    return NextStep(text, who, command, action, own, said, common or next(iter(said.values())), run.programme)


def _before_approval(
    connection: Connection, run: RunRecord, signatures: Sequence[Signature], solo: bool
) -> list[NextStep]:
    waiting = [one.county for one in signatures if one.state == lifecycle.MISSING]
    returned = {one.county: f"{one.made_by}：{one.reason}" for one in signatures if one.state == lifecycle.RETURNED}
    found = []
    if waiting:
        command = f"tiexi sign {run.id} --county 区市 --by 姓名 --document 文号"
        text = f"区市初审签署：{'、'.join(waiting)}（{command}）"
        details = dict.fromkeys(waiting, "区市初审签署")
        found.append(_step(run, text, COUNTY, command, "runs.sign", details))
    if returned:
        listed = "、".join(f"{county}（{why}）" for county, why in returned.items())
        details = {county: f"已退回，须解决后再签署：{why}" for county, why in returned.items()}
        text = f"已退回，须解决后再签署：{listed}"
        found.append(_step(run, text, f"{COUNTY}和{CITY}", "", "runs.sign", details, "已退回，须解决后再签署"))
    try:
        spotcheck.require_passed(
            connection, run, not (solo or waiting or returned), None
        )  # it comes after the counties
    except Refused as refusal:
        action = "runs.check" if spotcheck.drawings(connection, run.id) else "runs.sample"
        text, detail = f"抽查：{refusal}", f"抽查：{refusal.sentence}"
        found.append(_step(run, text, CITY, f"tiexi sample {run.id}", action, detail, "抽查尚未完成"))
    command = f"tiexi approve {run.id} --by 姓名 --document 文号"
    return found or [_step(run, f"市级审核：{command}", APPROVER, command, "runs.approve", "市级审核")]


def _after_approval(connection: Connection, run: RunRecord) -> list[NextStep]:
    which = f"{run.year}{PROGRAMMES[run.programme].option}"
    balance = f"tiexi balance {which}"
    found = []
    if claims := standing.total(connection, run.id, ("claim_receivable",)):
        detail = f"追缴尚未缴回 {money.wan_text(claims)} 万元"
        common = "追缴尚未全部缴回"
        found.append(
            _step(run, f"{detail}（{balance}）", DEBTORS, balance, "uploads.add", detail, common, _payers(run)[:3])
        )
    if run.state == "closed":
        return found
    if run.state == "approved":
        return [*_before_allotment(connection, run), *found]
    if owed := -standing.total(connection, run.id, ("payable",)):
        pay = f"tiexi pay {which} --blank 待拨付.xlsx"
        detail = f"拨付：{money.wan_text(owed)} 万元尚未到达银行或企业"
        common = "拨付：尚有资金未到达银行或企业"
        text = f"{detail}（{balance}、{pay}）"
        return [_step(run, text, PAYERS, pay, "uploads.add", detail, common, _payers(run)), *found]
    command = f"tiexi close {run.id} --by 姓名 --document 文号"
    return [_step(run, f"办结：{command}", CLOSER, command, "runs.close", "办结"), *found]


def _payers(run: RunRecord) -> tuple[str, ...]:
    """The roles that record payments: the office that allots alone, or each on the way down to the enterprises."""
    programme = PROGRAMMES[run.programme]
    return (*programme.allotted_by, *(("county_finance", "county", "clerk") if programme.signed_by else ()))


def _before_allotment(connection: Connection, run: RunRecord) -> list[NextStep]:
    found = []
    if still_open := open_objections(connection, run):
        command = "tiexi import 异议.xlsx --amend 处理完毕"
        detail = f"异议 {len(still_open)} 件尚未处理，处理以前不能下达：在「异议」表填写处理结果"
        common = "有异议尚未处理，处理以前不能下达"
        found.append(_step(run, f"{detail}，{command}", CITY, command, "uploads.add", detail, common, ("city",)))
    command = f"tiexi allot {run.id} --by 姓名 --document 文号"
    return [*found, _step(run, f"财政下达：{command}", TREASURY, command, "runs.allot", "财政下达")]
