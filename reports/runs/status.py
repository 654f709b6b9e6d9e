"""Where a run stands: its steps, who has signed, what the spot check says, its seal, and what is still missing."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from ledger import lifecycle, models, money, spotcheck
from ledger.accounts.roles import COUNTY
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.books import standing
from ledger.runs.objections import Objection, open_objections
from ledger.runs.settlement import RunRecord, read_run
from ledger.runs.steps import STEP_NAMES, steps
from ledger.warnings import kept
from reports.runs import cut, seen
from reports.runs.next_steps import as_dicts, missing, next_steps, superseded
from reports.runs.run_words import SOLO_MARK


def signature_dict(one: lifecycle.Signature) -> dict[str, Any]:
    """A county's word for --json."""
    return {**vars(one), "made_at": one.made_at.isoformat() if one.made_at else None}


def check_standing(connection: Connection, run_id: int) -> dict[str, int]:
    """The spot check of a run in numbers: lines drawn, without result, and with an open finding."""
    drawn = {one.line_no for drawing in spotcheck.drawings(connection, run_id) for one in drawing.lines}
    found = spotcheck.results(connection, run_id)
    open_findings = sum(one.outcome == "finding" for one in found.values())
    return {"drawn": len(drawn), "waiting": len(drawn - found.keys()), "open_findings": open_findings}


def standing_sentence(standing: dict[str, int]) -> str:
    """The same in words."""
    return f"抽查 {standing['drawn']} 笔，尚无结果 {standing['waiting']} 笔，不符未解决 {standing['open_findings']} 笔"


