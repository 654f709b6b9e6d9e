"""失信名单: who lost the support, why, since when, what is to be paid back and what has been: for the credit records.

The records of revoked loans and of disqualified enterprises and banks are here; a document adds records of its own
(`barred_named` of its contents). Money is what the books hold: claimed by approved runs, and come back since.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, or_, select

from ledger import models
from ledger.facts.bank_names import BankNames, bank_names
from ledger.programmes import PROGRAMMES, chart
from reports.money import party_money
from reports.parties import finding as parties
from reports.report import LineColumn, Written
from reports.runs import run_lines
from reports.writing.forms import Block, Form, FormColumn, write_sheets
from reports.writing.tidy import Data

TITLE = "失信名单"


class Barred(NamedTuple):
    """One record. kind: its sheet; of: 企业, 银行 or what else lost the support; who: its name; code: of an enterprise;
    about: the loan or thing; until: its last day, None while it lasts; claimed: what approved runs claim back for this record
    alone (fen), None where that cannot be told apart; article: under which the support was lost."""

    kind: str
    of: str
    who: str
    code: str
    county: str
    about: str
    cause: str
    since: date
    until: date | None
    document_no: str
    article: str
    claimed: int | None = None


class _Found(NamedTuple):
    """Records of loans, enterprises and banks, and whose money is to be looked at."""

    barred: list[Barred]
    enterprises: set[int]
    banks: set[int]


def export(connection: Connection, day: date, path: Path) -> Written:
    """Writes the list as of today."""
    from reports.programmes import (
        REPORTS,
    )  # here and not above: a document's contents are declared without the database

    names = bank_names(connection)
    revoked, disqualified = _revoked(connection, names), _disqualified(connection, names)
    own = [one for contents in REPORTS.values() for one in contents.barred(connection)]
    barred = [*disqualified.barred, *revoked.barred, *own]
    money = _money(
        connection, names, disqualified.enterprises | revoked.enterprises, disqualified.banks | revoked.banks
    )
    head = (f"截至 {day}", f"{len(barred)} 条", "单位：万元")
    forms = [
        Form(TITLE, "", "失去支持的企业和机构（失信名单）", head, _LIST, [Block(_rows(barred))] if barred else [], 4,
             page_foot=TITLE, subtotals=False),
        Form("收回情况", "", "追缴与缴回情况", head, _MONEY, [Block(money)] if money else [], 5,
             page_foot=TITLE, subtotals=False),
    ]  # fmt: skip
    data = [[*one] for one in barred]
    notes = [
        ("报表", TITLE),
        ("截至", day.isoformat()),
        ("列哪些", "「取消资格」「撤销」两表和各办法自己的认定，只列未撤回的；提前结清等其他追缴不是失信，不列入名单"),
        ("依据", "；".join(_articles())),
        ("应收回", "名单中为各审核通过的运行对这一笔（这一条）的追缴；取消资格的不追缴以前年度"),
        ("收回情况", "按名单中的企业、银行，从账上取追缴应收和缴回；包括其其他贷款的追缴，银行的为奖补"),
    ]
    write_sheets(path, forms, [Data("数据", _DATA, data)], notes, day)
    return Written([(path, f"{len(barred)} 条")])


def _articles() -> Iterator[str]:
    """Under which articles of which documents a revoked or disqualified one gets nothing."""
    for programme in PROGRAMMES.values():
        for one in programme.conditions:
            if one.code.endswith("_REVOKED"):
                yield f"{programme.document.number} {one.article}"


def _article_of(product: str) -> str:
    for programme in PROGRAMMES.values():
        if product in programme.products:
            for one in programme.conditions:
                if one.code.endswith("_REVOKED"):
                    return f"{programme.document.number} {one.article}"
    return ""


def _revoked(connection: Connection, names: BankNames) -> _Found:
    """撤销: of one loan."""
    fact, loan, loan_fact = models.RevocationFact, models.Loan, models.LoanFact
    company, anchor = models.EnterpriseFact, models.Enterprise
    query = (
        select(
            fact.found_on, fact.document_no, fact.cause, loan.bank_id, loan.note_no, loan_fact.product, anchor.id, anchor.uscc,
            company.name, company.county,
        )
        .join(loan, loan.id == fact.loan_id)
        .join(loan_fact, and_(loan_fact.loan_id == loan.id, loan_fact.retired_by.is_(None)))
        .join(anchor, anchor.id == loan_fact.enterprise_id)
        .join(company, and_(company.enterprise_id == anchor.id, company.retired_by.is_(None)))
        .where(fact.retired_by.is_(None))
        .order_by(fact.found_on, anchor.uscc, loan.bank_id, loan.note_no)
    )  # fmt: skip
    found = _Found([], set(), set())
    for row in connection.execute(query):
        about = f"{names.printed(row.bank_id)} 借据 {row.note_no}（{row.product}）"
        claimed = _claimed(connection, names.anchor_of(row.bank_id), row.note_no)
        found.barred.append(
            Barred(
                "撤销", "企业", row.name, row.uscc, row.county, about, row.cause, row.found_on, None, row.document_no,
                _article_of(row.product), claimed,
            )
        )  # fmt: skip
        found.enterprises.add(row.id)
        if claimed:
            found.banks.add(row.bank_id)
    return found


def _claimed(connection: Connection, bank: str, note_no: str) -> int:
    """What the approved runs claim back on one loan. Fen."""
    total = 0
    for run in parties.years_runs(connection):
        if run.approved_at is None:
            continue
        for lines in run_lines.of_programme(run.programme):
            if lines.claims and {"bank", "note_no"} <= set(lines.by_name):
                where = (lines.source("bank") == bank, lines.source("note_no") == note_no)
                total += sum(
                    row[name] for row in run_lines.read(connection, lines, run.id, *where) for name in lines.gives
                )
    return total


def _disqualified(connection: Connection, names: BankNames) -> _Found:
    """取消资格: of an enterprise or a bank."""
    fact, company, anchor = models.DisqualificationFact, models.EnterpriseFact, models.Enterprise
    query = (
        select(
            fact.barred_on,
            fact.document_no,
            fact.bank_id,
            fact.enterprise_id,
            anchor.uscc,
            company.name,
            company.county,
        )
        .outerjoin(anchor, anchor.id == fact.enterprise_id)
        .outerjoin(company, and_(company.enterprise_id == anchor.id, company.retired_by.is_(None)))
        .where(fact.retired_by.is_(None))
        .order_by(fact.barred_on, anchor.uscc, fact.bank_id)
    )
    article, found = "；".join(_articles()), _Found([], set(), set())
    for row in connection.execute(query):
        if row.bank_id is not None:
            of, who = "银行", names.printed(row.bank_id)
            found.banks.add(row.bank_id)
        else:
            of, who = "企业", row.name or ""
            found.enterprises.add(row.enterprise_id)
        found.barred.append(
            Barred("取消资格", of, who, row.uscc or "", row.county or "", "", "取消扶持资格", row.barred_on, None, row.document_no, article)
        )  # fmt: skip
    return found


def _money(connection: Connection, names: BankNames, enterprises: set[int], banks: set[int]) -> list[list[Any]]:
    """What the books hold of them: claimed, come back, and left, by year, programme and item."""
    posting, company = models.JournalPosting, models.EnterpriseFact
    mine = or_(
        posting.enterprise_id.in_(sorted(enterprises)),
        and_(posting.bank_id.in_(sorted(banks)), posting.enterprise_id.is_(None)),
    )
    query = select(company.enterprise_id, company.name).where(
        company.retired_by.is_(None), company.enterprise_id.in_(sorted(enterprises))
    )
    called = {row.enterprise_id: row.name for row in connection.execute(query)}
    sums: dict[tuple[Any, ...], list[int]] = {}
    for one in party_money.moved(connection, mine):
        claimed = one.kind == party_money.CLAIMED
        if claimed or one.comes_back:
            bank = names.printed(one.bank_id) if one.bank_id is not None else ""
            enterprise = called.get(one.enterprise_id, "") if one.enterprise_id is not None else ""
            key = (one.run.year, PROGRAMMES[one.run.programme].name, enterprise, bank, chart.item_names()[one.item])
            sums.setdefault(key, [0, 0])[0 if claimed else 1] += one.fen
    return [[*key, owed, back, owed - back] for key, (owed, back) in sorted(sums.items())]


def _rows(barred: Sequence[Barred]) -> list[list[Any]]:
    return [
        [
            number, one.kind, one.of, one.who, one.code, one.county, one.about, one.cause, one.since.isoformat(),
            one.until.isoformat() if one.until else "", one.document_no, one.article, one.claimed,
        ]
        for number, one in enumerate(barred, start=1)
    ]  # fmt: skip


_LIST = (
    FormColumn("序号", 6, "count"), FormColumn("类别", 10, "middle"), FormColumn("对象", 8, "middle"), FormColumn("名称", 26, "text"),
    FormColumn("统一社会信用代码", 22, "middle"), FormColumn("区市", 9, "middle"), FormColumn("哪一笔", 26, "text"),
    FormColumn("事由", 22, "text"), FormColumn("起", 12, "middle"), FormColumn("止", 12, "middle"), FormColumn("认定文号", 20, "text"),
    FormColumn("依据", 24, "text"), FormColumn("应收回", 13, "fen", summed=True),
)  # fmt: skip
_MONEY = (
    FormColumn("年度", 8, "count"), FormColumn("项目", 16, "middle"), FormColumn("企业名称", 28, "text"), FormColumn("银行名称", 26, "text"),
    FormColumn("补助项目", 12, "middle"), FormColumn("应收回", 14, "fen", summed=True), FormColumn("已缴回", 14, "fen", summed=True),
    FormColumn("尚未缴回", 14, "fen", summed=True),
)  # fmt: skip
_DATA = (
    LineColumn("kind", "类别", "text", None), LineColumn("of", "对象", "text", None), LineColumn("enterprise", "名称", "text", None),
    LineColumn("uscc", "统一社会信用代码", "text", None), LineColumn("county", "区市", "text", None), LineColumn("about", "哪一笔", "text", None),
    LineColumn("cause", "事由", "text", None), LineColumn("since", "起", "date", None), LineColumn("until", "止", "date", None, optional=True),
    LineColumn("document_no", "认定文号", "text", None), LineColumn("article", "依据", "text", None),
    LineColumn("claimed_fen", "应收回", "fen", None, optional=True),
)  # fmt: skip
