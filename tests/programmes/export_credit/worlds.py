"""Random worlds for reviews of 短期出口信用保险保费支持, crowded around the thresholds of 威商务发〔2023〕1号.

Every world is valid, so an import takes it. The picker is that of `worlds`.
"""

from datetime import date
from decimal import Decimal

from programmes.tech_branch.oracle_figures import COUNTIES, OUTSIDE, Workdays
from scenes import DAY, FEN, MutableWorld, Picker, Row, Scene, usc_code

YEARS = (2023, 2024, 2025)
INSURERS = ("样例信保", "样例二信保")
COUNTRIES = ("越南", "巴西", "美国", "样例国")
MARKETS = ("一带一路", "新兴市场", "其他市场")
KINDS = ("短期出口信用保险", "出口前附加险", "短期出口信用保险、出口前附加险")
OTHER_KINDS = ("中长期出口信用保险", "短期出口信用保险、国内贸易信用保险")
EDGES = (date(2023, 1, 11), date(2023, 7, 1), date(2024, 1, 1), date(2024, 6, 30), date(2025, 1, 1), date(2025, 12, 31))
CUT_OFFS = (date(2023, 12, 31), date(2024, 1, 31), date(2025, 1, 31), date(2026, 1, 31))
LAST = date(2026, 6, 30)


def some_day(pick: Picker) -> date:
    """Mostly a day of a year, else around an edge."""
    if pick.chance(50):
        return date(pick.choose(YEARS), pick.integer(1, 12), pick.integer(1, 28))
    return pick.choose(EDGES) + pick.integer(-1, 1) * DAY


def amount(pick: Picker, most: int) -> Decimal:
    """Round sums, a few fen, and sums that leave fractions of a fen."""
    kind = pick.integer(0, 3)
    if kind == 0:
        return Decimal(pick.choose((10, 1, 100)))
    return pick.integer(1, 9 if kind == 1 else most * 1_000_000) * FEN


def add_markets(scene: Scene) -> None:
    """Every country is on file; some came or went, or stand on several lists."""
    pick = scene.pick
    for number, country in enumerate(COUNTRIES):
        for market in dict.fromkeys((MARKETS[min(number, 2)], pick.choose(MARKETS))):
            listed = date(2020, 1, 1) if pick.chance(60) else some_day(pick)
            gone = max(listed, some_day(pick)) if pick.chance(30) else None
            scene.put("市场名录", {"国家地区": country, "市场": market, "列入日": listed, "移出日": gone})


def add_premium(scene: Scene, number: int, codes: list[str]) -> None:
    """A voucher for one country or two, with what was refunded of it."""
    pick = scene.pick
    first = pick.choose(COUNTRIES)
    day, code, insurer = some_day(pick), pick.choose(codes), pick.choose(INSURERS)
    for country in dict.fromkeys((first, pick.choose(COUNTRIES) if pick.chance(25) else first)):
        row: Row = {
            "承保机构": insurer,
            "缴费凭证号": f"V{number}",
            "国家地区": country,
            "统一社会信用代码": code,
            "保单号": f"B{number % 7}",
            "险种": pick.choose(OTHER_KINDS) if pick.chance(8) else pick.choose(KINDS),
            "缴费日": day,
            "实缴保费(万元)": amount(pick, 50),
            "币种": pick.choose(("美元", "欧元")) if pick.chance(8) else pick.choose((None, "人民币")),
        }
        scene.put("信保缴费", row)
        left = row["实缴保费(万元)"]
        for part in range(pick.choose((0, 0, 1, 2, 3))):
            back = left if pick.chance(25) else pick.integer(0, int(left / FEN)) * FEN
            if back > 0:
                left -= back
                edge = pick.choose(CUT_OFFS) + pick.integer(-1, 1) * DAY
                refund: Row = {"承保机构": insurer, "退费凭证号": f"T{number}-{part}", "国家地区": country}
                dated = {"缴费凭证号": f"V{number}", "退费日": min(max(day, edge), LAST), "退费金额(万元)": back}
                scene.put("信保退费", refund | dated)


def add_year_facts(scene: Scene, codes: list[str]) -> None:
    """Rates, budgets that suffice or not, and what the counties added."""
    pick = scene.pick
    for year in YEARS:
        rates = (("信保重点市场", ("50", "40", "33.3333", "0")), ("信保其他市场", ("30", "20", "12.3456", "0")))
        for item, choices in rates:
            if pick.chance(30):
                scene.put("年度比例", {"年度": year, "补助项目": item, "比例(%)": Decimal(pick.choose(choices))})
        if pick.chance(60):
            premiums = (row for row in scene.sheets.get("信保缴费", ()) if row["缴费日"].year == year)
            most = sum((row["实缴保费(万元)"] for row in premiums), Decimal(0)) / 2
            budget = pick.integer(0, int(most / FEN)) * FEN
            scene.put("资金总量", {"年度": year, "资金": "出口信保", "金额(万元)": budget})
        for code in codes:
            if pick.chance(35):
                row = {"年度": year, "统一社会信用代码": code, "配套金额(万元)": amount(pick, 60)}
                scene.put("信保配套", row)


def build(pick: Picker, year: int, size: int) -> MutableWorld:
    """A world of so many vouchers."""
    scene = Scene(pick, year, Workdays())
    codes = [usc_code(number) for number in range(1, 3 + size // 8)]
    for number, code in enumerate(codes):
        county = OUTSIDE if pick.chance(8) else pick.choose(COUNTIES[:3])
        name = f"样例{pick.choose('甲乙丙')}贸易{number % 3}"
        scene.put("企业", {"统一社会信用代码": code, "企业名称": name, "区市": county})
    add_markets(scene)
    for number in range(1, size + 1):
        add_premium(scene, number, codes)
    add_year_facts(scene, codes)
    return scene.sheets


def build_small(pick: Picker, year: int, most: int) -> MutableWorld:
    """A world of a few vouchers."""
    return build(pick, year, pick.integer(1, most))
