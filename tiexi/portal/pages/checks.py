"""抽查: the lines drawn, and one line after the other with what was sent in and what was found."""

from typing import Any

from ledger import spotcheck
from ledger.money import wan_text
from ledger.runs.settlement import RunRecord
from reports.lists import page_of
from reports.runs import check_list, status
from reports.runs import checks as drawn_lines
from reports.runs.explaining import explain
from tiexi.portal import listing
from tiexi.portal.api import steps
from tiexi.portal.api.steps import Result
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.problems import not_there
from tiexi.portal.run_pages import by_part, head, of_run

_WHY = {"county": "每个区市至少一笔", "bank": "每家银行至少一笔", "share": "按金额抽满比例"}
_PAGES = 10  # of one paper, beside the facts
_SHAPES = {None: "open", "ok": "done", "finding": "attention", "resolved": "done"}


def _items(connection: Any, call: Call, record: RunRecord) -> list[dict[str, Any]]:
    """The lines drawn that are seen, each with its place in the draw."""
    return [
        {
            **one, "line": place, "why": _WHY[one["drawn_for"]], "shape": _SHAPES[one["outcome"]],
            "word": spotcheck.OUTCOME_NAMES.get(one["outcome"], "待核查"),
        }
        for place, one in enumerate(drawn_lines.drawn(connection, record, call.scope), start=1)
    ]  # fmt: skip


@page("GET", "/runs/{run}/checks", "runs.checks")
def checks(call: Call, run: str) -> Shown:
    """The lines drawn."""
    asked = listing.asked(call, ())
    with call.reading() as connection:
        record, _ = of_run(connection, call, number(run))
        items = _items(connection, call, record)
        standing = status.check_standing(connection, record.id) if not call.scope.kind else None
    found = page_of(asked, items[asked.before : asked.before + asked.size], len(items))
    return Shown(
        "checks.html",
        {
            "run": head(record), "found": found, "standing": status.standing_sentence(standing) if standing else "",
            "first": next((one["line"] for one in items if one["outcome"] is None), None),
            "may_check": call.may("runs.check", record.programme) and record.approved_at is None,
            "may_list": bool(items),
        },
    )  # fmt: skip


@page("GET", "/runs/{run}/checks/{line}", "runs.checks")
def check(call: Call, run: str, line: str) -> Shown:
    """One line: what was sent in and what follows from it; for who checks, the result."""
    with call.reading() as connection:
        record, _ = of_run(connection, call, number(run))
        items = _items(connection, call, record)
        place = number(line)
        if place > len(items):
            raise not_there()
        one = items[place - 1]
        explanation = explain(connection, record, {"bank": one["bank"], "note": one["note_no"]}, call.scope)
        rows = check_list.uploaded_rows(connection, record, one["bank"], one["note_no"])
    facts = [
        ("区市", one["county"]),
        ("企业", f"{one['enterprise']}（{one['uscc']}）"),
        ("贷款金额", f"{wan_text(one['amount_fen'])} 万元"),
        ("抽中原因", one["why"]),
    ]
    if one["outcome"] is not None:
        facts.append(("已录入", f"{one['word']}{'：' + one['remark'] if one['remark'] else ''}（{one['made_by']}）"))
    may = call.may("runs.check", record.programme) and record.approved_at is None
    fields = typed(
        call,
        Field("result", "结果", "choice", options=[("", "请选择")] + [(word, word) for word in spotcheck.OUTCOME_NAMES.values()]),
        Field("remark", "说明", "long", hint="不符、已解决的须说明", required=False),
    )  # fmt: skip
    return Shown(
        "check.html",
        {
            "run": head(record), "one": one, "facts": facts, "rows": rows,
            "conclusion": explanation.conclusion, "parts": by_part(explanation), "place": place, "of": len(items),
            "before": place - 1 if place > 1 else None, "after": place + 1 if place < len(items) else None,
            "fields": fields if may else [], "most_pages": _PAGES, "as_of": record.as_of.isoformat(),
        },
    )  # fmt: skip


@page("POST", "/runs/{run}/checks/{line}", "runs.check", form=check)
def entered(call: Call, run: str, line: str) -> See:
    """Records a result, and goes on to the next line without one."""
    body = filled(call, Result)
    with call.reading() as connection:
        record, _ = of_run(connection, call, number(run))
        items = _items(connection, call, record)
        place = number(line)
        if place > len(items):
            raise not_there()
    steps.check(call, record.id, body)
    later = [one["line"] for one in items if one["outcome"] is None and one["line"] != place]
    following = next((each for each in later if each > place), next(iter(later), None))
    said = f"{body.note}：{body.result}"
    if following is None:
        return See(f"/runs/{run}/checks", f"{said}；抽中的贷款都已有结果")
    return See(f"/runs/{run}/checks/{following}", said)
