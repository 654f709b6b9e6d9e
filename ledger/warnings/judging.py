"""What is improbable, over columns: every check takes the facts and the limits and gives hits. Pure: no database.

Money is fen, rates e4, days day numbers (NO_DATE for none). A check looks only at rows that are `judged`; the others are
there to compare with. A hit has its sentence, which says the value and what it probably was; the place is added by
whoever knows it.
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import NamedTuple

from ledger.figures import format_scaled, percent_text
from ledger.lazy import np, pd
from ledger.money import E4_PER_ONE, Fen
from ledger.warnings.limits import Limits
from ledger.workdays import NO_DATE, Days, add_months, day_date, day_number, iso_texts

_MONTHS_OF_A_YEAR = 12
_YUAN_OF_A_WAN = 10_000
_TENS = (10, 100)  # how far a rate's decimal point may have slipped
_BETWEEN = "\n"  # the numbers that are looked at as one text
_NAMED = 3  # partners that a sentence names


@dataclass(frozen=True)
class Facts:
    """Facts in force as columns. Each frame has `judged` (bool) and `turn` (0 on file, else the row in the file at hand).

    loans: loan_id, bank_id, enterprise_id, note_no, amount, disbursed_on, due_on (the first), rate_e4, uploaded_on.
    repayments: loan (the row in loans), paid_on, principal, interest (0 for none), uploaded_on. extensions: loan,
    extended_on, new_due_on, uploaded_on. balances: loan, year, reported, computed (on December 31 of the year).
    enterprises: enterprise_id, uscc, name.
    """

    loans: pd.DataFrame
    repayments: pd.DataFrame
    extensions: pd.DataFrame
    balances: pd.DataFrame
    enterprises: pd.DataFrame


class Hit(NamedTuple):
    """One improbable row: the code, the frame and the row in it, the column meant, its value in words, what is odd."""

    code: str
    frame: str
    row: int
    field: str
    value: str
    said: str


def _hits(frame: pd.DataFrame, odd: np.ndarray) -> list[int]:
    """The judged rows for which something holds."""
    found: list[int] = np.flatnonzero(odd & frame["judged"].to_numpy()).tolist()
    return found


def _wan(fen: int) -> str:
    return format_scaled(int(fen), 6)


# --- P_UNIT -----------------------------------------------------------------------------------------------------------


def units(facts: Facts, limits: Limits) -> Iterator[Hit]:
    """Amounts that may have been typed in 元, and balances that are a power of ten off."""
    slipped = set()
    for row in _hits(facts.balances, _times(facts.balances, limits) != 0):
        slipped.add(row)
        one = facts.balances.iloc[row]
        reported, computed = int(one["reported"]), int(one["computed"])
        how = f"{reported // computed:,} 倍" if reported > computed else f"{computed // reported:,} 分之一"
        yield Hit(
            "P_UNIT", "balances", row, "balance_fen", _wan(reported),
            f"恰为按还款推算的余额的 {how}，可能单位或小数点有误，应为 {_wan(computed)}",
        )  # fmt: skip
    for name, column, field in (
        ("loans", "amount", "amount_fen"), ("repayments", "principal", "principal_fen"), ("balances", "reported", "balance_fen")
    ):  # fmt: skip
        frame = getattr(facts, name)
        for row in _hits(frame, frame[column].to_numpy() >= limits.amount):
            if name == "balances" and row in slipped:
                continue
            fen = int(frame[column].iloc[row])
            meant = f"，应为 {_wan(fen // _YUAN_OF_A_WAN)}" if fen % _YUAN_OF_A_WAN == 0 else ""
            said = f"达到 {limits.words['amount']}，可能按元填写{meant}"
            yield Hit("P_UNIT", name, row, field, _wan(fen), said)


def _times(balances: pd.DataFrame, limits: Limits) -> Days:
    """By which factor reported and computed balance differ, where it is one of the factors, else 0."""
    reported, computed = balances["reported"].to_numpy(), balances["computed"].to_numpy()
    high, low = np.maximum(reported, computed), np.minimum(reported, computed)
    low = np.where(low > 0, low, 1)
    quotient = np.where((reported > 0) & (computed > 0) & (high % low == 0), high // low, 0)
    return np.where(np.isin(quotient, limits.factors), quotient, 0)


# --- P_RATE, P_TERM ---------------------------------------------------------------------------------------------------


def rates(facts: Facts, limits: Limits) -> Iterator[Hit]:
    """Rates that no bank asks for: a share typed for a percentage, or a decimal point that slipped."""
    rate = facts.loans["rate_e4"].to_numpy()
    for row in _hits(facts.loans, (rate < limits.low_rate_e4) | (rate > limits.high_rate_e4)):
        value = int(rate[row])
        low = value < limits.low_rate_e4
        odd = f"低于 {limits.words['low']}%" if low else f"高于 {limits.words['high']}%"
        meant = probable_rate(value, limits)
        said = f"{odd}，可能应为 {percent_text(meant, 0)}" if meant is not None else f"{odd}，请核对"
        yield Hit("P_RATE", "loans", row, "rate_e4", percent_text(value, 0), said)


def probable_rate(e4: int, limits: Limits) -> int | None:
    """What an improbable rate probably was: times 100 (typed as a share) or 10 where it is low, a tenth or a hundredth
    where it is high, the first that is within the limits; None where none is."""
    if e4 < limits.low_rate_e4:
        tried = [e4 * ten for ten in reversed(_TENS)]
    else:
        tried = [e4 // ten for ten in _TENS if e4 % ten == 0]
    return next((one for one in tried if limits.low_rate_e4 <= one <= limits.high_rate_e4), None)


def terms(facts: Facts, limits: Limits) -> Iterator[Hit]:
    """Due dates too far from the disbursement, or too near: the first one of a loan, the new one of an extension."""
    lent = facts.loans["disbursed_on"].to_numpy()
    of_extensions = lent[facts.extensions["loan"].to_numpy()]
    for name, column, field, start in (
        ("loans", "due_on", "due_on", lent), ("extensions", "new_due_on", "new_due_on", of_extensions)
    ):  # fmt: skip
        frame = getattr(facts, name)
        due = frame[column].to_numpy()
        long = due > add_months(start, limits.term_years * _MONTHS_OF_A_YEAR)
        for row in _hits(frame, long | (due - start < limits.term_days)):
            odd = f"超过 {limits.term_years} 年" if long[row] else f"不足 {limits.term_days} 天"
            said = f"距发放日 {day_date(start[row])} {odd}，可能年份或日期有误"
            yield Hit("P_TERM", name, row, field, str(day_date(due[row])), said)


# --- P_TWIN, P_NAME ---------------------------------------------------------------------------------------------------


def twins(facts: Facts, _: Limits) -> Iterator[Hit]:
    """Loans that may be one loan twice: alike in all but the number, or with numbers that only look different."""
    loans = facts.loans
    alike = _partners(loans, ["bank_id", "enterprise_id", "amount", "disbursed_on", "due_on"])
    spelt = _partners(loans.assign(plain=plain_numbers(loans["note_no"].tolist())), ["bank_id", "plain"])
    notes = loans["note_no"].to_numpy()
    for row in sorted(alike.keys() | spelt.keys()):
        said = []
        if row in alike:
            said.append(f"与借据{alike[row].named(notes)}的企业、金额、发放日、到期日都相同")
        if row in spelt:
            said.append(f"与借据{spelt[row].named(notes)}只差大小写、空格或标点")
        yield Hit("P_TWIN", "loans", row, "note_no", str(notes[row]), f"{'，又'.join(said)}，可能是同一笔贷款")


def names(facts: Facts, _: Limits) -> Iterator[Hit]:
    """Enterprises of one name under several codes."""
    enterprises = facts.enterprises
    codes, called = enterprises["uscc"].to_numpy(), enterprises["name"].to_numpy()
    for row, partners in sorted(_partners(enterprises, ["name"]).items(), key=lambda one: one[0]):
        said = f"与代码{partners.named(codes)}的企业同名，可能代码有误；限额按代码分别计算"
        yield Hit("P_NAME", "enterprises", row, "name", str(called[row]), said)


@dataclass(frozen=True)
class _Partners:
    """The rows that share a row's key and were there before it: the first few, and how many there are."""

    first: list[int]
    count: int

    def named(self, words: np.ndarray) -> str:
        """The first few of them, and how many where that is more."""
        shown = "、".join(f"「{words[one]}」" for one in self.first)
        return shown + (f" 等 {self.count} 个" if self.count > len(self.first) else "")


