"""What must hold between a loan and its repayments, extensions and 上传豁免."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from ledger import models
from ledger.facts.violations import Cause, Facts, Key, Violation
from ledger.money import wan_words
from ledger.workbooks.sheet import Invariant


def loan_histories(facts: Facts, loan_ids: Collection[int]) -> list[Violation]:
    """Repayments after the disbursement and within the amount; extensions as 威财金〔2023〕2号 reads the term.

    An extension is dated on or before the due date then in force, before the day the loan is paid off, not before the
    disbursement, and moves the due date later.
    """
    loan, paid, moved = models.LoanFact, models.RepaymentFact, models.ExtensionFact
    loans = facts.in_force(loan, "loan_id", loan_ids, loan.loan_id, loan.amount_fen, loan.disbursed_on, loan.due_on)
    repayments: dict[int, list[Any]] = defaultdict(list)
    for row in facts.in_force(paid, "loan_id", loan_ids, paid.loan_id, paid.paid_on, paid.principal_fen):
        repayments[row.loan_id].append(row)
    extensions: dict[int, list[Any]] = defaultdict(list)
    for row in facts.in_force(moved, "loan_id", loan_ids, moved.loan_id, moved.extended_on, moved.new_due_on):
        extensions[row.loan_id].append(row)
    found = []
    for row in loans:
        found += _loan_history(
            row,
            sorted(repayments[row.loan_id], key=lambda event: event.paid_on),
            sorted(extensions[row.loan_id], key=lambda event: event.extended_on),
        )
    return found


def _loan_history(loan: Any, repayments: list[Any], extensions: list[Any]) -> list[Violation]:
    return [
        *_before_disbursement(loan, repayments, extensions),
        *_repaid_too_much(loan, repayments),
        *_extensions(loan, repayments, extensions),
    ]


def _repayment(event: Any) -> str:
    return f"还款（{event.paid_on} 还本 {wan_words(event.principal_fen)}）"


def _extension(event: Any) -> str:
    return f"展期（{event.extended_on} 展至 {event.new_due_on}）"


def _before_disbursement(loan: Any, repayments: list[Any], extensions: list[Any]) -> list[Violation]:
    too_soon = [
        *(("还款", "paid_on", one.paid_on, one) for one in repayments if one.paid_on < loan.disbursed_on),
        *(("展期", "extended_on", one.extended_on, one) for one in extensions if one.extended_on < loan.disbursed_on),
    ]
    first = min((day for _, _, day, _ in too_soon), default=None)
    return [
        Violation(
            _repayment(event) if sheet == "还款" else _extension(event),
            f"{sheet}日早于发放日",
            (
                Cause(sheet, (loan.loan_id, day), field, f"应不早于发放日 {loan.disbursed_on}"),
                Cause("贷款", (loan.loan_id,), "disbursed_on", f"发放日应不晚于 {first}"),
            ),
        )
        for sheet, field, day, event in too_soon
    ]


def _repaid_too_much(loan: Any, repayments: list[Any]) -> list[Violation]:
    """At the first repayment with which all so far are above the amount: of those before and after it any can be wrong."""
    total, repaid = sum(event.principal_fen for event in repayments), 0
    if total <= loan.amount_fen:
        return []
    for place, event in enumerate(repayments):
        repaid += event.principal_fen
        if repaid > loan.amount_fen:
            others = [*reversed(repayments[:place]), *repayments[place + 1 :]]
            principals = tuple(
                Cause("还款", (loan.loan_id, one.paid_on), "principal_fen", _most(one.principal_fen, total, loan))
                for one in (event, *others)
                if one.principal_fen
            )
            amount = Cause("贷款", (loan.loan_id,), "amount_fen", f"贷款金额应不少于已还本金 {wan_words(total)}")
            problem = f"截至 {event.paid_on} 累计还本 {wan_words(repaid)}，超过贷款金额 {wan_words(loan.amount_fen)}"
            return [Violation(_repayment(event), problem, (*principals, amount))]
    return []


def _most(principal: int, total: int, loan: Any) -> str:
    """What a repayment may be at most beside all others of the loan, earlier and later ones."""
    left = loan.amount_fen - (total - principal)
    if left >= 0:
        return f"本次还本应不超过 {wan_words(left)}"
    return f"各次还本合计应不超过贷款金额 {wan_words(loan.amount_fen)}（现为 {wan_words(total)}）"


def _extensions(loan: Any, repayments: list[Any], extensions: list[Any]) -> list[Violation]:
    found = []
    day = paid_off_on(loan.amount_fen, ((event.paid_on, event.principal_fen) for event in repayments))
    for place, event in enumerate(extensions):
        key, earlier = (loan.loan_id, event.extended_on), extensions[:place]
        due_on = max([loan.due_on, *(one.new_due_on for one in earlier)])
        terms: list[tuple[str, Key, str, date]]
        terms = [("展期", (loan.loan_id, one.extended_on), "new_due_on", one.new_due_on) for one in reversed(earlier)]
        terms.append(("贷款", (loan.loan_id,), "due_on", loan.due_on))
        if event.extended_on > due_on:
            own = Cause("展期", key, "extended_on", f"应不晚于 {due_on}")
            longer = (
                Cause(sheet, of, name, f"{_DUE[name]}应不早于 {event.extended_on}") for sheet, of, name, _ in terms
            )
            found.append(Violation(_extension(event), "展期日晚于当时的到期日", (own, *longer)))
        if day is not None and event.extended_on >= day:
            found.append(_extended_when_paid_off(loan, repayments, event, day))
        if event.new_due_on <= due_on:
            own = Cause("展期", key, "new_due_on", f"应晚于 {due_on}")
            soonest = min(one.new_due_on for one in extensions[place:])
            shorter = (
                Cause(sheet, of, name, f"{_DUE[name]}应早于 {soonest}")
                for sheet, of, name, day in terms
                if day >= event.new_due_on
            )
            found.append(Violation(_extension(event), "新到期日没有晚于当时的到期日", (own, *shorter)))
    return found


_DUE = {"due_on": "到期日", "new_due_on": "新到期日"}


def paid_off_on(amount: int, repayments: Iterable[tuple[date, int]]) -> date | None:
    """The day on which repayments, (day, fen) in their order, come to a loan's amount; None where they never do exactly."""
    repaid = 0
    for day, fen in repayments:
        repaid += fen
        if repaid >= amount:
            return day if repaid == amount else None
    return None


