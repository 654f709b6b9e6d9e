"""Words that documents or the city declare are no longer a closed list of the schema: accounts, items, kinds of entries
and seals are codes; counties, products and the 补助项目 of a year's rate are any word. A spot check may be of any run.

Rows stay as they are, and no table is rebuilt: SQLite takes a changed constraint as the text of its schema, as its manual
describes (Making Other Kinds Of Table Schema Changes), PostgreSQL drops and adds it.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LETTERS = "abcdefghijklmnopqrstuvwxyz_"
CODED = (("journal_entries", "kind"), ("journal_postings", "account"), ("journal_postings", "item"), ("seals", "kind"))
GIVEN = (
    ("journal_postings", "county"), ("enterprise_facts", "county"), ("run_steps", "county"), ("budget_facts", "scope"),
    ("loan_facts", "product"), ("year_rate_facts", "item"),
)  # fmt: skip
OF_A_RUN = ("spot_check_lines", "spot_check_results")


def upgrade() -> None:
    checks = [(table, column, "coded", coded(column)) for table, column in CODED]
    checks += [(table, column, "given", f"length({column}) > 0") for table, column in GIVEN]
    if op.get_bind().dialect.name == "sqlite":
        on_sqlite(checks)
        return
    for table, column, kind, condition in checks:
        op.drop_constraint(op.f(f"ck_{table}_{column}_known"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{column}_{kind}"), table, condition)
    for table in OF_A_RUN:
        op.drop_constraint(f"fk_{table}_line", table, type_="foreignkey")
        op.create_foreign_key(op.f(f"fk_{table}_run_id_runs"), table, "runs", ["run_id"], ["id"])


def coded(column: str) -> str:
    return f"length({column}) > 0 AND ltrim({column}, '{LETTERS}') = ''"


def on_sqlite(checks: list[tuple[str, str, str, str]]) -> None:
    """The constraints changed in the text of the schema, which is then read anew."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, column, kind, condition in checks:
        # the list holds no bracket
        old = rf"CONSTRAINT ck_{table}_{column}_known CHECK \({column} IN \([^()]*\)\)"
        rewrite(connection, table, old, f"CONSTRAINT ck_{table}_{column}_{kind} CHECK ({condition})")
    for table in OF_A_RUN:
        old = (
            rf"CONSTRAINT fk_{table}_line FOREIGN KEY\(run_id, line_no\) "
            r"REFERENCES tech_branch_lines \(run_id, line_no\)"
        )
        rewrite(connection, table, old, f"CONSTRAINT fk_{table}_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def rewrite(connection: sa.Connection, table: str, old: str, new: str) -> None:
    """One constraint in the statement that made a table; RuntimeError where it is not there as the program made it."""
    found = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name")
    text = connection.execute(found, {"name": table}).scalar_one()
    text, count = re.subn(old, lambda _: new, text)
    if count != 1:
        raise RuntimeError(f"{table}: no constraint {old}")
    changed = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name")
    connection.execute(changed, {"sql": text, "name": table})
