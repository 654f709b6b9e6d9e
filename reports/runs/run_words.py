"""How a run is spoken of, wherever it is named."""

from collections.abc import Iterable

from ledger.law.conditions import Condition
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord

SOLO_MARK = "单人试用"
SOLO_WORDS = "单人试用（TIEXI_SOLO=1）：未要求区市初审签署，也未要求第二人审核"


def foot_text(year: int, run_id: int, standing: str, county: str = "") -> str:
    """What stands at the foot of every page of a run that is a trial or approved, in a word."""
    return f"{county}　{year} 年度　第 {run_id} 号运行（{standing}）".lstrip("　")


def page_foot(run: RunRecord, county: str = "") -> str:
    """What stands at the foot of every page."""
    return foot_text(run.year, run.id, run.standing, county)


def reasons_text(conditions: Iterable[Condition], reasons: str) -> str:
    """The codes of a line for people: each with its title and article."""
    titles = {condition.code: f"{condition.title}（{condition.article}）" for condition in conditions}
    return "；".join(f"{code} {titles[code]}" for code in reasons.split(";") if code)


def run_words(run: RunRecord, marked: bool = True) -> str:
    """A run in words; marked: says where it was approved by one person alone."""
    solo = f"，{SOLO_MARK}" if marked and run.solo else ""
    return f"第 {run.id} 号运行（{PROGRAMMES[run.programme].name} {run.year} 年度{solo}）"
