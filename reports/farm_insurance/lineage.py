"""Lineage of a review of 特色农产品保险奖补: its lines, and the rule of every sheet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ledger.programmes.farm_insurance import law, positions, words
from ledger.programmes.farm_insurance.conditions import MILD
from ledger.programmes.farm_insurance.year import values_of
from ledger.runs.settlement import RunRecord
from reports.farm_insurance.lines import LEVELS, LINES
from reports.lineage import rules
from reports.lineage.rules import Fact, Found, Line, NotUsed, Rule, RunLines
from reports.runs.run_lines import Row, read_whole


def run_lines(connection: Connection, run: RunRecord) -> RunLines:
    """The lines of a review."""
    return of_rows(run, read_whole(connection, LINES, run.id))


def of_rows(run: RunRecord, rows: Sequence[Row]) -> RunLines:
    """Lines that have been read."""
    return RunLines(rules.Scope(run), [_line(row) for row in rows])


def _line(row: Row) -> Line:
    return Line(
        counted=not law.is_stopped(row["reasons"], MILD),
        codes=row["reasons"],
        where=f"特色险明细第 {row['line_no']} 行",
        who=f"险种 {row['product_no']}",
        amounts={key: row[f"{key}_fen"] for key in LEVELS},
        row=row,
    )


# --- the rule of every sheet ------------------------------------------------------------------------------------------

Idle = Callable[[Fact, Line, RunLines], str]


def _of_product(idle: Idle) -> Rule:
    """A fact of a product: its line, but where the fact says nothing for it."""

    def rule(fact: Fact, known: RunLines) -> Found:
        lines = known.by("product_id", fact["product_id"])
        if not lines:
            return NotUsed("险种本年度没有承保")
        why = idle(fact, lines[0], known)
        return NotUsed(why) if why else rules.Use(lines)

    return rule


def _idle_insurance(fact: Fact, line: Line, known: RunLines) -> str:
    before = fact["year"] == known.scope.year - 1  # its loss counts (第十三条)
    return "" if before or fact["year"] == known.scope.year else "不是本年度或上年度的承保"


def _idle_payment(fact: Fact, line: Line, known: RunLines) -> str:
    if fact["paid_on"] is not None and fact["paid_on"] == line.row["first_paid_on"]:
        return ""  # 第五条(四) counts from it, whatever its year
    if fact["year"] != known.scope.year:
        return "不是本年度的保费补贴"
    values = values_of(known.scope.year)
    if law.is_late(positions.due_on(fact["requested_on"], values), fact["paid_on"], known.scope.as_of):
        return ""
    paid = fact["paid_on"] is not None and fact["paid_on"] <= known.scope.as_of
    return "" if paid else "截止日前没有拨付，也没有逾期"


def _idle_support(fact: Fact, line: Line, known: RunLines) -> str:
    return "" if fact["first_year"] < known.scope.year else "首次享受年度不早于本年度"


def _of_year(fact: Fact, line: Line, known: RunLines) -> str:
    return "" if fact["year"] == known.scope.year else "不是本年度"


def _veto(fact: Fact, known: RunLines) -> Found:
    named = [line for line in known.lines if names_line(fact, line.row)]
    if not named:
        return NotUsed("没有所涉的险种")
    days = positions.days_of(known.scope.year, values_of(known.scope.year))
    number = words.VETOES.index(fact["kind"]) + 1
    barred = [line for line in named if f"A_VETO_{number}" in line.codes.split(";")]
    return rules.of_lines(barred if bars_line(fact, days) else [], "在截止日已经解除，或不在规定的期间")


def names_line(fact: Fact, row: rules.Row) -> bool:
    """Whether a record of 一票否决 names a line."""
    return positions.names(_Record(fact), row["county"], row["product_id"], row["insurers"].split("、"))


def bars_line(fact: Fact, days: positions.Days) -> bool:
    """Whether a record of 一票否决 bars on the cut-off."""
    return positions.bars(_Record(fact), days)


class _Record:
    """A fact whose columns are read as attributes."""

    def __init__(self, fact: Fact) -> None:
        self._fact = fact

    def __getattr__(self, name: str) -> Any:
        return self._fact[name]


def _coefficient(fact: Fact, known: RunLines) -> Found:
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    number = words.CLASS_NUMBER[fact["product_class"]]
    return rules.of_lines(
        [line for line in known.lines if line.counted and line.row["class"] == number], "没有这一类的险种"
    )


def _rate(fact: Fact, known: RunLines) -> Found:
    return _of_fund(fact, fact["item"], known, "不属于本办法的补助项目", {words.CENTRAL_FUND: law.CLASS_1})


def _fund(fact: Fact, known: RunLines) -> Found:
    return _of_fund(fact, fact["fund"], known, "不属于本办法的资金", {})


def _of_fund(fact: Fact, word: str, known: RunLines, otherwise: str, central: Mapping[str, int]) -> Found:
    """What a rate or a fund is for: the city's for class 3, the centre's for class 1 (rate) or all (fund)."""
    if word not in (words.CITY_FUND, words.CENTRAL_FUND):
        return NotUsed(otherwise)
    if fact["year"] != known.scope.year:
        return NotUsed("不是本年度")
    number = law.CLASS_3 if word == words.CITY_FUND else central.get(word)
    lines = [line for line in known.lines if line.counted and (number is None or line.row["class"] == number)]
    return rules.of_lines(lines, "没有用到它的险种")


RULES: Mapping[str, Rule] = {
    "年度比例": _rate,
    "特色目录": rules.named("catalogue_fact_id", lambda fact, known: "没有险种以它为依据"),
    "特色险种": rules.named("product_fact_id", lambda fact, known: "险种本年度没有承保"),
    "险种备案": rules.named("filing_fact_id", lambda fact, known: "没有险种以这次备案为依据"),
    "往年奖补": _of_product(_idle_support),
    "特色承保": _of_product(_idle_insurance),
    "区市补贴": _of_product(_idle_payment),
    "特色申请": _of_product(_of_year),
    "一票否决": _veto,
    "二类分担": _of_product(_of_year),
    "分配系数": _coefficient,
    "资金总量": _fund,
}


LINEAGE = rules.Lineage(
    RULES,
    frozenset({"特色目录", "特色险种", "险种备案"}),
    run_lines,
    lambda connection, known, loan_ids: {},
    lambda connection, known: [],
    looked_up={"特色目录": "object", "一票否决": "county"},
)
