"""A row of the database in words that a person can look it up by: its sheet, file and row, its name, its loan."""

from sqlalchemy import Connection, Select, Table, select

from ledger import models
from ledger.facts.of_lines import with_loans
from ledger.seals import content

_BANK, _LOAN, _INTAKE = (models.table_of(model) for model in (models.Bank, models.Loan, models.Intake))


def row_words(connection: Connection, name: str, key: int, run_id: int | None = None) -> str:
    """What a key of a part of a seal speaks of; name: the part's name, run_id: the run whose lines are meant."""
    table_name = name.removesuffix(content.RETIRED)
    number, place = content.owner_and_number(table_name, key)
    table = models.Base.metadata.tables[table_name]
    what = content.NAMES[table_name]
    of_run = any(table is lines for lines, _ in content.LINES)
    text = f"第 {run_id} 号运行的{what}第 {number} 行" if of_run else f"{what}第 {number} 号"
    text += "" if place is None else f"第 {place} 行"
    known = _known_by(connection, table, key, run_id)
    text += f"（{known}）" if known else ""
    return f"{text}的作废标记" if name.endswith(content.RETIRED) else text


def _known_by(connection: Connection, table: Table, key: int, run_id: int | None) -> str:
    """By what a row is known beside its number; '' when it is gone, or there is nothing to say."""
    query = _query(table, key, run_id)
    row = None if query is None else connection.execute(query).first()
    if row is None:
        return ""
    if "sheet_row" in table.c and "intake_id" in table.c:
        return f"{row[0]} 第 {row[1]} 行"
    of_a_loan = table is _LOAN or "loan_fact_id" in table.c
    return f"{row[0]} 借据 {row[1]}" if of_a_loan else " ".join(row)


def _query(table: Table, key: int, run_id: int | None) -> Select[*tuple[str, ...]] | None:
    model = models.Base.MODELS[table]
    if model.KNOWN_BY and not model.NUMBER:
        return select(*(table.c[name] for name in model.KNOWN_BY)).where(table.c.id == key)
    if "sheet_row" in table.c and "intake_id" in table.c:
        joined = table.join(_INTAKE, _INTAKE.c.id == table.c.intake_id)
        return select(_INTAKE.c.file_name, table.c.sheet_row).select_from(joined).where(table.c.id == key)
    if table is _LOAN:
        joined = _LOAN.join(_BANK, _BANK.c.id == _LOAN.c.bank_id)
        return select(_BANK.c.name, _LOAN.c.note_no).select_from(joined).where(_LOAN.c.id == key)
    if not model.NUMBER or run_id is None:
        return None
    mine = (table.c.run_id == run_id, table.c[model.NUMBER] == key)
    if "loan_fact_id" in table.c:
        return with_loans(select(models.Bank.name, models.Loan.note_no), model).where(*mine)
    if not model.KNOWN_BY:
        return None
    link, *names = model.KNOWN_BY
    (key_to_fact,) = table.c[link].foreign_keys
    fact = key_to_fact.column.table
    query = select(*(fact.c[name] for name in names)).select_from(table.join(fact, fact.c.id == table.c[link]))
    return query.where(*mine)
