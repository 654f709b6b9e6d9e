"""What an explanation is made of: points with an outcome, an article and a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.law.conditions import Condition

PASSED, FAILED, HELD, NOTE = "通过", "不通过", "待核实", ""


@dataclass(frozen=True)
class Point:
    """One point of an explanation: its heading, outcome (PASSED, FAILED, HELD or NOTE), article and sentence; hint: the
    command that tells more, which goes on where the sentence ends and only a terminal shows."""

    part: str
    title: str
    outcome: str
    article: str
    code: str
    text: str
    hint: str = ""

    def as_dict(self, hints: bool = True) -> dict[str, Any]:
        """For --json; without hints for whoever has no command line."""
        named = {name: value for name, value in vars(self).items() if name != "hint"}
        return named | {"text": self.text + self.hint} if hints else named


@dataclass(frozen=True)
class Explanation:
    """A loan's explanation: what it is about, the conclusion, and its points."""

    subject: str
    conclusion: str
    points: list[Point]

    def as_dict(self, hints: bool = True) -> dict[str, Any]:
        """For --json; without hints for whoever has no command line."""
        return {
            "subject": self.subject,
            "conclusion": self.conclusion,
            "steps": [point.as_dict(hints) for point in self.points],
        }


def judged(
    conditions: Sequence[Condition],
    row: Mapping[str, Any],
    figures: Mapping[str, str],
    gives: Mapping[str, str] | None = None,
) -> Iterator[Point]:
    """Each condition as its document's line was judged by it. row: the stored line; figures: what the sentences may speak
    of; gives: the names of what the document gives, where a condition bars only some of it."""
    failed = row["reasons"].split(";")
    for condition in conditions:
        outcome = (HELD if condition.held else FAILED) if condition.code in failed else PASSED
        text = condition.sentence.format_map(figures)
        if condition.not_judged is not None and row[condition.not_judged.without] is None:
            outcome, text = NOTE, condition.not_judged.sentence
        title = condition.title + _only(condition, gives or {})
        yield Point("条件", title, outcome, condition.article, condition.code, text)


def _only(condition: Condition, gives: Mapping[str, str]) -> str:
    """What alone a condition bars, '' where it bars everything."""
    barred = barred_names(condition, gives)
    return f"（只影响{'、'.join(barred)}）" if len(barred) < len(gives) else ""


def barred_names(condition: Condition, gives: Mapping[str, str]) -> list[str]:
    """The names of what a condition bars."""
    return [name for key, name in gives.items() if condition.takes(key)]
