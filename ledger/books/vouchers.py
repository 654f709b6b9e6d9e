"""P_VOUCHER: the number of a voucher that has stood, or stands above in the file, for a payment to somebody else."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from ledger import models
from ledger.books.payment_sheets import PaymentRow, Registers
from ledger.database import db
from ledger.facts.bank_names import bank_names
from ledger.programmes import chart
from ledger.programmes.flow import Place
from ledger.warnings.kinds import Warned
from ledger.workbooks import cells


class _Payee(NamedTuple):
    """Who gets a payment: an enterprise, else a bank, else the office of a county that keeps an account."""

    enterprise_id: int | None = None
    bank_id: int | None = None
    county: str = ""
    account: str = ""


class _Used(NamedTuple):
    """A voucher's earlier use: for whom, and where that is to be found, in words."""

    payee: _Payee
    where: str


def reused(
    connection: Connection, rows: Sequence[PaymentRow], known: Registers, sees: Callable[[Place], bool]
) -> list[Warned]:
    """One warning for each row of a file whose voucher was used for another payee, in the order of the rows; reversed entries
    do not count.

    sees: whether the sender may be told of a payment to a place.
    """
    used = _on_file(connection, sorted({row.voucher for row in rows}), sees)
    names = bank_names(connection)
    banks, printed = names.all_in_force(), names.all_printed()
    codes = {number: code for code, number in known.enterprises.items()}
    found = []
    for row in rows:
        payee = _payee_of(row)
        other = next((one for one in used.get(row.voucher, ()) if one.payee != payee), None)
        if other is not None:
            whom = _words(other.payee, printed, known.names)
            found.append(_warned(row, f"{other.where}已用于付给{whom}，可能凭证号有误或重复支付", banks, codes))
        where = f"{row.sheet.sheet.name}表第 {row.number} 行"
        used.setdefault(row.voucher, []).append(_Used(payee, where))
    return found


def _on_file(connection: Connection, vouchers: Sequence[str], sees: Callable[[Place], bool]) -> dict[str, list[_Used]]:
    """For whom each of some vouchers was used by the payments on record, the newest first."""
    entry, posting = models.table_of(models.JournalEntry), models.table_of(models.JournalPosting)
    reversed_ids = select(entry.c.reverses_id).where(entry.c.reverses_id.is_not(None))
    query = (
        select(
            entry.c.id, entry.c.kind, entry.c.entered_on, entry.c.document_no, posting.c.account, posting.c.item,
            posting.c.county, posting.c.bank_id, posting.c.enterprise_id,
        )
        .join(posting, posting.c.entry_id == entry.c.id)
        .where(
            entry.c.kind.in_(chart.leg_names()), entry.c.id.not_in(reversed_ids), posting.c.amount_fen > 0
        )
        .order_by(entry.c.id.desc())
    )  # fmt: skip
    accounts, back = chart.accounts(), set(chart.returning())
    used: dict[str, list[_Used]] = {}
    for chunk in db.in_chunks(vouchers):
        for row in connection.execute(query.where(entry.c.document_no.in_(chunk))):
            place = Place(row.item, row.county, row.bank_id, row.enterprise_id)
            if not sees(place):
                continue
            payee = (
                _Payee(county=row.county)
                if row.kind in back
                else _payee(row.account, accounts[row.account].place(place))
            )
            where = f"此前第 {row.id} 号分录（{row.entered_on}）"
            used.setdefault(cells.half_width(row.document_no), []).append(_Used(payee, where))
    return used


def _payee_of(row: PaymentRow) -> _Payee:
    if row.leg.returns:
        return _Payee(county=row.place.county)  # the payers, each by its share
    account = row.leg.target_of(row.place.item)
    return _payee(account.key, account.place(row.place))


def _payee(account: str, place: Place) -> _Payee:
    if place.enterprise_id is not None:
        return _Payee(enterprise_id=place.enterprise_id)
    if place.bank_id is not None:
        return _Payee(bank_id=place.bank_id)
    return _Payee(county=place.county, account=account)


def _words(payee: _Payee, banks: Mapping[int, str], names: Mapping[int, Sequence[str]]) -> str:
    if payee.enterprise_id is not None:
        return names[payee.enterprise_id][-1]
    if payee.bank_id is not None:
        return banks[payee.bank_id]
    return f"{payee.county}（{chart.accounts()[payee.account].name}）" if payee.account else f"{payee.county}（缴回）"


def _warned(row: PaymentRow, said: str, banks: Mapping[int, str], codes: Mapping[int, str]) -> Warned:
    sheet = row.sheet.sheet.name
    return Warned(
        "P_VOUCHER",
        banks.get(row.place.bank_id) if row.place.bank_id is not None else None,
        None,
        codes.get(row.place.enterprise_id) if row.place.enterprise_id is not None else None,
        row.sheet.file,
        sheet,
        row.number,
        f"{sheet}表第 {row.number} 行，{row.sheet.sheet.column('voucher').header}「{row.voucher}」：{said}",
        "voucher",
        row.sheet.letters.get("voucher", ""),
    )
