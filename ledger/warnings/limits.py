"""The figures by which warnings judge: this system's own, not the law's, in one YAML beside this file."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ledger.figures import format_scaled, percent_text

FILE = Path(__file__).parent / "thresholds.yaml"


@dataclass(frozen=True)
class Limits:
    """amount: fen. factors: plain numbers. rates and interest: e4 (0.0001%). terms: years, days."""

    amount: int
    factors: tuple[int, ...]
    low_rate_e4: int
    high_rate_e4: int
    term_years: int
    term_days: int
    interest_e4: int
    silent_years: int

    @property
    def words(self) -> dict[str, str]:
        """Each figure as people read it, for the words of the kinds."""
        return {
            "amount": f"{format_scaled(self.amount, 6)} 万元",
            "factors": "、".join(f"{factor:,}" for factor in self.factors),
            "low": percent_text(self.low_rate_e4, 0),
            "high": percent_text(self.high_rate_e4, 0),
            "years": str(self.term_years),
            "days": str(self.term_days),
            "interest": percent_text(self.interest_e4, 0),
            "silent": str(self.silent_years),
        }


@cache
def limits() -> Limits:
    """The figures in use."""
    return read_limits(FILE)


def read_limits(path: Path) -> Limits:
    """The figures of a file; KeyError or ValueError where one is missing, is no number, or is finer than can be told."""
    from ledger.yaml_text import read_yaml  # only now: whoever shows what was told before judges nothing

    raw: dict[str, dict[str, Any]] = read_yaml(path.read_text(encoding="utf-8"))
    found = Limits(
        amount=_scaled(raw["P_UNIT"]["amount_wan"], 6),
        factors=tuple(_scaled(factor, 0) for factor in raw["P_UNIT"]["factors"]),
        low_rate_e4=_scaled(raw["P_RATE"]["low_percent"], 4),
        high_rate_e4=_scaled(raw["P_RATE"]["high_percent"], 4),
        term_years=_scaled(raw["P_TERM"]["years"], 0),
        term_days=_scaled(raw["P_TERM"]["days"], 0),
        interest_e4=_scaled(raw["P_INTEREST"]["percent"], 4),
        silent_years=_scaled(raw["P_OVERDUE"]["years"], 0),
    )
    if min(found.factors) < 2 or found.low_rate_e4 > found.high_rate_e4:
        raise ValueError(f"{path.name}: a factor below 2, or a low rate above the high one")
    return found


def _scaled(value: Any, digits: int) -> int:
    """A positive number of the YAML counted in 10**-digits, exactly."""
    scaled = Decimal(str(value)).scaleb(digits)
    if scaled <= 0 or scaled != int(scaled):
        raise ValueError(f"{value} is no positive number of {digits} decimals at most")
    return int(scaled)
