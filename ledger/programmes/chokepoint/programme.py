"""“拨投贷保” — 威政办发〔2023〕8号: what the program is told of the document."""

from ledger.programmes.chokepoint.year import DOCUMENT, PRODUCT, settlement_day
from ledger.programmes.flow import CITY_PAYS, CITY_TREASURY, PAYABLE, Item, Leg
from ledger.programmes.programme import Programme

_ITEMS = ("risk", "premium", "grant")
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="review",
    document=DOCUMENT,
    settlement_day=settlement_day,
    judging_named="ledger.programmes.chokepoint.judging:JUDGING",
    owed_named="ledger.programmes.chokepoint.dues:owed",
    products=(PRODUCT,),
    tables_named="ledger.programmes.chokepoint.tables:ALL",
    items=(Item("risk", "风险补助"), Item("premium", "保费补贴"), Item("grant", "研发补助")),
    sheets_named="ledger.programmes.chokepoint.sheets:SHEETS",
    rates_named="ledger.programmes.chokepoint.sheets:RATES",
    payers=(CITY_PAYS,),
    legs=(
        # no way through the counties
        Leg(
            "city_to_payee", "市级到收款单位", CITY_TREASURY, PAYABLE, _ITEMS, bank=("risk",),
            enterprise=("premium", "grant"), reported_by=("tech",),
        ),
    ),
    run_by=("tech",),
    approved_by=("tech_approver",),
    allotted_by=("tech",),
    reversed_by=("tech_approver",),
)  # fmt: skip
