"""样例设备补贴: what the program is told of the document."""

from datetime import date

from sqlalchemy import Connection, func, null, select

from ledger import models
from ledger.errors import Refused
from ledger.programmes.dues import dues
from ledger.programmes.flow import (
    CITY_PAYS,
    CITY_TREASURY,
    COUNTY_PAYS,
    COUNTY_TREASURY,
    PAYABLE,
    Account,
    Due,
    Item,
    Leg,
    Payer,
)
from ledger.programmes.programme import Programme
from toy.law import DOCUMENT
from toy.tables import DeviceLine

PROVINCE_TREASURY = Account("province_treasury", "省财政", "Assets:1006省财政")
PROVINCE_PAYS = Payer("province", "省级", 3, PROVINCE_TREASURY)
PAYERS = (PROVINCE_PAYS, CITY_PAYS, COUNTY_PAYS)


def settlement_day(year: int, as_of: date | None, today: date) -> date:
    """The as-of date of a settlement; Refused for a year that the document does not know."""
    if not DOCUMENT.in_force(date(year, 12, 31)):
        raise Refused(f"{year} 年度不能按{DOCUMENT.number}结算")
    return as_of or today


def owed(connection: Connection, run_id: int) -> list[Due]:
    """第五条: each enterprise's subsidy in its county, shared by province, city and county."""
    line, company = DeviceLine, models.EnterpriseFact
    query = (
        select(
            company.county, null(), company.enterprise_id, func.sum(line.province_fen), func.sum(line.city_fen),
            func.sum(line.county_fen),
        )
        .select_from(line)
        .join(company, company.id == line.enterprise_fact_id)
        .where(line.run_id == run_id, line.subsidy_fen > 0)
        .group_by(company.county, company.enterprise_id)
        .order_by(company.enterprise_id)
    )  # fmt: skip
    return dues("device", connection.execute(query), PAYERS)


_DEVICE = ("device",)
PROGRAMME = Programme(
    key=DOCUMENT.programme,
    name=DOCUMENT.name,
    command="devices",
    document=DOCUMENT,
    settlement_day=settlement_day,
    judging_named="toy.judging:JUDGING",
    owed_named="toy.programme:owed",
    sheets_named="toy.sheets:SHEETS",
    tables_named="toy.tables:ALL",
    items=(Item("device", "设备补贴"),),
    payers=PAYERS,
    legs=(
        Leg("province_to_city", "省财政到市财政", PROVINCE_TREASURY, CITY_TREASURY, _DEVICE),
        Leg("city_to_county", "市财政到区市财政", CITY_TREASURY, COUNTY_TREASURY, _DEVICE),
        Leg("county_to_payee", "区市财政到企业", COUNTY_TREASURY, PAYABLE, _DEVICE, enterprise=_DEVICE),
    ),
    creditors=("企业",),
    run_by=("city",),
    approved_by=("approver",),
)
