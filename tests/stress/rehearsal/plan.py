"""What is sent in two years, by whom, and what must come of it: a random world, cut into the files of its senders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import worlds
from portal_world import AWAY, HOME, Person
from programmes.tech_branch import oracle
from programmes.tech_branch.oracle_figures import CATEGORIES, COUNTIES, OUTSIDE
from scenes import FEN, RandomPicker
from stress.rehearsal import paperwork
from stress.rehearsal.paperwork import Due

Row = dict[str, Any]
Sheets = dict[str, list[Row]]

YEARS = (2023, 2024)
BANKS = worlds.GENERATORS[worlds.FIRST].BANKS[:3]
AS_OF = {year: date(year + 1, 1, 31) for year in YEARS}
TODAY = {
    2023: date(2024, 2, 5),
    2024: date(2025, 2, 3),
}  # when the year is reported and settled: a token lasts for both
OF_LOANS = ("贷款", "还款", "展期", "年末余额")
OF_INDUSTRY = CATEGORIES[3:]
REGISTERS = ("合作银行", "工作日历", "LPR")
AFTER_LOANS = ("历史享受年限", "年限豁免", "上传豁免", "撤销", "取消资格", "奖补比例", "资料平台启用")
_MANY = 10  # loans, of which a bank sends another file
_KNOWN_BY = ("发放日", "还款日", "展期日", "资料上传日", "认定日", "取消日", "公布日期")  # none of them may lie ahead

OFFICES = tuple(
    Person(*fields)
    for fields in (
        ("city", "经办甲", "样例市金融局", "city"),
        ("city2", "经办乙", "样例市金融局", "city"),
        ("approver", "审核甲", "样例市金融局", "approver"),
        ("finance", "财政甲", "样例市财政局", "finance"),
        ("tech", "科技甲", "样例市科技局", "tech"),
        ("tech-approver", "科技乙", "样例市科技局", "tech_approver"),
        ("industry", "工信甲", "样例市工信局", "industry"),
        ("auditor", "审计甲", "样例市审计局", "auditor"),
        ("county-0", "初审甲", "样例一区金融局", "county", f"county:{HOME}"),
        ("county-1", "初审乙", "样例二区金融局", "county", f"county:{AWAY}"),
        ("purse-0", "区财甲", "样例一区财政局", "county_finance", f"county:{HOME}"),
        ("purse-1", "区财乙", "样例二区财政局", "county_finance", f"county:{AWAY}"),
        ("agri", "农险甲", "样例市财政局", "agri"),
        ("agri-approver", "农险乙", "样例市财政局", "agri_approver"),
        ("admin", "管理甲", "样例市信息科", "admin"),
        ("logs", "管理丙", "样例市信息科", "logs"),
    )
)
STAFF = tuple(
    person
    for number, bank in enumerate(BANKS)
    for person in (
        Person(f"clerk-{number}", f"{number}号经办", bank, "clerk", f"bank:{bank}"),
        Person(f"reviewer-{number}", f"{number}号复核", bank, "reviewer", f"bank:{bank}"),
    )
)
PEOPLE = {person.login: person for person in (*OFFICES, *STAFF)}
COUNTY_OF = {"county-0": HOME, "county-1": AWAY, "purse-0": HOME, "purse-1": AWAY}


@dataclass(frozen=True)
class Parcel:
    """One file: its name, its sheets, and as it was before somebody corrected it (sheets with other content, if any)."""

    name: str
    sheets: Sheets
    first: Sheets | None = None


@dataclass
class Year:
    """What is sent for a year: registers first, then what rests on them, each by login; and what must come of it."""

    year: int
    registers: dict[str, list[Parcel]] = field(default_factory=dict)
    reports: dict[str, list[Parcel]] = field(default_factory=dict)
    decisions: dict[str, list[Parcel]] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)  # the reference's lines and claims
    papers: list[Due] = field(default_factory=list)  # what is sent to the platform during the year that follows


def plan(seed: int, loans: int) -> list[Year]:
    """Two years from a seed."""
    pick = RandomPicker(seed)
    world = worlds.random_world(seed, loans, YEARS[-1], banks=len(BANKS), enterprises=max(6, loans // 4))
    world.pop("预算", None)
    _two_counties(world)
    years, known, approved = [], dict[str, list[Row]](), list[Any]()
    for year, portion in zip(YEARS, _portions(pick, world), strict=True):
        papers = paperwork.due(portion)
        if year == YEARS[0]:
            portion |= paperwork.SHEET
        known = {name: [*known.get(name, []), *portion.get(name, [])] for name in {**known, **portion}}
        known["收到的资料"] = [*known.get("收到的资料", []), *paperwork.received(papers)]
        budgets = _budgets(pick, known, year, approved)
        portion["预算"] = budgets
        known["预算"] = [*known.get("预算", []), *budgets]
        found = Year(year, expected=oracle.approve(known, year, AS_OF[year], approved), papers=papers)
        approved.append(found.expected)
        _deal(pick, found, portion)
        years.append(found)
    return years


def _two_counties(world: Sheets) -> None:
    for row in world["企业"]:
        if row["区市"] != OUTSIDE:
            row["区市"] = (HOME, AWAY)[COUNTIES.index(row["区市"]) % 2]


def _loan_of(row: Row) -> tuple[str, str] | None:
    return (row["银行名称"], row["借据编号"]) if "借据编号" in row else None


def _portions(pick: RandomPicker, world: Sheets) -> list[Sheets]:
    """What is known when the first year is settled, and what comes until the second is; what comes later still is left out.

    Some repayments and revocations are heard of late. What there was of a loan goes with it.
    """
    portions: list[Sheets] = [{}, {}]
    number_of: dict[tuple[str, str] | None, int] = {}
    for name, rows in sorted(world.items(), key=lambda one: one[0] != "贷款"):
        for row in rows:
            latest = max((row[header] for header in _KNOWN_BY if row.get(header)), default=date.min)
            number = next((n for n, year in enumerate(YEARS) if latest <= TODAY[year]), len(YEARS))
            if row.get("年度") == YEARS[-1] and name == "年末余额" or name == "上传豁免":
                number = max(number, 1)
            elif name in ("还款", "撤销") and number == 0 and pick.chance(20):
                number = 1
            key = _loan_of(row)
            if name == "贷款":
                number_of[key] = number
            elif key is not None:
                number = max(number, number_of[key])
            if number < len(portions):
                portions[number].setdefault(name, []).append(row)
    events = {
        (_loan_of(row), row[header])
        for portion in portions
        for name, header in (("贷款", "发放日"), ("还款", "还款日"), ("展期", "展期日"))
        for row in portion.get(name, [])
    }
    waivers = portions[1].get("上传豁免", [])
    portions[1]["上传豁免"] = [row for row in waivers if (_loan_of(row), row["业务日"]) in events]
    return portions


def _budgets(pick: RandomPicker, known: Sheets, year: int, approved: list[Any]) -> list[Row]:
    """Budgets that the year's demand meets: the city's, and now and then a county's."""
    lines = oracle.settle(known, year, AS_OF[year], approved)

    def demand(area: str) -> int:
        own = [line for line in lines if area in ("全市", line["county"])]
        interest, bonus = (sum(line[f"{kind}_fen"] for line in own) for kind in ("interest", "bonus"))
        return max(1, pick.choose((interest + bonus, interest + bonus // 2, interest * 8 // 9)))

    areas = ["全市", *(county for county in (HOME, AWAY) if pick.chance(60))]
    return [{"年度": year, "范围": area, "金额(万元)": demand(area) * FEN} for area in areas]


def _deal(pick: RandomPicker, year: Year, portion: Sheets) -> None:
    """Cuts a portion into files."""

    def give(to: dict[str, list[Parcel]], login: str, sheets: Sheets, first: Sheets | None = None) -> None:
        if sheets := {name: rows for name, rows in sheets.items() if rows}:
            name = f"{year.year}-{login}-{len(to.get(login, []))}"
            to.setdefault(login, []).append(Parcel(name, sheets, first))

    give(year.registers, "city", {name: portion.get(name, []) for name in REGISTERS})
    for login, sheets in _of_offices(portion).items():
        give(year.registers, login, sheets)
    for login, area in (("finance", "全市"), ("purse-0", HOME), ("purse-1", AWAY)):
        own = {"预算": [row for row in portion["预算"] if row["范围"] == area]}
        give(year.reports, login, own | ({"年度比例": portion.get("年度比例", [])} if login == "finance" else {}))
    for number, bank in enumerate(BANKS):
        for sheets in _parcels_of(pick, portion, bank):
            give(year.reports, f"clerk-{number}", sheets, _before_correction(pick, sheets))
    give(year.decisions, "city", {name: portion.get(name, []) for name in AFTER_LOANS})


def _of_offices(portion: Sheets) -> dict[str, Sheets]:
    """Enterprises with their qualifications: what two offices recognise comes from each; projects from one."""
    rows = portion.get("资质", [])
    theirs = [row for row in rows if row["资质类别"] in OF_INDUSTRY]
    others = [row for row in rows if row["资质类别"] not in OF_INDUSTRY]
    code = "统一社会信用代码"
    named = {row[code] for row in theirs}
    only = named - {row[code] for row in (*others, *portion.get("项目库", []))}
    companies = portion.get("企业", [])
    return {
        "industry": {"企业": [row for row in companies if row[code] in named], "资质": theirs},
        "tech": {
            "企业": [row for row in companies if row[code] not in only],
            "资质": others,
            "项目库": portion.get("项目库", []),
        },
    }


def _parcels_of(pick: RandomPicker, portion: Sheets, bank: str) -> list[Sheets]:
    """What a bank sends, in a file or a few: what there was of a loan goes with it; news of old ones stand in the first."""
    loans = sum(row["银行名称"] == bank for row in portion.get("贷款", []))
    parts: list[Sheets] = [{} for _ in range(1 + min(2, loans // _MANY))]
    place: dict[Any, int] = {}
    for name in OF_LOANS:
        for row in portion.get(name, []):
            if row["银行名称"] == bank:
                row = paperwork.as_sent(name, row, pick.chance(50))
                key = _loan_of(row)
                if name == "贷款":
                    place[key] = pick.integer(0, len(parts) - 1)
                parts[place.get(key, 0)].setdefault(name, []).append(row)
    return parts


def _before_correction(pick: RandomPicker, sheets: Sheets) -> Sheets | None:
    """A loan of the file as it was first reported, now and then: to be corrected by an amendment."""
    if not sheets.get("贷款") or not pick.chance(50):
        return None
    row = pick.choose(sheets["贷款"])
    wrong = {**row, "合同编号": "HT-有误", "担保方式": "信用" if row["担保方式"] != "信用" else "保证"}
    return {**sheets, "贷款": [wrong if one is row else one for one in sheets["贷款"]]}
