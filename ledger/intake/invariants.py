"""What must hold between facts on file, whatever was entered, amended or withdrawn last.

Each check has one signature, (connection, identifiers) -> violations, looks at the facts in force that concern those
identifiers, and raises nothing. The importer runs them on what a file touched, a withdrawal on what it would touch.
"""

from collections.abc import Callable, Collection

from sqlalchemy import Connection

from ledger.facts.loan_histories import loan_histories, upload_waivers
from ledger.facts.violations import Violation
from ledger.programmes.chokepoint.library import grants, investments

# which identifiers a sheet's rows concern, and the checks on them
CHECKS: tuple[tuple[str, frozenset[str], Callable[[Connection, Collection[int]], list[Violation]]], ...] = (
    ("loan_id", frozenset({"贷款", "还款", "展期"}), loan_histories),
    ("loan_id", frozenset({"贷款", "还款", "展期", "上传豁免"}), upload_waivers),
    ("project_id", frozenset({"项目库", "研发补助"}), grants),
    ("enterprise_id", frozenset({"项目库", "股权投资"}), investments),
)
