"""What a condition is, and the few look-ups that every document's conditions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ledger.columns import UNKNOWN, distinct
from ledger.counties import CITY_FULL_NAME, COUNTIES, OUTSIDE
from ledger.law.document import Values
from ledger.lazy import np, pd
from ledger.workdays import NO_DATE, Calendar, Days

if TYPE_CHECKING:
    import numpy.typing as npt

Truth: TypeAlias = "npt.NDArray[np.bool_]"


@dataclass(frozen=True)
class NotJudged:
    """When a condition is not judged: where the stored column is empty, and the Chinese sentence that says so."""

    without: str
    sentence: str


@dataclass(frozen=True)
class Condition:
    """One condition of an article: a test over columns, and the words that go with it.

    `holds(lines, values)` is True where the condition is met. `sentence` is a Chinese template that is filled from
    the stored line; it gives the figures and dates and reads well whether the condition holds or not. `meaning` says
    what its failure means, `cure` what would make it hold or what to look at. `held` marks a condition whose failure
    means 待核实 (to be cleared up) rather than refused. `bars`: which of the things that the document gives a failure
    takes away, by their keys; empty for all of them. `not_judged`: on which lines it says nothing.
    """

    code: str
    article: str
    title: str
    holds: Callable[[pd.DataFrame, Values], Truth]
    sentence: str
    meaning: str
    cure: str
    held: bool = False
    bars: tuple[str, ...] = ()
    not_judged: NotJudged | None = None

    def takes(self, given: str) -> bool:
        """Whether a failure takes away one of the things that the document gives."""
        return not self.bars or given in self.bars


@dataclass(frozen=True)
class Ground:
    """Why something is claimed back: the code, its article, the heading that people read, and when it takes back what."""

    code: str
    article: str
    title: str
    meaning: str


def judge(conditions: Sequence[Condition], lines: pd.DataFrame, values: Values) -> pd.DataFrame:
    """One boolean column per condition code: True where the line meets it."""
    return pd.DataFrame({condition.code: condition.holds(lines, values) for condition in conditions}, index=lines.index)


def reason_texts(met: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The codes that each line fails, in the order of the columns, joined by ';'."""
    packed = np.zeros(len(met), dtype=np.int64)
    for bit, code in enumerate(met.columns):
        packed |= np.where(met[code].to_numpy(dtype=bool), 0, 1 << bit)
    masks, inverse = distinct(packed)
    codes = list(met.columns)
    texts = [";".join(code for bit, code in enumerate(codes) if int(mask) >> bit & 1) for mask in masks]
    return np.array(texts, dtype=object)[inverse]


def look_up_lpr(
    disbursed_on: Days, announced_on: Days, rates_e4: Days, calendar: Calendar, gap_days: int
) -> pd.DataFrame:
    """The 1-year LPR for each disbursement: the latest one announced on or before the working day before.

    Columns: workday_before, lpr_announced_on (NO_DATE if none), lpr_e4 (UNKNOWN if none, or if the latest is more than
    `gap_days` before that working day: the table has a gap, and a stale rate judges nobody).
    `announced_on` is ascending.
    """
    days, place = distinct(disbursed_on)
    workday_before = calendar.previous_workday(days)
    position = np.searchsorted(announced_on, workday_before, side="right") - 1
    found = position >= 0
    announced = np.full(days.size, NO_DATE, dtype=np.int64)
    announced[found] = announced_on[position[found]]
    rate = np.full(days.size, UNKNOWN, dtype=np.int64)
    rate[found] = rates_e4[position[found]]
    rate[workday_before - announced > gap_days] = UNKNOWN
    columns = {"workday_before": workday_before, "lpr_announced_on": announced, "lpr_e4": rate}
    return pd.DataFrame({name: of_day[place] for name, of_day in columns.items()})


# --- conditions that every document has -------------------------------------------------------------------------------


def in_the_city(lines: pd.DataFrame, values: Values) -> Truth:
    """The enterprise is registered in one of the city's counties."""
    return lines["county_rank"].to_numpy() < len(COUNTIES)


def not_barred(lines: pd.DataFrame, *columns: str) -> Truth:
    """None of the columns names a day on which the support was lost."""
    return ~(lines[list(columns)].to_numpy() != NO_DATE).any(axis=1)


def lpr_known(lines: pd.DataFrame, values: Values) -> Truth:
    """An LPR is known for the disbursement; without one the loan is held."""
    return lines["lpr_e4"].to_numpy() != UNKNOWN


LPR_UNKNOWN = NotJudged("lpr_e4", "LPR 未知，本条暂不判断")  # a rate is not judged while its LPR is unknown


def region(article: str) -> Condition:
    """R_REGION: the enterprise is registered in the city."""
    return Condition(
        "R_REGION",
        article,
        "企业所在地",
        in_the_city,
        f"企业所属区市为{{county}}，支持范围为{CITY_FULL_NAME}各区市",
        f"企业注册地不在{CITY_FULL_NAME}各区市（区市填的是 {OUTSIDE}）。",
        "核对「企业」表的区市；填错的更正，确在市外的不享受。",
    )


def revoked(article: str, holds: Callable[[pd.DataFrame, Values], Truth]) -> Condition:
    """R_REVOKED: neither the line nor anybody behind it lost the support."""
    return Condition(
        "R_REVOKED",
        article,
        "未被撤销或取消资格",
        holds,
        "{revocation}",
        "本笔贷款已被撤销，或企业、银行已被取消资格。",
        "explain 写明是哪一种、哪一天。误录的以 `void` 撤回该行；属实的不享受。",
    )


def lpr_on_file(article: str) -> Condition:
    """R_LPR: held while no LPR is on file for the disbursement."""
    return Condition(
        "R_LPR",
        article,
        "LPR 可查",
        lpr_known,
        "发放日前一个工作日为 {workday_before}，当时最近一次公布的一年期 LPR：{lpr}",
        "查不到发放日前一个工作日适用的 LPR：没有公布，或最近一次相隔太久，中间漏录了。属待核实，不是不合格。",
        "在「LPR」表补录缺的公布，重新试算。",
        held=True,
    )