def _extended_when_paid_off(loan: Any, repayments: list[Any], event: Any, day: date) -> Violation:
    repaid = [one for one in reversed(repayments) if one.paid_on <= event.extended_on and one.principal_fen]
    left = f"展期日 {event.extended_on} 应有余额"
    return Violation(
        _extension(event),
        f"贷款已于 {day} 结清，不能再展期",
        (
            Cause("展期", (loan.loan_id, event.extended_on), "extended_on", f"展期日应早于结清日 {day}"),
            *(
                Cause(
                    "还款",
                    (loan.loan_id, one.paid_on),
                    "principal_fen",
                    f"{left}，本次还本应少于 {wan_words(one.principal_fen)}",
                )
                for one in repaid
            ),
            Cause("贷款", (loan.loan_id,), "amount_fen", f"{left}，贷款金额应大于 {wan_words(loan.amount_fen)}"),
        ),
    )


def upload_waivers(facts: Facts, loan_ids: Collection[int]) -> list[Violation]:
    """A 上传豁免 names the date of a disbursement, repayment or extension that is on file."""
    waiver, loan = models.UploadWaiverFact, models.LoanFact
    waivers = facts.in_force(waiver, "loan_id", loan_ids, waiver.loan_id, waiver.event_on)
    concerned = {row.loan_id for row in waivers}
    if not concerned:
        return []
    days: dict[int, set[date]] = defaultdict(set)
    for model, column in (
        (loan, loan.disbursed_on),
        (models.RepaymentFact, models.RepaymentFact.paid_on),
        (models.ExtensionFact, models.ExtensionFact.extended_on),
    ):
        for row in facts.in_force(model, "loan_id", concerned, model.loan_id, column.label("day")):
            days[row.loan_id].add(row.day)
    return [
        Violation(
            f"上传豁免（业务日 {row.event_on}）",
            f"该笔贷款在 {row.event_on} 没有发放、还款或展期记录，上传豁免无所指",
            (
                Cause(
                    "上传豁免",
                    (row.loan_id, row.event_on),
                    "event_on",
                    "应为已入库业务的发放日、还款日或展期日",
                ),
                Cause("贷款", (row.loan_id,), "disbursed_on", f"发放日应仍为 {row.event_on}，或先撤回这条上传豁免"),
            ),
        )
        for row in waivers
        if row.event_on not in days[row.loan_id]
    ]


def reported_balances(facts: Facts, loan_ids: Collection[int]) -> list[Violation]:
    """A reported year-end balance is of a year in which the loan was there, and not above its amount."""
    reported, loan = models.ReportedBalanceFact, models.LoanFact
    balances = facts.in_force(reported, "loan_id", loan_ids, reported.loan_id, reported.year, reported.balance_fen)
    concerned = {row.loan_id for row in balances}
    loans = {
        row.loan_id: row
        for row in facts.in_force(loan, "loan_id", concerned, loan.loan_id, loan.amount_fen, loan.disbursed_on)
    }
    found = []
    for row in sorted(balances, key=lambda row: (row.loan_id, row.year)):
        if row.loan_id not in loans:
            continue
        of, key = loans[row.loan_id], (row.year, row.loan_id)
        subject = f"年末余额（{row.year} 年度 {wan_words(row.balance_fen)}）"
        if date(row.year, 12, 31) < of.disbursed_on:
            own = Cause("年末余额", key, "year", f"应为 {of.disbursed_on.year} 年或以后，发放日为 {of.disbursed_on}")
            other = Cause("贷款", (row.loan_id,), "disbursed_on", f"发放日应不晚于 {row.year}-12-31")
            found.append(Violation(subject, f"{row.year} 年末贷款尚未发放", (own, other)))
        if row.balance_fen > of.amount_fen:
            own = Cause("年末余额", key, "balance_fen", f"应不超过贷款金额 {wan_words(of.amount_fen)}")
            other = Cause(
                "贷款", (row.loan_id,), "amount_fen", f"贷款金额应不少于年末余额 {wan_words(row.balance_fen)}"
            )
            found.append(Violation(subject, "年末余额超过贷款金额", (own, other)))
    return found


LOAN_HISTORIES = Invariant("loan_id", loan_histories)
UPLOAD_WAIVERS = Invariant("loan_id", upload_waivers)
REPORTED_BALANCES = Invariant("loan_id", reported_balances)
