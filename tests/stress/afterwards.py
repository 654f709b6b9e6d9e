"""What must hold once the hands are still: what they were told is in the database, and what they wrote is whole.

A hand keeps of every command that succeeded what it was told (its JSON) and what it had asked for. `missing` looks for that
in the database, and for what is there though nobody was told of it.
"""

import csv
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from ledger import models
from ledger.programmes.tech_branch import tables

Said = dict[str, Any]  # command, asked (its arguments), told (its JSON)


def missing(connection: Connection, said: Sequence[Said]) -> list[str]:
    """Where what was said to be done and what is on file differ."""
    told: dict[str, list[Said]] = {}
    for one in said:
        told.setdefault(one["command"], []).append(one)
    return [
        *_runs(connection, told),
        *_steps(connection, told),
        *_checks(connection, told.get("check", [])),
        *_entries(connection, told),
        *_seals(connection, told),
        *_jobs(connection, told.get("jobs", [])),
    ]


def _differ(what: str, told: Iterable[Any], found: Iterable[Any]) -> list[str]:
    """What was told and what was found must be the same, each as often."""
    told_of, there = Counter(told), Counter(found)
    lost, unknown = list((told_of - there).elements()), list((there - told_of).elements())
    return [
        *([f"{what}: {len(lost)} said to be done are not on file: {lost[:5]}"] if lost else []),
        *([f"{what}: {len(unknown)} on file that nobody was told of: {unknown[:5]}"] if unknown else []),
    ]


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(query)]


def _runs(connection: Connection, told: dict[str, list[Said]]) -> list[str]:
    run, line = models.Run, tables.TechBranchLine
    keys = ("run", "year", "as_of", "fingerprint", "loans")
    made = [tuple(one["told"][key] for key in keys) for one in told.get("settle", [])]
    by_jobs = {one["told"]["figures"]["run"] for one in told.get("jobs", []) if "run" in one["told"]["figures"]}
    found = _rows(connection, select(run.id, run.year, run.as_of, run.fingerprint, run.line_count))
    shown = [(number, year, as_of.isoformat(), *rest) for number, year, as_of, *rest in found]
    counted = dict(_rows(connection, select(line.run_id, func.count()).group_by(line.run_id)))
    problems = _differ("runs", made, [one for one in shown if one[0] not in by_jobs])
    problems += [
        f"run {one[0]} has {counted.get(one[0], 0)} lines of {one[4]}"
        for one in found
        if counted.get(one[0], 0) != one[4]
    ]
    problems += [f"run {number} of a job is not on file" for number in by_jobs - {one[0] for one in found}]
    approved = _rows(connection, select(run.id, run.approved_by, run.approved_document).where(run.state == "approved"))
    asked = [
        tuple(one["told"][key] for key in ("run", "approved_by", "approved_document"))
        for one in told.get("approve", [])
    ]
    return problems + _differ("approvals", asked, approved)


def _steps(connection: Connection, told: dict[str, list[Said]]) -> list[str]:
    """Signatures, allotments and the like: each by whom it was said to be."""
    step = models.RunStep
    kinds = ("sign", "sample", "approve", "allot")
    asked = [
        (kind, one["told"]["run"], one["asked"]["--county"] if kind == "sign" else None, one["asked"]["--by"])
        for kind in kinds
        for one in told.get(kind, [])
        if one["told"].get("new", True)
    ]
    found = _rows(connection, select(step.kind, step.run_id, step.county, step.made_by).where(step.kind.in_(kinds)))
    return _differ("steps", asked, found)


def _checks(connection: Connection, told: list[Said]) -> list[str]:
    result = models.SpotCheckResult
    entered: Counter[tuple[int, str]] = Counter()
    for one in told:
        entered[one["told"]["run"], one["asked"]["--by"]] += one["told"]["entered"]
    found = _rows(connection, select(result.run_id, result.made_by))
    return _differ("results of spot checks", entered.elements(), found)


