"""What must hold between premiums, their refunds, and the countries that the market lists name."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from ledger.facts.violations import Cause, Facts, Violation
from ledger.money import wan_words
from ledger.programmes.export_credit.tables import CreditMarketFact, CreditPremiumFact, CreditRefundFact
from ledger.workbooks.sheet import Invariant

_Key = tuple[str | None, str | None, str | None]


def countries(facts: Facts, names: Collection[str]) -> list[Violation]:
    """A premium names a country that a row of 市场名录 names."""
    market, premium = CreditMarketFact, CreditPremiumFact
    if facts.unsure(market):
        return []
    listed = {row.country for row in facts.in_force(market, "country", names, market.country)}
    asked = (premium.insurer, premium.voucher_no, premium.country)
    paid = [row for row in facts.in_force(premium, "country", names, *asked) if row.country not in listed]
    expected = "应为「市场名录」中的国家地区，或先在「市场名录」中登记（不享受重点市场的登记为其他市场）"
    return [
        Violation(
            _premium(key),
            f"国家地区 {key[2]} 不在「市场名录」中",
            (Cause("信保缴费", key, "country", expected),),
        )
        for key in sorted(_whole(paid))
    ]


def refunds(facts: Facts, vouchers: Collection[str]) -> list[Violation]:
    """A refund is of a premium on file, not before it was paid, and all refunds of one together not above it."""
    premium, refund = CreditPremiumFact, CreditRefundFact
    paid = {
        _key(row): row
        for row in facts.in_force(
            premium, "voucher_no", vouchers, premium.insurer, premium.voucher_no, premium.country, premium.paid_on,
            premium.premium_fen,
        )
    }  # fmt: skip
    of_premium: dict[_Key, list[Any]] = defaultdict(list)
    for row in facts.in_force(
        refund, "voucher_no", vouchers, refund.insurer, refund.refund_no, refund.country, refund.voucher_no,
        refund.refunded_on, refund.refund_fen,
    ):  # fmt: skip
        if None not in (row.insurer, row.refund_no, row.country):
            of_premium[_key(row)].append(row)
    found: list[Violation] = []
    for key in sorted(of_premium, key=str):
        rows = sorted(of_premium[key], key=lambda row: (row.refunded_on, row.refund_no))
        if key not in paid:
            if not facts.unsure(premium) and not any(_may_be(known, key) for known in paid):
                found += _orphans(rows, key)
            continue
        found += _before_paid(rows, paid[key])
        found += _above_paid(rows, paid[key])
    return found


def _key(row: Any) -> _Key:
    return row.insurer, row.voucher_no, row.country


def _whole(rows: Collection[Any]) -> list[tuple[str, str, str]]:
    """The keys of rows of which the whole key is known."""
    return [key for key in map(_key, rows) if None not in key]  # type: ignore[misc]


def _may_be(known: _Key, key: _Key) -> bool:
    """Whether a premium of which a part of the key cannot be read may be the one that is meant."""
    return None in known and all(one in (None, other) for one, other in zip(known, key, strict=True))


def _premium(key: Any) -> str:
    return f"信保缴费（{key[0]} 凭证 {key[1]} {key[2]}）"


def _refund(row: Any) -> str:
    return f"信保退费（{row.insurer} 退费凭证 {row.refund_no}，{row.refunded_on} 退 {wan_words(row.refund_fen)}）"


def _refund_cause(row: Any, field: str, expected: str) -> Cause:
    return Cause("信保退费", (row.insurer, row.refund_no, row.country), field, expected)


def _orphans(rows: Collection[Any], key: _Key) -> Iterator[Violation]:
    expected = "应为「信保缴费」中同一承保机构、同一国家地区的缴费凭证号，或先录入该笔缴费"
    for row in rows:
        problem = f"没有 {key[0]} 凭证 {key[1]} {key[2]} 的缴费"
        yield Violation(_refund(row), problem, (_refund_cause(row, "voucher_no", expected),))


def _before_paid(rows: Collection[Any], paid: Any) -> Iterator[Violation]:
    first = min(row.refunded_on for row in rows)
    for row in rows:
        if row.refunded_on < paid.paid_on:
            yield Violation(
                _refund(row),
                f"退费日 {row.refunded_on} 早于缴费日 {paid.paid_on}",
                (
                    _refund_cause(row, "refunded_on", f"应不早于缴费日 {paid.paid_on}"),
                    _refund_cause(row, "voucher_no", f"应为 {row.refunded_on} 或以前缴费的凭证号"),
                    Cause("信保缴费", _key(paid), "paid_on", f"应不晚于退费日 {first}"),
                ),
            )


def _above_paid(rows: list[Any], paid: Any) -> Iterator[Violation]:
    whole = sum(row.refund_fen for row in rows)
    if whole <= paid.premium_fen:
        return
    total = f"退费合计应不超过实缴保费 {wan_words(paid.premium_fen)}（现为 {wan_words(whole)}）"
    causes = []
    for row in reversed(rows):
        left = row.refund_fen + paid.premium_fen - whole
        causes.append(_refund_cause(row, "refund_fen", f"本次应不超过 {wan_words(left)}" if left > 0 else total))
    causes += [_refund_cause(row, "voucher_no", total) for row in reversed(rows)]
    causes.append(Cause("信保缴费", _key(paid), "premium_fen", f"应不少于已退 {wan_words(whole)}"))
    problem = f"该笔缴费的退费合计 {wan_words(whole)}，超过实缴保费 {wan_words(paid.premium_fen)}"
    yield Violation(_refund(rows[-1]), problem, tuple(causes))


COUNTRIES = Invariant("country", countries)
REFUNDS = Invariant("voucher_no", refunds)
