"""All intake sheets in one order: the importer, the blank workbook and the manual read this table and name no sheet.

What every document shares stands in `shared_sheets`, what is one document's own in its folder. Whatever their order in a
file, sheets are taken in the order of TAKING_ORDER, so that one file can hold an enterprise, its project and its loans.
"""

from collections.abc import Callable, Iterable, Iterator

from ledger.intake import shared_sheets
from ledger.programmes import PROGRAMMES
from ledger.programmes.programme import Programme
from ledger.workbooks.sheet import Invariant, Sender, Sheet

# the order in which people know them; what is not named here follows, document by document
_ORDER = (
    "企业", "资质", "合作银行", "工作日历", "LPR", "贷款", "还款", "展期", "年末余额", "历史享受年限", "年限豁免", "上传豁免", "撤销",
    "取消资格", "年度比例", "奖补比例", "预算", "项目库", "保单", "研发补助", "股权投资", "银行变更", "资料平台启用",
    "异议",
)  # fmt: skip


def _of_documents() -> Iterator[Sheet]:
    """The sheets of each document; behind those of the first that is limited by funds the one that all such share."""
    funds = [fund for programme in PROGRAMMES.values() for fund in programme.funds]
    by = tuple(_limits("fund", lambda programme: programme.funds))
    for programme in PROGRAMMES.values():
        yield from programme.sheets
        if funds and funds[0] in programme.funds:
            yield shared_sheets.fund_totals(funds, by)


def _limits(field: str, of: Callable[[Programme], Iterable[str]]) -> Iterator[Sender]:
    """Who sends which of the limits of a year: each office those of its own documents."""
    for programme in PROGRAMMES.values():
        for role in programme.limits_by:
            yield Sender(role, field, tuple(of(programme)))


_FOUND = (
    *shared_sheets.ALWAYS,
    shared_sheets.year_rates(
        [rate for programme in PROGRAMMES.values() for rate in programme.rates],
        list(_limits("item", lambda programme: [rate.item for rate in programme.rates])),
    ),
    *_of_documents(),
)
BY_NAME: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in sorted(_FOUND, key=lambda sheet: _ORDER.index(sheet.name) if sheet.name in _ORDER else len(_ORDER))
}
SHEETS: tuple[Sheet, ...] = tuple(BY_NAME.values())
assert len(SHEETS) == len(_FOUND)
# what others refer to comes first; the rest follows in the order above
_ANCHORS_FIRST = ("enterprise", "bank", "project", "loan")
_BEFORE_LOANS = [sheet for anchor in _ANCHORS_FIRST for sheet in SHEETS if sheet.defines == anchor]
TAKING_ORDER: tuple[Sheet, ...] = (
    *_BEFORE_LOANS[:2],
    shared_sheets.BANK_CHANGES,
    *_BEFORE_LOANS[2:],
    *(sheet for sheet in SHEETS if sheet not in _BEFORE_LOANS and sheet is not shared_sheets.BANK_CHANGES),
)
# each once, with the sheets whose rows it concerns
INVARIANTS: dict[Invariant, tuple[Sheet, ...]] = {
    invariant: tuple(sheet for sheet in SHEETS if invariant in sheet.invariants)
    for sheet in SHEETS
    for invariant in sheet.invariants
}
# the column of a sheet in which an identifier is written
FIELD_OF_LINK = {
    "enterprise_id": "uscc", "bank_id": "bank", "loan_id": "note_no", "project_id": "project_no", "product_id": "product_no",
}  # fmt: skip
LINK_OF_ANCHOR = {
    "enterprise": "enterprise_id", "bank": "bank_id", "loan": "loan_id", "project": "project_id", "product": "product_id",
}  # fmt: skip
