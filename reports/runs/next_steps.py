"""What is to be done about a run next, by whom, and with which command."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ledger import lifecycle, money, spotcheck
from ledger.books import standing
from ledger.errors import Refused
from ledger.facts.approved import approved_runs
from ledger.lifecycle import Signature
from ledger.programmes import PROGRAMMES
from ledger.runs.objections import open_objections
from ledger.runs.settlement import RunRecord

COUNTY, CITY, APPROVER, TREASURY, PAYERS, DEBTORS = (
    "区市金融监管部门", "市级经办人", "市级审核人（不是录入、初审的人）", "财政部门", "各环节的付款单位", "应缴回的银行、企业",
)  # fmt: skip


class NextStep(NamedTuple):
    """One thing that stands between a run and its next step: in a sentence, whose it is, and the command, "" for none."""

    text: str
    who: str
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return self._asdict()

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


def what_next(connection: Connection, run: RunRecord, solo: bool) -> str:
    """What is to be done about a trial; solo: by one person alone."""
    if dead_end := superseded(connection, run):
        return f"这是试算。{dead_end}"
    return f"这是试算，核对后办理——{'；'.join(one.text for one in next_steps(connection, run, solo))}"


def _before_approval(
    connection: Connection, run: RunRecord, signatures: Sequence[Signature], solo: bool
) -> list[NextStep]:
    waiting = [one.county for one in signatures if one.state == lifecycle.MISSING]
    returned = [f"{one.county}（{one.made_by}：{one.reason}）" for one in signatures if one.state == lifecycle.RETURNED]
    found = []
    if waiting:
        sign = f"tiexi sign {run.id} --county 区市 --by 姓名 --document 文号"
        found.append(NextStep(f"区市初审签署：{'、'.join(waiting)}（{sign}）", COUNTY, sign))
    if returned:
        found.append(NextStep(f"已退回，须解决后再签署：{'、'.join(returned)}", f"{COUNTY}和{CITY}"))
    try:
        spotcheck.require_passed(
            connection, run, not (solo or waiting or returned), None
        )  # it comes after the counties
    except Refused as refusal:
        found.append(NextStep(f"抽查：{refusal}", CITY, f"tiexi sample {run.id}"))
    approve = f"tiexi approve {run.id} --by 姓名 --document 文号"
    return found or [NextStep(f"市级审核：{approve}", APPROVER, approve)]


def _after_approval(connection: Connection, run: RunRecord) -> list[NextStep]:
    which = f"{run.year}{PROGRAMMES[run.programme].option}"
    balance = f"tiexi balance {which}"
    found = []
    if claims := standing.total(connection, run.id, ("claim_receivable",)):
        found.append(NextStep(f"追缴尚未缴回 {money.wan_text(claims)} 万元（{balance}）", DEBTORS, balance))
    if run.state == "closed":
        return found
    if run.state == "approved":
        return [*_before_allotment(connection, run), *found]
    if owed := -standing.total(connection, run.id, ("payable",)):
        pay = f"tiexi pay {which} --blank 待拨付.xlsx"
        text = f"拨付：{money.wan_text(owed)} 万元尚未到达银行或企业（{balance}、{pay}）"
        return [NextStep(text, PAYERS, pay), *found]
    close = f"tiexi close {run.id} --by 姓名 --document 文号"
    return [NextStep(f"办结：{close}", CITY, close), *found]


def _before_allotment(connection: Connection, run: RunRecord) -> list[NextStep]:
    found = []
    if still_open := open_objections(connection, run):
        settle = "tiexi import 异议.xlsx --amend 处理完毕"
        text = f"异议 {len(still_open)} 件尚未处理，处理以前不能下达：在「异议」表填写处理结果，{settle}"
        found.append(NextStep(text, CITY, settle))
    allot = f"tiexi allot {run.id} --by 姓名 --document 文号"
    return [*found, NextStep(f"财政下达：{allot}", TREASURY, allot)]
