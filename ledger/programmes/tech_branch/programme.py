"""科技支行贷款 — 威财金〔2023〕2号: what the program is told of the document."""

from ledger.programmes.flow import (
    BANK,
    CITY_PAYS,
    CITY_TREASURY,
    COUNTY_PAYS,
    COUNTY_REGULATOR,
    COUNTY_TREASURY,
    PAYABLE,
    RECEIVABLE,
    Item,
    Leg,
)
from ledger.programmes.programme import Assumable, Number, PapersAsked, Programme, SpotCheck
from ledger.programmes.tech_branch.year import DOCUMENT, PRODUCT, REQUIRED, settlement_day

_BOTH = ("interest", "bonus")
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="settle",
    document=DOCUMENT,
    settlement_day=settlement_day,
    judging_named="ledger.programmes.tech_branch.judging:JUDGING",
    owed_named="ledger.programmes.tech_branch.dues:owed",
    claimed_named="ledger.programmes.tech_branch.dues:claimed",
    usual=True,
    products=(PRODUCT,),
    tables_named="ledger.programmes.tech_branch.tables:ALL",
    items=(Item("interest", "贴息"), Item("bonus", "奖补")),
    sheets_named="ledger.programmes.tech_branch.sheets:SHEETS",
    rates_named="ledger.programmes.tech_branch.sheets:RATES",
    payers=(CITY_PAYS, COUNTY_PAYS),
    legs=(  # 第十九条
        Leg("city_to_county", "市财政到区市财政", CITY_TREASURY, COUNTY_TREASURY, _BOTH, reported_by=("finance",)),
        Leg("county_to_regulator", "区市财政到金融监管部门", COUNTY_TREASURY, COUNTY_REGULATOR, _BOTH, reported_by=("county_finance",)),
        # the bonus is the bank's own and ends there
        Leg("regulator_to_bank", "金融监管部门到银行", COUNTY_REGULATOR, BANK, _BOTH, bank=_BOTH, ends=("bonus",), reported_by=("county",)),
        Leg(
            "bank_to_enterprise", "银行到企业", BANK, PAYABLE, ("interest",), bank=("interest",),
            enterprise=("interest",), receipts=True, reported_by=("bank",),
        ),
        Leg("claim_repaid", "追缴缴回", RECEIVABLE, None, _BOTH, bank=_BOTH, enterprise=("interest",), reported_by=("finance", "county_finance", "county")),
    ),
    signed_by=("county",),
    run_by=("city",),
    approved_by=("approver",),
    spot_check=SpotCheck(
        "第十七条", "ledger.programmes.tech_branch.tables:TechBranchLine", lambda line: line.interest_fen + line.bonus_fen
    ),
    papers=PapersAsked(
        "第十七条", REQUIRED, "upload_workdays", "申请报告", "ledger.programmes.tech_branch.papers:judged"
    ),
    assumable=Assumable(numbers=(
        Number("interest_rate", "interest.rate", "贴息比例", looser=1, item="贴息"),
        Number("bonus_rate", "bonus.rate", "奖补比例", looser=1, item="奖补"),
        Number("interest_cap", "cap", "单户上限", looser=1),
        Number("rate_margin", "margin", "利率加点", looser=1),
        Number("term_days", "term.days", "占用天数", looser=-1),
        Number("years_limit", "years", "累计年限", looser=1),
        Number("city_share", "city.share", "市级分担"),
        Number("year_months", "year.months", "贴息月数", looser=1, least=1),
        Number("upload_workdays", "upload.days", "上传时限", looser=1, least=1),
        Number("lpr_gap_days", "lpr.gap", "LPR缺口天数", looser=1),
        Number("pledge_floor", "pledge.floor", "质押占比下限", looser=-1),
        Number("unsecured_floor", "unsecured.floor", "信用占比下限", looser=-1),
    ), assuming_named="ledger.programmes.tech_branch.assuming:ASSUMING"),
)  # fmt: skip