def last_seal(connection: Connection, run_id: int) -> dict[str, Any]:
    """The newest seal over a step of a run: its number and hash. (Others may have sealed steps of theirs since.)"""
    seal = models.Seal
    query = select(seal.id, seal.hash).where(seal.run_id == run_id).order_by(seal.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return {"seal": row.id, "hash": row.hash} if row else {"seal": 0, "hash": ""}


def seal_words(seal: dict[str, Any]) -> str:
    """A seal for people: what to keep on paper."""
    return f"已封存：第 {seal['seal']} 号，摘要 {seal['hash']}（请留存，审计时可用 tiexi audit --head 核对）"


def all_runs(connection: Connection, scope: Scope = EVERYTHING, hints: bool = True) -> list[dict[str, Any]]:
    """Every run, for a list: number, programme, year, as-of date, stage, who made it, approval, what is open and what is next.

    scope: whose eyes it is for: whoever does not see all of a run is not told what is open of it. hints: whether commands
    are named.
    """
    run = models.Run
    found = []
    for row in connection.execute(select(run.id, run.made_by, run.made_at).order_by(run.id)).all():
        record = read_run(connection, row.id)
        following = as_dicts(next_steps(connection, record), hints, scope)
        listed = {
            "run": record.id, "programme": record.programme, "year": record.year,
            "as_of": record.as_of.isoformat(), "state": record.state, "made_by": row.made_by,
            "made_at": row.made_at.isoformat(), "approved_by": record.approved_by,
            "approved_document": record.approved_document, "solo": record.solo, "next": following,
        }  # fmt: skip
        if seen.whole_run(scope, record.programme):
            listed |= {
                "objections": len(open_objections(connection, record)),
                "claims_open_fen": standing.total(connection, record.id, ("claim_receivable",)),
                "warnings_count": kept.count(connection, record.id),
            }
        found.append(listed)
    return found


def of_run(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING, hints: bool = True) -> dict[str, Any]:
    """One run: its stage, steps, signatures, spot check, and what is missing for its next step.

    scope: whose eyes it is for: whoever does not see all of it gets its own part. hints: whether commands are named.
    """
    following = next_steps(connection, run)
    said = as_dicts(following, hints, scope)
    left = missing(connection, run) if hints else _missing(connection, run, said)
    if not seen.whole_run(scope, run.programme):
        return _cut(connection, run, scope, said, left)
    trial_of = select(models.Run.made_by, models.Run.account, models.Run.made_at).where(models.Run.id == run.id)
    made = connection.execute(trial_of).one()
    trial = {
        "kind": "trial", "county": None, "made_by": made.made_by, "account": made.account,
        "made_at": made.made_at.isoformat(),
        "document_no": None, "reason": None, "figures": None,
    }  # fmt: skip
    return {
        **run.as_dict(),
        "steps": [trial, *_steps(connection, run.id)],
        "signatures": [signature_dict(one) for one in lifecycle.signatures(connection, run)],
        "spot_check": check_standing(connection, run.id),
        "missing": left,
        "next": said,
        "objections": [one.as_dict() for one in open_objections(connection, run)],
        "claims_open_fen": standing.total(connection, run.id, ("claim_receivable",)),
        **warned_dict(connection, run),
    }


def _missing(connection: Connection, run: RunRecord, said: Sequence[dict[str, Any]]) -> list[str]:
    """What is missing, in sentences without a command."""
    dead_end = superseded(connection, run)
    return [dead_end] if dead_end else [one.get("county", "") + one["detail"] for one in said]


def _cut(
    connection: Connection, run: RunRecord, scope: Scope, said: list[dict[str, Any]], left: list[str]
) -> dict[str, Any]:
    """A run as somebody sees it who has a part in it: number and stage, totals over the own lines, own signatures and steps."""
    found = {
        "run": run.id, "programme": run.programme, "year": run.year, "as_of": run.as_of.isoformat(),
        "state": run.state, "approved_document": run.approved_document, "missing": left, "next": said,
    }  # fmt: skip
    if not seen.has_part(scope, run.programme):
        return found
    county = scope.name if scope.kind == COUNTY else ""
    return {
        **found,
        **cut.summary(connection, run, scope),
        "steps": [step for step in _steps(connection, run.id) if county and step["county"] == county],
        "signatures": [signature_dict(one) for one in lifecycle.signatures(connection, run) if one.county == county],
    }


def objection_sentences(found: Sequence[Objection]) -> list[str]:
    """Open objections for people, nothing where there is none."""
    return [f"异议 {len(found)} 件尚未处理：", *(f"　{one.year} 年度　{one.line()}" for one in found)] if found else []


def warned_dict(connection: Connection, run: RunRecord, scope: Scope = EVERYTHING) -> dict[str, Any]:
    """What a run's loans were warned of when it was made, for --json: how many, and the first few; to whoever has only a part
    in it, of that part."""
    if seen.whole_run(scope, run.programme):
        return {
            "warnings_count": kept.count(connection, run.id),
            "warnings": [one.as_dict() for one in kept.first(connection, run.id, _SHOWN)],
        }
    from reports.runs import (
        warnings as warned_of,
    )  # here and not above: it judges, and whoever sees all of it needs none

    found = warned_of.of_run(connection, run, scope)
    return {"warnings_count": len(found), "warnings": [one.as_dict() for one in found[:_SHOWN]]}


def warned_sentences(connection: Connection, run: RunRecord) -> list[str]:
    """The same for people; nothing where there is none."""
    if not (count := kept.count(connection, run.id)):
        return []
    more = f"前 {_SHOWN} 条" if count > _SHOWN else ""
    head = f"提示 {count} 条，请核对（不影响金额；现在库中的：tiexi warnings --year {run.year}）：{more}"
    return [head, *(f"　{one.line()}" for one in kept.first(connection, run.id, _SHOWN))]


def _steps(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """The steps on record, with the results of the spot check where they came."""
    found = [{**vars(step), "made_at": step.made_at.isoformat()} for step in steps(connection, run_id)]
    place = next((place for place, step in enumerate(found) if step["kind"] == "approve"), len(found))
    before = [*found[:place], *_checks(connection, run_id)]
    return [*sorted(before, key=lambda step: step["made_at"]), *found[place:]]


def _checks(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """What was entered on a spot check, each time as one step: how many lines of each outcome, and which were not right."""
    found, entered = [], spotcheck.entered(connection, run_id)
    names = spotcheck.loan_names(connection, run_id, {one.line_no for one in entered if one.outcome != "ok"})
    for (made_by, by_account, made_at), group in groupby(entered, lambda one: (one.made_by, one.account, one.made_at)):
        results = list(group)
        loans = [
            dict(zip(("bank", "note_no"), names[one.line_no], strict=True), outcome=one.outcome, remark=one.remark)
            for one in results
            if one.outcome != "ok"
        ]
        found.append(
            {
                "kind": "check", "county": None, "made_by": made_by, "account": by_account,
                "made_at": made_at.isoformat(), "document_no": None, "reason": None, "figures": dict(Counter(one.outcome for one in results)),
                "loans": loans,
            }
        )  # fmt: skip
    return found


_NAMES = {"trial": "试算", "check": "抽查结果", **STEP_NAMES}
_DAYS = {"approve": "审核日", "allot": "下达日"}
_SHOWN = 3  # loans named in a row


def step_row(step: dict[str, Any]) -> tuple[str, ...]:
    """A step as a row for the terminal."""
    figures = step["figures"] or {}
    said = [step["reason"] or ""]
    said += [f"抽 {figures['lines']} 笔"] if step["kind"] == "sample" else []
    if step["kind"] == "check":
        said += [
            f"{word} {figures[outcome]} 笔{_loans_text(step['loans'], outcome)}"
            for outcome, word in spotcheck.OUTCOME_NAMES.items()
            if figures.get(outcome)
        ]
    said += [f"{_DAYS[step['kind']]} {figures['on']}"] if step["kind"] in _DAYS and "on" in figures else []
    said += ["首次记账"] if step["kind"] == "pay" else []
    if figures.get("claims_open_fen"):
        said.append(f"尚有追缴 {money.wan_text(figures['claims_open_fen'])} 万元未缴回")
    if figures.get("despite"):
        said.append(f"有 {figures['open_objections']} 件异议尚未处理，仍下达：{figures['despite']}")
    said += [SOLO_MARK] if figures.get("solo") else []
    return (
        step["made_at"].replace("T", " "), _NAMES[step["kind"]], step["county"] or "", step["made_by"],
        step["account"] or "", step["document_no"] or "", "；".join(text for text in said if text),
    )  # fmt: skip


def _loans_text(loans: list[dict[str, Any]], outcome: str) -> str:
    """Which loans an outcome was entered for, the first few, each with its remark."""
    named = [f"{one['bank']} {one['note_no']}（{one['remark']}）" for one in loans if one["outcome"] == outcome]
    if not named:
        return ""
    return f"：{'、'.join(named[:_SHOWN])}" + (f" 等 {len(named)} 笔" if len(named) > _SHOWN else "")