def _partners(frame: pd.DataFrame, key: list[str]) -> dict[int, _Partners]:
    """For each judged row those with the same key that were there before it: on file, or above it in the file.

    Of rows that all are on file (turn 0) each is a partner of the others. In a group rows are walked once: somebody may
    send one loan thousands of times.
    """
    shared = np.flatnonzero(frame.duplicated(key, keep=False).to_numpy())
    if shared.size == 0:
        return {}
    judged, turn = frame["judged"].to_numpy(), frame["turn"].to_numpy()
    found = {}
    for rows in frame.iloc[shared].groupby(key, sort=False).indices.values():
        together = shared[rows]
        together = together[np.argsort(turn[together], kind="stable")].tolist()
        on_file = sum(1 for one in together if turn[one] == 0)
        for before, row in enumerate(together):
            count = on_file - 1 if turn[row] == 0 else before
            if judged[row] and count:
                first = [one for one in together[: _NAMED + 1] if one != row]
                found[row] = _Partners(first[: min(_NAMED, count)], count)
    return found


def plain_numbers(notes: Sequence[str]) -> list[str]:
    """Numbers without case, blanks and punctuation (Unicode P and S), at which two that only look different are equal."""
    # as one text, with a line break between each two: no number has one
    return _BETWEEN.join(notes).casefold().translate(_PLAIN).split(_BETWEEN) if len(notes) else []


