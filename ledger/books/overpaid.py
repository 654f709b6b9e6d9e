"""Too much in a file of payments: which row took it, by how much, and how much would have been right, in true sentences."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from ledger import money
from ledger.books import journal, standing
from ledger.books.payment_sheets import PaymentRow, in_order, sides
from ledger.books.standing import Shortfall
from ledger.facts.bank_names import bank_names_of
from ledger.programmes import PROGRAMMES, chart
from ledger.programmes.flow import BANK, PAYABLE, RECEIVABLE, Place
from ledger.runs.settlement import RunRecord

_LAST = (BANK.key, PAYABLE.key)  # where no more may come than is owed to those behind it


class Judge:
    """Says of each shortfall which row took too much, and how much would have been right."""

    def __init__(self, connection: Connection, run: RunRecord, rows: Sequence[PaymentRow]) -> None:
        self._run = run
        self._rows = list(in_order(rows))
        self._taking: dict[tuple[str, Place], list[PaymentRow]] = defaultdict(list)
        for row in self._rows:
            for side in self._takes(row):
                self._taking[side].append(row)
        # what is owed and what is claimed may be of the same place, so they stand apart, by account
        self._due: dict[tuple[str, Place], int] = defaultdict(int)
        for kind in ("accrual", "claim"):
            for posting in journal.postings_of_kind(connection, run.id, kind):
                if posting.account not in (PAYABLE.key, RECEIVABLE.key):
                    continue
                self._due[posting.account, posting.place] += abs(posting.fen)
                if posting.account == PAYABLE.key and posting.place.enterprise_id is not None:
                    self._due[PAYABLE.key, posting.place._replace(enterprise_id=None)] += abs(posting.fen)
        self._banks = bank_names_of(connection, run).all_printed()

    @staticmethod
    def _takes(row: PaymentRow) -> set[tuple[str, Place]]:
        """The accounts that a row draws on: where it comes from, and what is owed where it goes."""
        targets, source = sides(row.leg, row.place)
        at_bank = (PAYABLE.key, row.place._replace(enterprise_id=None))
        return {source, *(at_bank if side[0] == BANK.key else side for side in targets if side[0] in _LAST)}

    def report(self, shortfalls: Sequence[Shortfall]) -> None:
        """A finding on the last row that drew on each account which does not hold enough."""
        for short in shortfalls:
            drawing = self._taking.get((short.account, short.place), [])
            in_time = [row for row in drawing if row.on <= short.day]
            guilty = (in_time or drawing or self._rows)[-1]
            guilty.find("fen", *self._words(short, in_time))

    def _words(self, short: Shortfall, drawing: Sequence[PaymentRow]) -> tuple[str, str]:
        """What is wrong, and what would be right."""
        excess = money.wan_text(short.fen)
        if short.account in chart.in_hand():
            bank = short.place.bank_id
            where = standing.place_words(short.account, short.place, "" if bank is None else self._banks[bank])
            problem = f"{where}到 {short.day} 为止的资金不足，差 {excess} 万元"
            return problem, f"不应超过当日已到而未拨出的资金；{self._fed_by(short.account)}"
        due = self._due[short.account, short.place]
        item = chart.item_names()[short.place.item]
        claimed = short.account == RECEIVABLE.key
        if not due and claimed:
            return f"第 {self._run.id} 号运行没有对该单位的{item}追缴", "请核对年度、区市、银行和企业"
        if not due:
            return f"第 {self._run.id} 号运行在{short.place.county}没有应付给该单位的{item}", "请核对区市、银行和企业"
        before = due + short.fen - sum(row.fen for row in drawing)
        what = "应缴回" if claimed else "应付"
        total, recorded, left = (money.wan_text(fen) for fen in (due, before, due - before))
        until, since, hint = (
            (f"到 {short.day} 为止", "到该日", "；后来才退回的，不能在退回以前再记")
            if short.passing
            else ("", "此前", "")
        )
        problem = f"{until}比{what}的多 {excess} 万元"
        return problem, f"该单位的{item}{what}共 {total} 万元，{since}已记 {recorded} 万元，至多再记 {left} 万元{hint}"

    def _fed_by(self, account: str) -> str:
        """Where the money of an account comes from, for what to do when it is short."""
        programme, name = PROGRAMMES[self._run.programme], chart.accounts()[account].name
        payers = [payer.name for payer in programme.payers if payer.treasury.key == account]
        legs = [f"「{leg.name}」" for leg in programme.legs if leg.target is not None and leg.target.key == account]
        if not legs:
            return f"{name}的资金来自下达，不会超过下达中的{'、'.join(payers)}部分；请核对金额与区市"
        if payers:
            return f"{name}的资金为下达的本级部分和{'、'.join(legs)}的拨付；后者尚未记的请先记"
        return f"请先记{'、'.join(legs)}的拨付"
