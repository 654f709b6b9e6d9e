"""结算: the runs, the form for a trial, and one run: its way, what is missing, its totals, its lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, select

from ledger import models
from ledger.accounts.roles import BANK, COUNTY, name_of
from ledger.counties import COUNTIES
from ledger.facts.bank_names import bank_names
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES, RunRecord, read_run
from reports import lists
from reports.programmes import REPORTS
from reports.runs import cut, files, run_lines, run_list, seen, status, years_apart
from reports.runs.run_lines import OF_THE_RUN, Lines
from reports.runs.run_words import SOLO_WORDS
from reports.runs.stage_line import stage_line
from tiexi.portal import listing
from tiexi.portal.api import runs as api_runs
from tiexi.portal.api.runs import Trial
from tiexi.portal.call import Call
from tiexi.portal.cells import Cell, cell
from tiexi.portal.fields import Field, typed
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.run_pages import of_run, steps_open, words_of

_KEYS = ("programme", "year", "state")


@page("GET", "/runs", "runs.list")
def runs(call: Call) -> Shown:
    """Every run that is seen, the newest first; for who may, the form for another trial."""
    asked = listing.asked(call, _KEYS)
    with call.reading() as connection:
        every = status.all_runs(connection, call.scope, hints=False)[::-1]
    found = lists.page(every, asked, _KEYS)
    found["items"] = [
        {
            **one, "name": PROGRAMMES[one["programme"]].name, **words_of(one["state"]),
            "next_words": "；".join(dict.fromkeys(step["detail"] for step in one["next"])),
        }
        for one in found["items"]
    ]  # fmt: skip
    return Shown(
        "runs.html",
        {
            "found": found,
            "asked": listing.said(asked, *_KEYS),
            "programmes": [(key, one.name) for key, one in PROGRAMMES.items()],
            "years": [str(year) for year in sorted({one["year"] for one in every}, reverse=True)],
            "states": list(STATE_NAMES.items()),
            "fields": _trial_fields(call),
        },
    )  # fmt: skip


def _trial_fields(call: Call) -> list[Field]:
    """The form for a trial; nothing for who may make none."""
    own = [(key, one.name) for key, one in PROGRAMMES.items() if call.may("runs.add", key)]
    if not own:
        return []
    return typed(
        call,
        Field("programme", "项目", "choice", own[0][0], options=own),
        Field("year", "年度", hint="如 2025", short=True),
        Field("as_of", "截止日", "date", hint="默认今天", required=False, short=True),
    )


@page("POST", "/runs", "runs.add", form=runs)
def add(call: Call) -> See:
    """A trial of a year."""
    run = api_runs.add_run(call, filled(call, Trial)).value["run"]
    return See(f"/runs/{run}", f"第 {run} 号试算已完成")


# --- one run --------------------------------------------------------------------------------------------------------------


@page("GET", "/runs/{run}", "runs.show")
def run(call: Call, run: str) -> Shown:
    """One run as somebody sees it."""
    with call.reading() as connection:
        record, said = of_run(connection, call, number(run))
        has_part = seen.has_part(call.scope, record.programme)
        kinds = _kinds(record) if has_part else []
        lines = _lines(connection, call, record, kinds) if kinds else {"lists": []}
        totals = list(_totals(connection, call, record)) if has_part else []
        history = [status.step_row(step) for step in said.get("steps", [])]
        others = _others(connection, record) if has_part else []
    return Shown(
        "run.html",
        {
            "run": {**said, "name": PROGRAMMES[record.programme].name, **words_of(record.state)},
            "facts": _facts(record, said),
            "stages": stage_line(said),
            "nexts": list(_nexts(call, said["next"])),
            "ended": "" if said["next"] else "；".join(said["missing"]),
            "buttons": [(label, f"/runs/{record.id}/{name}") for name, label in steps_open(call, record, said)],
            "signatures": [{**one, **_signature_words(one["state"])} for one in said.get("signatures", [])],
            "totals": totals,
            "files": _files(call, record) if has_part else [],
            "history": history,
            "others": others,
            **lines,
        },
    )  # fmt: skip


def _facts(record: RunRecord, said: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [("截止日", record.as_of.isoformat())]
    trial = next((step for step in said.get("steps", []) if step["kind"] == "trial"), None)
    if trial:
        found.append(("试算", f"{trial['made_by']} {trial['made_at'][:16].replace('T', ' ')}"))
    if record.approved_document:
        found.append(("审核文号", record.approved_document))
    if record.solo:
        found.append(("注意", SOLO_WORDS))
    if said.get("objections"):
        found.append(("异议", f"{len(said['objections'])} 件尚未处理"))
    return found


def _nexts(call: Call, steps: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """What is missing and who does it, the counties of which the same is asked together."""
    together: dict[tuple[str, str], list[str]] = {}
    for one in steps:
        together.setdefault((one["detail"], _who(one["roles"])), []).append(one.get("county", ""))
    for (detail, who), counties in together.items():
        named = "、".join(county for county in counties if county)
        yield {"text": f"{detail}：{named}" if named else detail, "who": who}


def _who(roles: Sequence[str]) -> str:
    return "、".join(name_of(role) for role in roles)


def _signature_words(state: str) -> dict[str, str]:
    word, shape = {"signed": ("已签署", "done"), "returned": ("已退回", "attention")}.get(state, ("待签署", "open"))
    return {"word": word, "shape": shape}


def _totals(connection: Connection, call: Call, record: RunRecord) -> Iterator[Any]:
    """The totals over what is seen, as the command prints them."""
    if not seen.whole_run(call.scope, record.programme):
        if set(call.query) - {"list"}:
            return  # whoever turns over the lines is not kept waiting for sums that were shown before
        own = cut.summary(connection, record, call.scope)
        if not own:
            return
        record = replace(record, summary=dict(own))
    yield from REPORTS[record.programme].totals(record)


def _others(connection: Connection, record: RunRecord) -> list[tuple[str, str]]:
    """What to compare with: the year before, and other runs of the year, the newest first."""
    run = models.Run
    query = select(run.id).where(run.programme == record.programme, run.year == record.year, run.id != record.id)
    found = [
        read_run(connection, number)
        for number in connection.execute(query.order_by(run.id.desc()).limit(_OTHERS)).scalars()
    ]
    before = years_apart.year_before(connection, record)
    apart = (
        [(f"与上一年度（{before.year} 年度第 {before.id} 号运行）比较", f"/runs/{record.id}/year-before")]
        if before
        else []
    )
    return apart + [
        (
            f"与第 {one.id} 号运行（{STATE_NAMES[one.state]}，截止日 {one.as_of}）比较",
            f"/runs/{one.id}/compare/{record.id}",
        )
        for one in found
    ]


_OTHERS = 10


def _files(call: Call, record: RunRecord) -> list[tuple[str, str]]:
    """The files of a run that may be had, by what its document has and the scope sees."""
    address = f"/runs/{record.id}/files/"
    of_document = {one.name for one in REPORTS[record.programme].exports}
    found = []
    if files.ANNEX in of_document and call.scope.kind == COUNTY:
        found.append(("附件1 专项资金申请表", address + files.ANNEX))
    elif files.ANNEX in of_document and not call.scope.kind:
        counties = [part["county"] for part in record.summary.get("counties", []) if part["county"] in COUNTIES]
        found += [
            (f"附件1（{county}）", f"{address}{files.ANNEX}?{urlencode({'county': county})}") for county in counties
        ]
    if seen.whole_run(call.scope, record.programme):
        found += [(name, address + what) for what, name in files.WHOLE.items() if what in of_document]
    found += [(name, address + what) for what, name in files.own_files(record, call.scope)]
    found += [(f"{lines.name}（Excel）", f"{address}{lines.listed}?format=xlsx") for lines in _kinds(record)]
    return found


# --- its lines ------------------------------------------------------------------------------------------------------------


def _kinds(record: RunRecord) -> list[Lines]:
    return [lines for lines in run_lines.of_programme(record.programme) if lines.listed]


def _lines(connection: Connection, call: Call, record: RunRecord, kinds: Sequence[Lines]) -> dict[str, Any]:
    """A page of one kind of its lines, with what they can be looked for by."""
    lines = next((one for one in kinds if one.listed == call.query.get("list")), kinds[0])
    columns = _columns(call, lines)
    names = [column.name for column in columns]
    filters = [name for name in ("county", "bank", "code", "paid") if name in lines.by_name or name in ("code", "paid")]
    asked = listing.asked(call, filters, names)
    found = run_list.page(connection, record, lines.listed, asked, call.scope)
    return {
        "lists": [(one.listed, one.name) for one in kinds],
        "list": lines.listed,
        "list_name": lines.name,
        "lines": found,
        "columns": [
            {"name": column.name, "header": column.header, "number": column.kind in ("fen", "percent", "count")}
            for column in columns
        ],
        "rows": [[_cell(lines, column, item) for column in columns] for item in found["items"]],
        "filters": list(_filters(connection, call, record, lines, asked.filters)),
        "asked": listing.said(asked),
        "sort": asked.sort,
        "csv": listing.csv_address(f"/runs/{record.id}/{lines.listed}", asked),
    }


def _columns(call: Call, lines: Lines) -> list[Any]:
    """What a page shows of a line: not which run it is, nor what is the same for all that somebody sees."""
    left_out = {*OF_THE_RUN, *([call.scope.kind] if call.scope.kind == COUNTY else [])}
    names = lines.shown or list(lines.by_name)
    return [lines.by_name[name] for name in names if name not in left_out]


def _cell(lines: Lines, column: Any, item: Mapping[str, Any]) -> Cell:
    href = ""
    if column.name == "note_no" and "bank" in item:
        href = "/loans/one?" + urlencode({"bank": item["bank"], "note": item["note_no"]})
    return cell(column, item[column.name], href)


def _filters(
    connection: Connection, call: Call, record: RunRecord, lines: Lines, chosen: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    if "county" in lines.by_name and call.scope.kind != COUNTY:
        yield _filter("county", "区市", [(one, one) for one in COUNTIES], chosen)
    if "bank" in lines.by_name and call.scope.kind != BANK:
        banks = sorted(bank_names(connection).all_in_force().values())
        yield _filter("bank", "银行", [(one, one) for one in banks], chosen)
    if "reasons" in lines.by_name:
        codes = [(one.code, f"{one.code} {one.title}") for one in PROGRAMMES[record.programme].conditions]
        yield _filter("code", "未通过的条件", codes, chosen)
    if not lines.claims:
        yield _filter("paid", "补助", [("yes", "有补助"), ("no", "没有补助")], chosen)


def _filter(name: str, label: str, options: list[tuple[str, str]], chosen: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "label": label, "options": options, "value": chosen.get(name, "")}