class _Plain(dict[int, str | None]):
    """For str.translate: blanks and punctuation go, another character stays; each is looked up once."""

    def __missing__(self, code: int) -> str | None:
        one = chr(code)
        odd = one != _BETWEEN and (one.isspace() or unicodedata.category(one)[0] in "PS")
        self[code] = found = None if odd else one
        return found


_PLAIN = _Plain()


# --- P_EARLY, P_INTEREST ----------------------------------------------------------------------------------------------


def early_uploads(facts: Facts, _: Limits) -> Iterator[Hit]:
    """Papers said to be uploaded before there was anything to upload."""
    for name, column, event in (
        ("loans", "disbursed_on", "发放日"), ("repayments", "paid_on", "还款日"), ("extensions", "extended_on", "展期日")
    ):  # fmt: skip
        frame = getattr(facts, name)
        uploaded, happened = frame["uploaded_on"].to_numpy(), frame[column].to_numpy()
        for row in _hits(frame, (uploaded != NO_DATE) & (uploaded < happened)):
            said = f"早于{event} {day_date(happened[row])}，可能日期有误"
            yield Hit("P_EARLY", name, row, "uploaded_on", str(day_date(uploaded[row])), said)


def interest(facts: Facts, limits: Limits) -> Iterator[Hit]:
    """More interest at once than a year of any probable rate would bring."""
    paid = facts.repayments["interest"].to_numpy()
    amount = facts.loans["amount"].to_numpy()[facts.repayments["loan"].to_numpy()]
    most = _share(amount, limits.interest_e4)
    for row in _hits(facts.repayments, paid > most):
        fen = int(paid[row])
        whole = fen % _YUAN_OF_A_WAN == 0 and fen // _YUAN_OF_A_WAN <= most[row]
        meant = f"可能按元填写，应为 {_wan(fen // _YUAN_OF_A_WAN)}" if whole else "请核对"
        said = f"超过贷款金额 {_wan(amount[row])} 万元的 {limits.words['interest']}%，{meant}"
        yield Hit("P_INTEREST", "repayments", row, "interest_fen", _wan(fen), said)


