"""出口信保 — 威商务发〔2023〕1号 第11条: what the program is told of the document."""

from ledger.programmes.export_credit.year import DOCUMENT, FUND, settlement_day
from ledger.programmes.flow import CITY_PAYS, CITY_TREASURY, PAYABLE, RECEIVABLE, Item, Leg
from ledger.programmes.programme import Programme

_ITEMS = ("credit",)
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="credit",
    document=DOCUMENT,
    settlement_day=settlement_day,
    judging_named="ledger.programmes.export_credit.judging:JUDGING",
    owed_named="ledger.programmes.export_credit.dues:owed",
    claimed_named="ledger.programmes.export_credit.dues:claimed",
    creditors=("企业",),
    tables_named="ledger.programmes.export_credit.tables:ALL",
    items=(Item("credit", "信保支持"),),
    sheets_named="ledger.programmes.export_credit.sheets:SHEETS",
    rates_named="ledger.programmes.export_credit.sheets:RATES",
    funds=(FUND,),
    payers=(CITY_PAYS,),
    legs=(
        Leg(
            "city_to_payee",
            "市级到收款单位",
            CITY_TREASURY,
            PAYABLE,
            _ITEMS,
            enterprise=_ITEMS,
            reported_by=("commerce",),
        ),
        Leg("claim_repaid", "追缴缴回", RECEIVABLE, None, _ITEMS, enterprise=_ITEMS, reported_by=("finance",)),
    ),
    run_by=("commerce",),
    approved_by=("commerce_approver",),
    concerns_counties=True,
    limits_by=("commerce",),
)
