"""What must hold between facts on file, whatever was entered, amended or withdrawn last.

Each check has one signature, (connection, identifiers) -> violations, looks at the facts in force that concern those
identifiers, and raises nothing. The importer runs them on what a file touched, a withdrawal on what it would touch.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from ledger import db, models, money
from ledger.policies.document import document

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Violation:
    """One thing that does not hold: the rows that may be at fault, the likeliest first, as (sheet, key, field)."""

    culprits: tuple[tuple[str, Key, str], ...]
    problem: str
    expected: str


def _in_force(
    connection: Connection, model: Any, link: str, identifiers: Collection[int], *columns: Any
) -> Sequence[Row[Any]]:
    """The facts in force of the given identifiers."""
    table = models.table_of(model)
    rows: list[Row[Any]] = []
    for chunk in db.in_chunks(sorted(identifiers)):
        query: Select[Any] = select(*columns).where(table.c[link].in_(chunk), table.c.retired_by.is_(None))
        rows.extend(connection.execute(query).all())
    return rows


def _loan_names(connection: Connection, identifiers: Collection[int]) -> dict[int, str]:
    names = {}
    for chunk in db.in_chunks(sorted(identifiers)):
        query = (
            select(models.Loan.id, models.Bank.name, models.Loan.note_no)
            .join(models.Bank)
            .where(models.Loan.id.in_(chunk))
        )
        names.update({row.id: f"{row.name} 借据 {row.note_no}" for row in connection.execute(query)})
    return names


def loan_histories(connection: Connection, loan_ids: Collection[int]) -> list[Violation]:
    """Repayments after the disbursement and within the amount; extensions as 威财金〔2023〕2号 reads the term.

    An extension is dated on or before the due date then in force, before the day the loan is paid off, not before the
    disbursement, and moves the due date later.
    """
    loan, paid, moved = models.LoanFact, models.RepaymentFact, models.ExtensionFact
    loans = _in_force(
        connection, loan, "loan_id", loan_ids, loan.loan_id, loan.amount_fen, loan.disbursed_on, loan.due_on
    )
    repayments: dict[int, list[Any]] = defaultdict(list)
    for row in _in_force(connection, paid, "loan_id", loan_ids, paid.loan_id, paid.paid_on, paid.principal_fen):
        repayments[row.loan_id].append(row)
    extensions: dict[int, list[Any]] = defaultdict(list)
    for row in _in_force(connection, moved, "loan_id", loan_ids, moved.loan_id, moved.extended_on, moved.new_due_on):
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
    of_loan = ("贷款", (loan.loan_id,), "disbursed_on")
    found = []
    repaid, paid_off_on = 0, None
    for event in repayments:
        key = (loan.loan_id, event.paid_on)
        if event.paid_on < loan.disbursed_on:
            found.append(
                Violation(
                    (("还款", key, "paid_on"), of_loan), "还款日早于发放日", f"应不早于发放日 {loan.disbursed_on}"
                )
            )
        repaid += event.principal_fen
        if repaid > loan.amount_fen:
            left = loan.amount_fen - (repaid - event.principal_fen)
            others = tuple(
                ("还款", (loan.loan_id, other.paid_on), "principal_fen") for other in repayments if other is not event
            )
            found.append(
                Violation(
                    (("还款", key, "principal_fen"), *others, ("贷款", (loan.loan_id,), "amount_fen")),
                    f"截至 {event.paid_on} 累计还本 {money.wan_text(repaid)} 万元，超过贷款金额 {money.wan_text(loan.amount_fen)} 万元",
                    f"本次还本应不超过当时余额 {money.wan_text(max(left, 0))} 万元",
                )
            )
            break
        if repaid == loan.amount_fen and paid_off_on is None:
            paid_off_on = event.paid_on
    due_on = loan.due_on
    for event in extensions:
        key = (loan.loan_id, event.extended_on)

        def wrong(field: str, problem: str, expected: str, key: Key = key) -> Violation:
            return Violation((("展期", key, field), of_loan), problem, expected)

        if event.extended_on < loan.disbursed_on:
            found.append(wrong("extended_on", "展期日早于发放日", f"应不早于发放日 {loan.disbursed_on}"))
        if event.extended_on > due_on:
            found.append(wrong("extended_on", "展期日晚于当时的到期日", f"应不晚于 {due_on}"))
        if paid_off_on is not None and event.extended_on >= paid_off_on:
            settled = tuple(("还款", (loan.loan_id, other.paid_on), "principal_fen") for other in repayments)
            found.append(
                Violation(
                    (("展期", key, "extended_on"), *settled, of_loan),
                    f"贷款已于 {paid_off_on} 结清，不能再展期",
                    f"展期日应早于结清日 {paid_off_on}",
                )
            )
        if event.new_due_on <= due_on:
            found.append(wrong("new_due_on", "新到期日没有晚于当时的到期日", f"应晚于 {due_on}"))
        due_on = max(due_on, event.new_due_on)
    return found


def upload_waivers(connection: Connection, loan_ids: Collection[int]) -> list[Violation]:
    """A 上传豁免 names the date of a disbursement, repayment or extension that is on file."""
    waiver, loan = models.UploadWaiverFact, models.LoanFact
    waivers = _in_force(connection, waiver, "loan_id", loan_ids, waiver.loan_id, waiver.event_on)
    concerned = {row.loan_id for row in waivers}
    if not concerned:
        return []
    days: dict[int, set[date]] = defaultdict(set)
    for model, column in (
        (loan, loan.disbursed_on),
        (models.RepaymentFact, models.RepaymentFact.paid_on),
        (models.ExtensionFact, models.ExtensionFact.extended_on),
    ):
        for row in _in_force(connection, model, "loan_id", concerned, model.loan_id, column.label("day")):
            days[row.loan_id].add(row.day)
    return [
        Violation(
            (("上传豁免", (row.loan_id, row.event_on), "event_on"), ("贷款", (row.loan_id,), "disbursed_on")),
            f"该笔贷款在 {row.event_on} 没有发放、还款或展期记录，上传豁免无所指",
            "应为已入库业务的发放日、还款日或展期日",
        )
        for row in waivers
        if row.event_on not in days[row.loan_id]
    ]


def grants(connection: Connection, project_ids: Collection[int]) -> list[Violation]:
    """威政办发〔2023〕8号 第二条: a grant within its ratio, a project's grants within the cap, the project in the library."""
    grant, project = models.GrantFact, models.ProjectFact
    cap = document("chokepoint").values(document("chokepoint").starts)["grant_cap"]
    listed = {
        row.project_id: row
        for row in _in_force(
            connection, project, "project_id", project_ids, project.project_id, project.listed_on, project.delisted_on
        )
    }
    rows = _in_force(
        connection,
        grant,
        "project_id",
        project_ids,
        grant.project_id,
        grant.year,
        grant.spending_fen,
        grant.ratio_e4,
        grant.approved_on,
        grant.approved_fen,
    )
    found: list[Violation] = []
    so_far: dict[int, int] = defaultdict(int)
    for row in sorted(rows, key=lambda item: (item.project_id, item.approved_on, item.year)):
        key = (row.project_id, row.year)
        most = money.half_up(row.spending_fen * row.ratio_e4, money.E4_PER_ONE)
        if row.approved_fen > most:
            found.append(
                Violation(
                    (("研发补助", key, "approved_fen"),),
                    "批准金额超过 研发投入×补助比例",
                    f"应不超过 {money.wan_text(most)} 万元",
                )
            )
        so_far[row.project_id] += row.approved_fen
        if so_far[row.project_id] > cap:
            others = tuple(
                ("研发补助", (row.project_id, other.year), "approved_fen")
                for other in rows
                if other.project_id == row.project_id and other is not row
            )
            left = cap - so_far[row.project_id] + row.approved_fen
            found.append(
                Violation(
                    (("研发补助", key, "approved_fen"), *others),
                    f"该项目各年累计补助 {money.wan_text(so_far[row.project_id])} 万元，超过上限 {money.wan_text(cap)} 万元",
                    f"本次应不超过 {money.wan_text(max(left, 0))} 万元",
                )
            )
        entry = listed.get(row.project_id)
        if entry and not _covers(entry.listed_on, entry.delisted_on, row.approved_on):
            found.append(
                Violation(
                    (("研发补助", key, "approved_on"), ("项目库", (row.project_id,), "listed_on")),
                    f"批准日 {row.approved_on} 项目不在库",
                    f"应在 {_span(entry)} 之内",
                )
            )
    return found