def _share(amounts: Fen, e4: int) -> Fen:
    """The whole fen of a share of each amount. In two parts: the product of both could pass 2**63."""
    whole, rest = np.divmod(amounts, E4_PER_ONE)
    return whole * e4 + rest * e4 // E4_PER_ONE


CHECKS = (units, rates, terms, twins, names, early_uploads, interest)
"""Of facts as they stand, whatever the year."""


# --- of a year: P_OVERDUE, P_UNREPORTED -------------------------------------------------------------------------------


def overdue(facts: Facts, limits: Limits, as_of: date) -> Iterator[Hit]:
    """Past the due date then in force with a balance, or lent long ago without one repayment on file, as of a date."""
    loans, day = facts.loans, day_number(as_of)
    repaid = facts.repayments[facts.repayments["paid_on"].to_numpy() <= day]
    extended = facts.extensions[facts.extensions["extended_on"].to_numpy() <= day]
    balance = loans["amount"].to_numpy().copy()
    np.subtract.at(balance, repaid["loan"].to_numpy(), repaid["principal"].to_numpy())
    due = loans["due_on"].to_numpy().copy()
    np.maximum.at(due, extended["loan"].to_numpy(), extended["new_due_on"].to_numpy())  # each moves it later
    lent = loans["disbursed_on"].to_numpy()
    silent = np.ones(len(loans), dtype=bool)
    silent[repaid["loan"].to_numpy()] = False
    silent &= add_months(lent, limits.silent_years * _MONTHS_OF_A_YEAR) < day
    late, notes = (due < day) & (balance > 0), loans["note_no"].to_numpy()
    rows = np.array(_hits(loans, (late | silent) & (lent <= day)), dtype=np.int64)
    columns = (late[rows], silent[rows], iso_texts(due[rows]), balance[rows], iso_texts(lent[rows]))
    # many may be hit: as lists, since picking single values out of arrays takes longer than the sentence
    until, sentences = f"到 {as_of}", []
    for is_late, is_silent, due_on, left, lent_on in zip(*(one.tolist() for one in columns), strict=True):
        said = f"{until} 已过到期日 {due_on}，仍有余额 {_wan(left)} 万元" if is_late else ""
        if is_silent:
            since = f"{said}；自 {lent_on} 发放" if is_late else f"{until}，自 {lent_on} 发放"
            said = f"{since}已超过 {limits.silent_years} 年，没有一笔还款在库"
        sentences.append(f"{said}，可能漏报还款或展期")
    code, frame, field = (repeat(one, rows.size) for one in ("P_OVERDUE", "loans", "note_no"))
    yield from map(Hit._make, zip(code, frame, rows.tolist(), field, notes[rows].tolist(), sentences, strict=True))


def unreported(facts: Facts, _: Limits, year: int, elsewhere: Collection[int] = ()) -> Iterator[Hit]:
    """No year-end balance from a bank that reported one of another loan. elsewhere: banks that did so of loans that are not
    among the facts."""
    loans = facts.loans
    reported = facts.balances[facts.balances["year"].to_numpy() == year]["loan"].to_numpy()
    has = np.zeros(len(loans), dtype=bool)
    has[reported] = True
    banks = np.union1d(loans["bank_id"].to_numpy()[reported], np.array(sorted(elsewhere), dtype=np.int64))
    notes = loans["note_no"].to_numpy()
    said = f"该行报送了 {year} 年度其他贷款的年末余额，没有本笔的，可能漏报"
    for row in _hits(loans, ~has & np.isin(loans["bank_id"].to_numpy(), banks)):
        yield Hit("P_UNREPORTED", "loans", row, "note_no", notes[row], said)
