"""Random worlds for 威财金〔2023〕2号: what intake workbooks could hold, crowded around its thresholds.

Every world is valid, so an import takes it. All facts lie before April of the year after the one to be settled.
"""

from datetime import date, timedelta
from decimal import Decimal

from programmes.tech_branch.oracle import settle
from programmes.tech_branch.oracle_figures import (
    CATEGORIES,
    COUNTIES,
    OUTSIDE,
    PROGRAMME,
    UPLOAD_WORKDAYS,
    Uncovered,
    Workdays,
    add_months,
    bundled_lpr,
)
from scenes import DAY, FEN, GUARANTEES, MutableWorld, Picker, Row, Scene, near, part_of, usc_code

YEARS = (2023, 2024, 2025)
BANKS = (
    "威样例银行",
    "中样例银行第一支行",
    "农样例银行",
    "工样例银行（荣成）",
    "建样例银行",
    "交样例银行",
    "蓝样例银行",
    "邮样例银行",
)
CHOKEPOINT = "卡脖子攻关贷"


# --- who -------------------------------------------------------------------------------------------------


def add_enterprises(scene: Scene, count: int) -> list[str]:
    """Enterprises with their qualifications; some are from elsewhere, some lose what qualifies them."""
    pick, codes = scene.pick, []
    for n in range(count):
        code = usc_code(n + 1)
        codes.append(code)
        county = OUTSIDE if pick.chance(5) else pick.choose(COUNTIES)
        name = f"{pick.choose('甲乙丙丁戊己')}{n}公司"
        scene.put("企业", {"统一社会信用代码": code, "企业名称": name, "区市": county})
        if pick.chance(4):
            continue  # never qualified
        start = date(2018, 1, 1) if not pick.chance(8) else near(scene, date(scene.year, 4, 10))
        end = None if not pick.chance(10) else near(scene, date(scene.year, 7, 3))
        if end is not None and end < start:
            end = start
        add_qualification(scene, code, pick.choose(CATEGORIES), start, end)
        if pick.chance(15):
            add_qualification(scene, code, CATEGORIES[0], near(scene, date(scene.year, 8, 21)), None)
    return codes


def add_qualification(scene: Scene, code: str, category: str, start: date, end: date | None) -> None:
    """A qualification, unless the last one on file has the same key."""
    key = {"统一社会信用代码": code, "资质类别": category, "有效期起": start}
    last = scene.sheets.get("资质", [])[-1:]
    if not any(row.items() >= key.items() for row in last):
        scene.put("资质", {**key, "有效期止": end})


def add_banks(scene: Scene, count: int) -> list[str]:
    """Banks: most cooperate all the time, some from or to a day within the year, a few never."""
    pick, names = scene.pick, list(BANKS[:count])
    for name in names:
        start: date | None = date(2018, 1, 1)
        end: date | None = None
        if pick.chance(7):
            start = near(scene, date(scene.year, 4, 10))
        elif pick.chance(10):
            end = near(scene, date(scene.year, 8, 21))
        elif pick.chance(3):
            start = None
        scene.put("合作银行", {"银行名称": name, "合作起始日": start, "合作终止日": end})
        if end is not None and pick.chance(50):
            again = end + timedelta(days=pick.integer(1, 40))
            scene.put("合作银行", {"银行名称": name, "合作起始日": again, "合作终止日": None})
    return names


# --- when ------------------------------------------------------------------------------------------------


def disbursement_date(scene: Scene) -> date:
    """A date in the year or up to five before it: near an LPR change, a holiday, a month's end, anywhere."""
    pick = scene.pick
    year = scene.year - pick.choose((0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5))
    kind = pick.integer(0, 9)
    if kind <= 2:
        anchors = [date(year, m, d) for m, d in ((4, 10), (7, 3), (8, 21), (5, 10))]
    elif kind <= 5:
        anchors = [on for on, _ in bundled_lpr() if on.year == year] or [date(year, 9, 20)]
    elif kind == 6:
        anchors = [date(year, m, d) for m, d in ((1, 1), (9, 28), (12, 31), (12, 26), (4, 29))]
    elif kind == 7:
        anchors = [add_months(date(year, 1, 31), n) for n in range(12)]
    else:
        anchors = [date(year, 1, 1) + timedelta(days=pick.integer(0, 364))]
    day = near(scene, pick.choose(anchors))
    return min(day, date(scene.year + 1, 2, 10))