def _entries(connection: Connection, told: dict[str, list[Said]]) -> list[str]:
    """Every payment that was said to be booked is an entry of its own, by the one who was told so."""
    entry = models.JournalEntry
    asked = [
        (number, int(run), one["asked"]["--by"])
        for one in told.get("pay", [])
        for run, numbers in one["told"]["entries"].items()
        for number in numbers
    ]
    query = select(entry.id, entry.run_id, entry.made_by).where(entry.intake_id.is_not(None))
    taken = [one["told"]["sha256"] for one in told.get("pay", []) if one["told"]["status"] == "taken"]
    intake = models.Intake
    on_file = _rows(connection, select(intake.sha256).where(intake.id.in_(select(entry.intake_id))).order_by(intake.id))
    return _differ("payments", asked, _rows(connection, query)) + _differ(
        "files of payments", taken, (one[0] for one in on_file)
    )


def _seals(connection: Connection, told: dict[str, list[Said]]) -> list[str]:
    """As many seals as there were deeds to seal; every number and hash that anybody wrote down is in the chain."""
    seal = models.Seal
    sealing = {kind: told.get(kind, []) for kind in ("approve", "allot", "pay")}
    sealing["pay"] = [one for one in sealing["pay"] if one["told"]["status"] == "taken"]
    chain = _rows(connection, select(seal.id, seal.hash, seal.kind).order_by(seal.id))
    written_down = {
        (one["told"]["seal"]["seal"], one["told"]["seal"]["hash"]) for part in sealing.values() for one in part
    }
    problems = _differ(
        "seals",
        (kind for kind, part in sealing.items() for _ in part),
        (kind for _, _, kind in chain if kind in sealing),
    )
    problems += [f"seal {one} is not in the chain" for one in sorted(written_down - {(n, h) for n, h, _ in chain})]
    if [number for number, _, _ in chain] != list(range(1, len(chain) + 1)):
        problems.append("the seals have gaps")
    return problems


def _jobs(connection: Connection, told: list[Said]) -> list[str]:
    """At most one run of a job is done for a day, no two run at the same time, and all that were said to be done are."""
    job = models.JobRun
    rows = _rows(
        connection,
        select(job.name, job.day, job.result, job.started_at, job.ended_at, job.id).order_by(job.name, job.id),
    )
    done = [(number, name, day.isoformat()) for name, day, result, _, _, number in rows if result == "done"]
    asked = [
        (one["told"]["run"], one["told"]["name"], one["told"]["day"])
        for one in told
        if one["told"]["outcome"] == "done"
    ]
    problems = _differ("runs of jobs", asked, done)
    problems += [
        f"{name} is done {count} times for {day}"
        for (name, day), count in Counter(one[1:] for one in done).items()
        if count > 1
    ]
    problems += [f"run {number} of {name} never ended" for name, _, _, _, ended, number in rows if ended is None]
    for first, second in pairwise(rows):
        if first[0] == second[0] and first[4] is not None and second[3] < first[4]:
            problems.append(f"two runs of {first[0]} at the same time: {first[5]} and {second[5]}")
    return problems


# --- files ------------------------------------------------------------------------------------------------------------


def not_whole(folders: Iterable[Path]) -> list[str]:
    """The files that are not whole, or should not be there at all."""
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [problem for path in found if (problem := _fault(path))]


def _fault(path: Path) -> str:
    if path.name.startswith("."):
        return f"{path} was left"
    if path.suffix == ".xlsx":
        try:
            with zipfile.ZipFile(path) as book:
                return f"{path} is damaged" if book.testzip() or "xl/workbook.xml" not in book.namelist() else ""
        except (zipfile.BadZipFile, zlib.error) as error:
            return f"{path} is no workbook: {error}"
    text = path.read_text(encoding="utf-8-sig")
    if not text.endswith("\n"):
        return f"{path} ends in the middle of a line"
    if path.suffix == ".csv" and len({len(row) for row in csv.reader(text.splitlines())}) != 1:
        return f"{path} has lines of different lengths"
    if path.suffix == ".json":
        json.loads(text)
    return ""
