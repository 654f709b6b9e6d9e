"""特色农产品保险奖补 — 威财金〔2023〕11号: what the program is told of the document."""

from ledger.programmes.farm_insurance import flow, words
from ledger.programmes.farm_insurance.year import DOCUMENT, settlement_day
from ledger.programmes.programme import Programme

PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="farm",
    document=DOCUMENT,
    settlement_day=settlement_day,
    judging_named="ledger.programmes.farm_insurance.judging:JUDGING",
    owed_named="ledger.programmes.farm_insurance.dues:owed",
    items=flow.ITEMS,
    payers=flow.PAYERS,
    legs=flow.LEGS,
    creditors=("区市财政",),
    sheets_named="ledger.programmes.farm_insurance.sheets:SHEETS",
    tables_named="ledger.programmes.farm_insurance.tables:ALL",
    rates_named="ledger.programmes.farm_insurance.sheets:RATES",
    funds=(words.CITY_FUND, words.CENTRAL_FUND),
    run_by=("agri",),
    approved_by=("agri_approver",),
    concerns_counties=True,
    limits_by=("agri",),
)