def due_date(scene: Scene, disbursed_on: date) -> date:
    """360 days, a year, a year and some months, each a day less or more."""
    pick = scene.pick
    kind = pick.integer(0, 9)
    if kind <= (0 if disbursed_on.year < scene.year else 4):
        return disbursed_on + timedelta(days=pick.choose((360, 365, 366, 361, 359)))
    if kind <= 8:
        months = 12 * (scene.year - disbursed_on.year) + pick.choose((12, 6, 18, 13, 1, 11, 0, 36))
        return near(scene, add_months(disbursed_on, max(12, months)))
    return disbursed_on + timedelta(days=pick.integer(300, 1500))


def upload_date(scene: Scene, event: date) -> date | None:
    """Mostly in time; else at the deadline, a day around it, or never."""
    pick = scene.pick
    if pick.chance(80):
        return event
    if pick.chance(10):
        return None
    try:
        deadline = scene.workdays.add(event, UPLOAD_WORKDAYS)
    except Uncovered:
        return event
    return min(max(event, near(scene, deadline)), scene.limit)


# --- loans -----------------------------------------------------------------------------------------------


def rate_near_ceiling(scene: Scene, disbursed_on: date) -> Decimal:
    """A rate at the ceiling by the announcement before the day, or a little off, or by a neighbouring one."""
    pick = scene.pick
    before = disbursed_on - timedelta(days=pick.choose((1, 3, 31, 0)) if pick.chance(20) else 1)
    known = [rate for on, rate in bundled_lpr() if on <= before] or [Decimal("4.25")]
    step = pick.choose(("0.90", "0.50", "0.90", "0.8999", "0.40", "0.9001", "0.90", "0", "0.89", "0.91"))
    return known[-1] + Decimal(step)


def amount(scene: Scene) -> Decimal:
    """Round sums, sums at the cap, and sums that leave fractions of a fen."""
    pick = scene.pick
    kind = pick.integer(0, 9)
    if kind <= 4:
        return Decimal(pick.choose((1000, 500, 1500, 2000, 3000, 100, 3500)))
    if kind == 5:
        return pick.choose((Decimal(3000) - FEN, Decimal(3000) + FEN))
    if kind == 6:
        return pick.integer(1, 100) * FEN
    return pick.integer(1, 3_000_000_000) * FEN


def add_loan(scene: Scene, bank: str, note_no: str, code: str) -> None:
    """A loan with all that happens to it."""
    pick = scene.pick
    disbursed_on = disbursement_date(scene)
    chokepoint = pick.chance(3)
    row: Row = {
        "银行名称": bank,
        "借据编号": note_no,
        "合同编号": None,
        "业务品种": CHOKEPOINT if chokepoint else PROGRAMME,
        "统一社会信用代码": code,
        "贷款金额(万元)": amount(scene),
        "发放日": disbursed_on,
        "到期日": due_date(scene, disbursed_on),
        "年利率(%)": rate_near_ceiling(scene, disbursed_on),
        "担保方式": pick.choose(GUARANTEES),
        "资料上传日": upload_date(scene, disbursed_on),
        "项目编号": project_of(scene, code) if chokepoint else None,
    }
    scene.put("贷款", row)
    paid_off_on = add_repayments(scene, row)
    add_extensions(scene, row, paid_off_on)
    add_report(scene, row)
    if pick.chance(4):
        day = pick.choose((date(scene.year + 1, 1, 31), date(scene.year + 1, 2, 1), date(scene.year, 6, 30)))
        found = {"认定日": max(disbursed_on, day), "认定文号": f"威查〔{scene.year}〕1号", "事由": "挪用"}
        scene.put("撤销", {"银行名称": bank, "借据编号": note_no, **found})
    add_upload_waivers(scene, row)


def project_of(scene: Scene, code: str) -> str:
    """A library project of the enterprise."""
    number = f"P{code[8:]}"
    if number not in {row["项目编号"] for row in scene.sheets.get("项目库", [])}:
        project = {"项目名称": f"项目{number}", "统一社会信用代码": code, "入库日": date(2018, 1, 1)}
        scene.put("项目库", {"项目编号": number, **project, "出库日": None})
    return number


