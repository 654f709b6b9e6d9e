"""A run's way as a line of stages, for people: what is done, by whom and when, what is being done, what is still ahead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import STATE_NAMES

Standing = Literal["done", "now", "ahead"]
_ORDER = list(STATE_NAMES)
_ENDED_BY = {"approve": "approved", "allot": "allotted", "close": "closed"}  # the steps that end a stage by themselves


class Stage(NamedTuple):
    """One stage: its key and name (STATE_NAMES), how it stands, and what there is to say of it."""

    key: str
    name: str
    standing: Standing
    notes: Sequence[str]


def stage_line(status: Mapping[str, Any]) -> list[Stage]:
    """The stages of a run in their order, of what `status.of_run` says of it, whole or cut to a scope."""
    programme = PROGRAMMES[status["programme"]]
    left_out = set() if programme.signed_by else {"review"}
    if programme.spot_check is None:
        left_out.add("sampled")
    found: list[Stage] = []
    for key in (key for key in _ORDER if key not in left_out):
        standing: Standing = "ahead"
        if not found or found[-1].standing == "done":
            standing = "done" if _is_done(key, status) else "now"
        elif _is_done(key, status):
            standing = "done"  # whoever was asked for less, as one who tried the program out alone
        found.append(Stage(key, STATE_NAMES[key], standing, list(_notes(key, status))))
    return found


def _is_done(key: str, status: Mapping[str, Any]) -> bool:
    state = status["state"]
    if _ORDER.index(state) > _ORDER.index(key) and (key not in ("review", "sampled") or _approved(state)):
        return True
    if key == "review":
        return bool(status.get("signatures")) and all(one["state"] == "signed" for one in status["signatures"])
    if key == "sampled":
        check = status.get("spot_check") or {}
        return bool(check.get("drawn")) and not check["waiting"] and not check["open_findings"]
    return bool(state == key and key != "disbursing")


def _approved(state: str) -> bool:
    return _ORDER.index(state) >= _ORDER.index("approved")


def _notes(key: str, status: Mapping[str, Any]) -> Iterator[str]:
    """Who, when and under which document; how far it is, where several take part."""
    for step in status.get("steps", ()):
        day = step["made_at"][:10]
        if key == "trial" and step["kind"] == "trial":
            yield f"{step['made_by']} {day}"
        if _ENDED_BY.get(step["kind"]) == key:
            yield " ".join(part for part in (step["made_by"], day, step["document_no"]) if part)
        if key == "disbursing" and step["kind"] == "pay":
            yield f"首次记账 {day}"
    if key == "review" and (signed := status.get("signatures")):
        count = sum(one["state"] == "signed" for one in signed)
        returned = [one["county"] for one in signed if one["state"] == "returned"]
        yield f"已签署 {count} / {len(signed)} 个区市" + (f"，退回：{'、'.join(returned)}" if returned else "")
    if key == "sampled" and (check := status.get("spot_check")) and check["drawn"]:
        open_findings = f"，不符未解决 {check['open_findings']} 笔" if check["open_findings"] else ""
        yield f"抽 {check['drawn']} 笔，待录 {check['waiting']} 笔{open_findings}"
