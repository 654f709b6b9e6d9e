"""A simulation in figures: by county and by bank, who gains and who loses, which loans pass or fail otherwise. Fen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd

from ledger import money
from ledger.counties import ALL_COUNTIES
from ledger.programmes.tech_branch import law
from ledger.programmes.tech_branch.assuming import AMOUNTS
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.simulation import Simulation
from reports.tech_branch.simulation_shown import Figures
from reports.writing.csv_files import csv_text


def figures_of(lines: pd.DataFrame) -> Figures:
    """The sums of some lines."""
    paid = (lines["interest"].to_numpy() > 0) | (lines["bonus"].to_numpy() > 0)
    sums = {f"{name}_fen": money.total(lines[name].to_numpy(dtype=np.int64)) for name in ("balance", *AMOUNTS)}
    total = sums["interest_fen"] + sums["bonus_fen"]
    return cast(Figures, {"loans": len(lines), "paid_loans": int(paid.sum()), **sums, "total_fen": total})


@dataclass(frozen=True)
class Comparison:
    """The figures of a county, a bank or the whole city, before and after."""

    name: str
    before: Figures
    after: Figures

    def of(self, name: str) -> tuple[int, int, int]:
        """One figure before, after, and the difference."""
        figures: tuple[Any, Any] = self.before, self.after
        before, after = (one[name] for one in figures)
        return before, after, after - before

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        difference = {name: self.of(name)[2] for name in self.before}
        return {"before": self.before, "after": self.after, "difference": difference}


def overall(found: Simulation) -> Comparison:
    """All lines."""
    return Comparison("合计", figures_of(found.before), figures_of(found.after))


def by(found: Simulation, column: str) -> list[Comparison]:
    """By county (in the counties' order) or by bank (by name)."""
    names = {*found.before[column], *found.after[column]}
    ordered = [name for name in ALL_COUNTIES if name in names] if column == "county" else sorted(names)

    def part(lines: pd.DataFrame, name: str) -> Figures:
        return figures_of(lines[(lines[column] == name).to_numpy()])

    return [Comparison(name, part(found.before, name), part(found.after, name)) for name in ordered]


def gains(found: Simulation, who: str, amount: str) -> dict[str, int]:
    """How many enterprises (`uscc`) or banks (`bank`) get more, less and the same of an amount."""
    before, after = (lines.groupby(who)[amount].sum() for lines in (found.before, found.after))
    everyone = before.index.union(after.index)
    difference = after.reindex(everyone, fill_value=0) - before.reindex(everyone, fill_value=0)
    return {
        "gain": int((difference > 0).sum()),
        "lose": int((difference < 0).sum()),
        "same": int((difference == 0).sum()),
    }


# --- loan by loan -------------------------------------------------------------------------------------------------------

_KEY = ["bank", "note_no"]
_WHO = ("county", "uscc", "enterprise_name")
_NOT_JUDGED = "-"


def pairs(found: Simulation) -> pd.DataFrame:
    """Every loan before and after, in line order: what each is about, and amounts and reasons with _before and _after.

    A loan that one side did not judge has amounts of 0 there, and `-` for its reasons.
    """
    before, after = (lines.set_index(_KEY) for lines in (found.before, found.after))
    everyone = after.index.append(before.index.difference(after.index, sort=False))
    columns: dict[str, Any] = {name: pd.concat([after, before])[name] for name in _WHO}
    columns = {name: texts[~texts.index.duplicated()].reindex(everyone) for name, texts in columns.items()}
    for name in ("balance", *AMOUNTS, "reasons"):
        for when, lines in (("before", before), ("after", after)):
            nothing: Any = _NOT_JUDGED if name == "reasons" else 0
            columns[f"{name}_{when}"] = lines[name].reindex(everyone, fill_value=nothing)
    return pd.DataFrame(columns, index=everyone).reset_index()


def codes(found: Simulation) -> list[dict[str, Any]]:
    """For each code that stops a loan before or after: on how many, on how many newly, and on how many no longer."""
    loans = pairs(found)
    failed = {when: [set(text.split(";")) for text in loans[f"reasons_{when}"]] for when in ("before", "after")}
    rows = []
    for condition in law.CONDITIONS:
        before, after = (
            np.array([condition.code in each for each in failed[when]], dtype=bool) for when in ("before", "after")
        )
        if before.any() or after.any():
            rows.append(
                {
                    "code": condition.code,
                    "before": int(before.sum()),
                    "after": int(after.sum()),
                    "newly": int((after & ~before).sum()),
                    "no_longer": int((before & ~after).sum()),
                }
            )
    return rows


_TEXTS = ("county", "bank", "uscc", "enterprise_name", "note_no")
_FEN = ("balance", "interest", "bonus")


def simulation_csv(found: Simulation) -> Iterator[str]:
    """Every loan before and after, for machines: fen, and codes joined by ';'."""
    loans = pairs(found)
    amounts = [f"{name}_{when}" for name in _FEN for when in ("before", "after")]
    header = [
        "year", "county", "bank", "uscc", "enterprise", "note_no", *(f"{name}_fen" for name in amounts),
        "interest_difference_fen", "bonus_difference_fen", "reasons_before", "reasons_after",
    ]  # fmt: skip
    columns = [*(loans[name] for name in (*_TEXTS, *amounts))]
    columns += [loans[f"{name}_after"] - loans[f"{name}_before"] for name in ("interest", "bonus")]
    columns += [loans[f"reasons_{when}"] for when in ("before", "after")]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return csv_text(header, ([str(found.year), *map(str, row)] for row in rows))


def as_dict(found: Simulation) -> dict[str, Any]:
    """For --json: the year, the settings, and every figure before and after."""
    return {
        "programme": DOCUMENT.programme,
        "year": found.year,
        "as_of": found.as_of.isoformat(),
        "open_year": found.open_year,
        "basis": "law" if found.run is None else "approved",
        "run": None if found.run is None else found.run.id,
        "facts_changed": found.facts_changed,
        "set": [
            {
                "name": change.key,
                "unit": change.unit,
                "before": change.before,
                "after": change.after,
                "beyond_the_law": change.beyond is not None,
            }
            for change in found.changes
        ],
        **overall(found).as_dict(),
        "counties": [{"county": part.name, **part.as_dict()} for part in by(found, "county")],
        "banks": [{"bank": part.name, **part.as_dict()} for part in by(found, "bank")],
        "enterprises": gains(found, "uscc", "interest"),
        "bonus_banks": gains(found, "bank", "bonus"),
        "codes": codes(found),
    }