def add_repayments(scene: Scene, loan: Row) -> date | None:
    """Up to three repayments on different days, never beyond the balance; the day that brings it to 0."""
    pick, disbursed_on = scene.pick, loan["发放日"]
    year_end = date(scene.year, 12, 31)
    anchors = [
        year_end,
        disbursed_on + timedelta(days=360),
        loan["到期日"],
        add_months(disbursed_on, 18),
        add_months(disbursed_on, 24),
        year_end + timedelta(days=20),
        disbursed_on + timedelta(days=pick.integer(0, 700)),
    ]
    days = sorted(
        {
            day
            for _ in range(pick.choose((0, 0, 1, 1, 2, 3)))
            for day in [near(scene, pick.choose(anchors))]
            if disbursed_on <= day <= scene.limit
        }
    )
    left: Decimal = loan["贷款金额(万元)"]
    paid_off_on: date | None = None
    for day in days:
        kind = pick.choose(("interest", "part", "rest"))
        principal = {"interest": Decimal(0), "part": part_of(scene, left), "rest": left}[kind]
        interest = Decimal("1.5") if principal == 0 else pick.choose((None, Decimal(0), Decimal("2.25")))
        left -= principal
        if left == 0 and paid_off_on is None:
            paid_off_on = day
        row = {"还款日": day, "还本金额(万元)": principal, "付息金额(万元)": interest}
        keys = {"银行名称": loan["银行名称"], "借据编号": loan["借据编号"]}
        scene.put("还款", {**keys, **row, "资料上传日": upload_date(scene, day)})
    return paid_off_on


def add_extensions(scene: Scene, loan: Row, paid_off_on: date | None) -> None:
    """Extensions dated by the due date in force, before the loan is paid off, each to a later date."""
    pick = scene.pick
    if not pick.chance(20):
        return
    due, earliest = loan["到期日"], loan["发放日"]
    for _ in range(pick.choose((1, 1, 2))):
        latest = min(due, scene.limit)
        if paid_off_on is not None:
            latest = min(latest, paid_off_on - DAY)
        if latest < earliest:
            return
        around_year_end = date(scene.year + 1, 1, 31)
        day = min(max(earliest, pick.choose((latest, latest - 10 * DAY, around_year_end))), latest)
        due = pick.choose((due + DAY, add_months(due, 1), add_months(due, 6), due + 40 * DAY))
        scene.put(
            "展期",
            {
                "银行名称": loan["银行名称"],
                "借据编号": loan["借据编号"],
                "展期日": day,
                "新到期日": due,
                "资料上传日": upload_date(scene, day),
            },
        )
        earliest = day + DAY


def add_report(scene: Scene, loan: Row) -> None:
    """The balance that the bank reports: right, or a fen off."""
    pick, year_end = scene.pick, date(scene.year, 12, 31)
    if loan["发放日"] > year_end or not pick.chance(30):
        return
    key = (loan["银行名称"], loan["借据编号"])
    repaid = sum(
        (
            row["还本金额(万元)"]
            for row in scene.sheets.get("还款", ())[-3:]
            if (row["银行名称"], row["借据编号"]) == key and row["还款日"] <= year_end
        ),
        Decimal(0),
    )
    balance = loan["贷款金额(万元)"] - repaid
    off = FEN if balance < loan["贷款金额(万元)"] else -FEN  # more than the amount is refused at import
    reported = balance + off if pick.chance(15) else balance
    keys = {"年度": scene.year, "银行名称": key[0], "借据编号": key[1]}
    scene.put("年末余额", {**keys, "年末余额(万元)": reported})


def add_upload_waivers(scene: Scene, loan: Row) -> None:
    """A waiver for one event of the loan."""
    if not scene.pick.chance(5):
        return
    key = {"银行名称": loan["银行名称"], "借据编号": loan["借据编号"]}
    days = {loan["发放日"]}
    for sheet, header in (("还款", "还款日"), ("展期", "展期日")):
        rows = scene.sheets.get(sheet, ())[-3:]
        days |= {row[header] for row in rows if row.items() >= key.items()}
    scene.put("上传豁免", {**key, "业务日": scene.pick.choose(sorted(days)), "批准文号": "威金函1号"})


