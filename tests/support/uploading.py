"""For tests of uploads: accounts of a small world, and a desk at which files are received, judged and decided on."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ledger.accounts import accounts, managing
from ledger.accounts.accounts import Account
from ledger.database import db
from ledger.store import Store
from ledger.uploads import deciding, judging, receiving, records
from ledger.uploads.receiving import Limits, Wanted
from ledger.uploads.records import Uploaded
from samples import BANK
from sheets import Sheets, write_sheets

OTHER_BANK = "样例远洋银行"
# login -> (姓名, 单位, role, scope)
PEOPLE = {
    "clerk": ("甲经办", BANK, "clerk", f"bank:{BANK}"),
    "clerk-2": ("丙经办", BANK, "clerk", f"bank:{BANK}"),
    "reviewer": ("甲复核", BANK, "reviewer", f"bank:{BANK}"),
    "other-clerk": ("乙经办", OTHER_BANK, "clerk", f"bank:{OTHER_BANK}"),
    "other-reviewer": ("乙复核", OTHER_BANK, "reviewer", f"bank:{OTHER_BANK}"),
    "city": ("市经办", "样例市金融局", "city", None),
    "city-2": ("市二经办", "样例市金融局", "city", None),
    "finance": ("市财政员", "样例市财政局", "finance", None),
    "tech": ("科技员", "样例市科技局", "tech", None),
    "industry": ("工信员", "样例市工信局", "industry", None),
    "county": ("区监管员", "样例高区金融局", "county", "county:高区"),
    "auditor": ("审计员", "样例审计局", "auditor", None),
}


def make_accounts(engine: Engine, *logins: str) -> None:
    """Makes accounts of PEOPLE, all where none are named."""
    for login in logins or PEOPLE:
        name, unit, role, scope = PEOPLE[login]
        managing.add(engine, login, name, unit, role=role, scope=scope)


@dataclass
class Desk:
    """A database with its store: files are sent to it by login, and judged at once unless it is told to wait."""

    engine: Engine
    folder: Path
    limits: Limits = field(default_factory=Limits)
    count: int = 0

    @property
    def store(self) -> Store:
        return Store(self.folder / "文件库")

    def account(self, login: str) -> Account:
        with db.reading(self.engine) as connection:
            return accounts.get(connection, login)

    def bytes_of(self, sheets: Sheets) -> bytes:
        self.count += 1
        return write_sheets(self.folder / f"报送{self.count}.xlsx", sheets).read_bytes()

    def send(
        self, login: str, sheets: Sheets | bytes, name: str = "报送.xlsx", judged: bool = True, **wanted: Any
    ) -> Uploaded:
        data = sheets if isinstance(sheets, bytes) else self.bytes_of(sheets)
        account = self.account(login)
        upload, _ = receiving.receive(
            self.engine, self.store, account, name, io.BytesIO(data), Wanted(**wanted), self.limits
        )
        if judged:
            judging.judge(self.engine, self.store, upload.id)
        return self.get(upload.id)

    def get(self, number: int) -> Uploaded:
        with db.reading(self.engine) as connection:
            return records.get(connection, number)

    def shown(self, number: int, login: str) -> dict[str, Any]:
        account = self.account(login)
        with db.reading(self.engine) as connection:
            return records.shown(connection, records.get(connection, number, account.scope), account)

    def seen(self, login: str) -> list[int]:
        account = self.account(login)
        with db.reading(self.engine) as connection:
            return [one.id for one in records.seen(connection, account.scope)]

    def confirm(self, login: str, number: int) -> Uploaded:
        return deciding.confirm(self.engine, self.store, number, self.account(login))

    def give_back(self, login: str, number: int, reason: str) -> Uploaded:
        return deciding.give_back(self.engine, number, self.account(login), reason)

    def withdraw(self, login: str, number: int) -> Uploaded:
        return deciding.withdraw(self.engine, number, self.account(login))