def investments(connection: Connection, enterprise_ids: Collection[int]) -> list[Violation]:
    """威政办发〔2023〕8号 第二条: an investment goes to an enterprise with a library project on its date."""
    investment, project = models.InvestmentFact, models.ProjectFact
    rows = _in_force(
        connection,
        investment,
        "enterprise_id",
        enterprise_ids,
        investment.investor,
        investment.investment_no,
        investment.enterprise_id,
        investment.invested_on,
    )
    spans: dict[int, list[Any]] = defaultdict(list)
    for row in _in_force(
        connection,
        project,
        "enterprise_id",
        enterprise_ids,
        project.project_id,
        project.enterprise_id,
        project.listed_on,
        project.delisted_on,
    ):
        spans[row.enterprise_id].append(row)
    return [
        Violation(
            (
                ("股权投资", (row.investor, row.investment_no), "invested_on"),
                *(("项目库", (entry.project_id,), "listed_on") for entry in spans[row.enterprise_id]),
            ),
            f"投资日 {row.invested_on} 企业没有在库的攻关项目",
            "企业在投资日应有在库项目"
            + (f"（在库期间：{'、'.join(map(_span, spans[row.enterprise_id]))}）" if spans[row.enterprise_id] else ""),
        )
        for row in rows
        if not any(_covers(entry.listed_on, entry.delisted_on, row.invested_on) for entry in spans[row.enterprise_id])
    ]


def _covers(start: date, end: date | None, day: date) -> bool:
    return start <= day and (end is None or day <= end)


def _span(entry: Any) -> str:
    return f"{entry.listed_on} 至 {entry.delisted_on or '今'}"


# which identifiers a sheet's rows concern, and the checks on them
CHECKS: tuple[tuple[str, frozenset[str], Callable[[Connection, Collection[int]], list[Violation]]], ...] = (
    ("loan_id", frozenset({"贷款", "还款", "展期"}), loan_histories),
    ("loan_id", frozenset({"贷款", "还款", "展期", "上传豁免"}), upload_waivers),
    ("project_id", frozenset({"项目库", "研发补助"}), grants),
    ("enterprise_id", frozenset({"项目库", "股权投资"}), investments),
)