# --- the year --------------------------------------------------------------------------------------------


def add_year_facts(scene: Scene, codes: list[str], banks: list[str]) -> None:
    """Years enjoyed, waivers, rates and disqualifications."""
    pick, year = scene.pick, scene.year
    for code in codes:
        if pick.chance(20):
            up_to, n = year - pick.integer(1, 4), pick.choose((4, 3, 2, 5, 6))
            scene.put("历史享受年限", {"统一社会信用代码": code, "截至年度": up_to, "已享受年限": n})
        if pick.chance(8):
            scene.put("年限豁免", {"统一社会信用代码": code, "年度": year, "批准文号": "威金函2号"})
    days = (date(year, 12, 31), date(year + 1, 1, 1), date(year, 6, 30))
    for subject in (*codes, *banks):
        if pick.chance(3):
            scene.put("取消资格", {"主体": subject, "取消日": pick.choose(days), "批准文号": "威金函3号"})
    if pick.chance(25):
        rate = Decimal(pick.choose(("0.9", "1", "0.8333", "0")))
        scene.put("年度比例", {"年度": year, "补助项目": "贴息", "比例(%)": rate})
    if pick.chance(25):
        rate = Decimal(pick.choose(("0.5", "0.6", "0.3333", "0")))
        scene.put("年度比例", {"年度": year, "补助项目": "奖补", "比例(%)": rate})
    for bank in banks:
        if pick.chance(20):
            rate = Decimal(pick.choose(("0.5", "0.6", "0.4001", "0")))
            scene.put("奖补比例", {"年度": year, "银行名称": bank, "奖补比例(%)": rate})


def add_calendar(scene: Scene) -> None:
    """Now and then a holiday notice of the user's own that corrects the library."""
    if not scene.pick.chance(10):
        return
    anchors = [date(scene.year, 8, 21), date(scene.year, 8, 18), date(scene.year, 8, 26)]
    rows = [{"日期": day, "类型": scene.pick.choose(("放假", "上班"))} for day in anchors]
    scene.sheets["工作日历"] = rows
    scene.workdays = Workdays(rows)


def add_lpr(scene: Scene) -> None:
    """Now and then an announcement that the bundled table does not have."""
    if scene.pick.chance(5):
        scene.put("LPR", {"公布日期": date(scene.year, 4, 8), "一年期LPR(%)": Decimal("3.40")})


def add_budgets(scene: Scene) -> None:
    """Budgets at, just below and just above what is asked for, for some counties and for the city."""
    pick, year = scene.pick, scene.year
    if not pick.chance(70):
        return
    lines = settle(scene.sheets, year, date(year + 1, 1, 31))
    for area in (*COUNTIES, "全市"):
        own = [line for line in lines if area in ("全市", line["county"])]
        interest = sum(line["interest_fen"] for line in own)
        bonus = sum(line["bonus_fen"] for line in own)
        if not pick.chance(40 if area == "全市" or own else 5):
            continue
        half = (interest + bonus // 2, interest // 2, interest * 7 // 9)
        at = pick.choose((interest + bonus, interest, *half))
        budget = max(0, at + pick.integer(-1, 1))
        scene.put("预算", {"年度": year, "范围": area, "金额(万元)": budget * FEN})


def build(pick: Picker, year: int, loans: int, enterprises: int | None = None, banks: int = len(BANKS)) -> MutableWorld:
    """A world with so many loans, enterprises (by default one for every four loans) and banks, to be settled for the year."""
    scene = Scene(pick, year, Workdays())
    add_calendar(scene)
    add_lpr(scene)
    codes = add_enterprises(scene, enterprises or max(1, loans // 4))
    names = add_banks(scene, banks)
    for n in range(loans):
        note_no = f"{pick.choose('ABJ')}{n}" if not pick.chance(20) else str(n)
        add_loan(scene, pick.choose(names), note_no, pick.choose(codes))
    add_year_facts(scene, codes, names)
    add_budgets(scene)
    return scene.sheets


def build_small(pick: Picker, year: int, max_loans: int) -> MutableWorld:
    """A world of a few loans, enterprises and banks."""
    return build(pick, year, pick.integer(1, max_loans), pick.integer(1, 4), pick.integer(1, 3))
