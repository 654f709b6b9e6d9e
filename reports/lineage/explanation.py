"""What an explanation is made of: steps with an outcome, an article and a sentence."""

from dataclasses import dataclass
from typing import Any

from ledger import money

PASSED, FAILED, HELD, NOTE = "通过", "不通过", "待核实", ""


@dataclass(frozen=True)
class Step:
    """One step of an explanation: its heading, outcome (PASSED, FAILED, HELD or NOTE), article and sentence."""

    part: str
    title: str
    outcome: str
    article: str
    code: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """A loan's explanation: what it is about, the conclusion, and the steps."""

    subject: str
    conclusion: str
    steps: list[Step]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "subject": self.subject,
            "conclusion": self.conclusion,
            "steps": [dict(vars(step)) for step in self.steps],
        }


def wan(fen: int) -> str:
    """Fen for a sentence."""
    return f"{money.wan_text(fen)} 万元"
