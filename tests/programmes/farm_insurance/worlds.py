"""Random worlds for a review of 特色农产品保险奖补, crowded around the thresholds of 威财金〔2023〕11号.

Every world is valid, so an import takes it. The picker is that of `worlds`.
"""

from datetime import date, timedelta
from decimal import Decimal

from programmes.tech_branch.oracle_figures import COUNTIES, Workdays
from scenes import DAY, FEN, MutableWorld, Picker, Row, Scene

YEARS = (2023, 2024)
INSURERS = ("样例一财险", "样例二财险", "样例三财险")
OBJECTS = {
    "第一类": ("苹果", "桃", "温室大棚"),
    "第二类": ("样例茶", "样例参"),
    "第三类": ("样例茶", "样例贝", "样例藻"),
}
CUT_OFFS = (date(2022, 2, 10), date(2023, 2, 10), date(2024, 2, 10), date(2025, 2, 10))
CLASSES = ("第三类", "第三类", "第一类", "第二类")


def near_cut_off(pick: Picker) -> date:
    return pick.choose(CUT_OFFS) + timedelta(days=pick.integer(-1, 1))


def amount(pick: Picker, rounds: tuple[int, ...]) -> Decimal:
    """Round sums, sums a fen off them, and sums that leave fractions of a fen."""
    kind = pick.integer(0, 3)
    if kind < 2:
        return Decimal(pick.choose(rounds))
    if kind == 2:
        return pick.choose(rounds) + pick.integer(-1, 1) * FEN
    return pick.integer(1, rounds[-1] * 1_000_000) * FEN


def farmers(pick: Picker, premium: Decimal, policies: int) -> Decimal:
    """About 40% of the premium, often at the edge of what the rounding of the policies explains."""
    exact = premium * Decimal("0.4")
    off = pick.choose((0, 0, policies, -policies, policies + 2, -policies - 2)) * FEN / 2
    rounded = (exact + (0 if pick.chance(50) else off)).quantize(FEN)
    return min(max(rounded, Decimal(0)), premium)


def add_product(scene: Scene, number: int) -> None:
    """A product with what its county says of it."""
    pick, product_no = scene.pick, f"P{number}"
    kind = pick.choose(CLASSES)
    scene.put(
        "特色险种",
        {
            "险种编号": product_no,
            "险种名称": f"样例保险{number}",
            "区市": pick.choose(("荣成市", "文登区", "乳山市")) if pick.chance(75) else pick.choose(COUNTIES),
            "类别": kind,
            "标的": pick.choose(OBJECTS[kind]) if pick.chance(40) or kind == "第一类" else f"样例作物{number}",
            "中央险种": pick.choose(("范围内", "创新部分")) if pick.chance(15) else "范围外",
        },
    )
    for year in (2022, 2023, 2024):
        if pick.chance(85 if year == scene.year else 50):
            add_insurance(scene, product_no, year)
    for level in ("省级", "市级"):
        if pick.chance(60):
            scene.put(
                "往年奖补",
                {"险种编号": product_no, "级别": level, "首次享受年度": pick.choose((2022, 2021, 2023, 2024))},
            )
    if pick.chance(55):
        reported = pick.choose((date(2022, 6, 1), date(2023, 3, 30), date(2023, 3, 31), date(2023, 4, 1)))
        edge = pick.choose((date(2023, 4, 1), date(2023, 12, 31), date(2024, 12, 31))) + pick.integer(-1, 1) * DAY
        row: Row = {"险种编号": product_no, "报备日": reported}
        accepted = max(reported, edge) if pick.chance(90) else None
        scene.put("险种备案", {**row, "备案成功日": accepted, "备案文号": "样例备案1号" if accepted else None})
    if kind == "第二类":
        for year in YEARS:
            if pick.chance(80):
                percent = Decimal(pick.choose(("20", "0", "50", "12.3456", "33.3333")))
                row = {"年度": year, "险种编号": product_no, "市级比例(%)": percent, "批准文号": "样例财金2号"}
                scene.put("二类分担", row)


def add_insurance(scene: Scene, product_no: str, year: int) -> None:
    """A year's insurance of a product: policies, what the county paid, the application."""
    pick = scene.pick
    insurers = INSURERS[: 2 if pick.chance(25) else 1] if pick.chance(80) else INSURERS[1:]
    for insurer in insurers:
        premium, policies = amount(pick, (50, 100, 50, 49, 1000, 2500)), pick.integer(1, 9)
        scene.put(
            "特色承保",
            {
                "年度": year,
                "险种编号": product_no,
                "承保机构": insurer,
                "首单起期": pick.choose((date(year, 4, 1), date(year, 1, 1), date(year, 3, 31), date(year, 12, 31))),
                "保单件数": policies,
                "保费(万元)": premium,
                "农户保费(万元)": farmers(pick, premium, policies),
                "赔款(万元)": (premium * Decimal(pick.choose(("0.7", "0", "0.6", "0.8")))).quantize(FEN)
                + pick.integer(0, 1) * FEN,
                "投保户数": None,
                "投保数量": None,
            },
        )
        for part in range(pick.integer(0, 2) if pick.chance(30) else 1):
            add_payment(scene, product_no, year, insurer, premium, part)
    if pick.chance(92):
        received = date(year + 1, 2, 10) + (pick.integer(-2, 1) if pick.chance(60) else -20) * DAY
        scene.put("特色申请", {"年度": year, "险种编号": product_no, "收到日": received})


def add_payment(scene: Scene, product_no: str, year: int, insurer: str, premium: Decimal, part: int) -> None:
    """An application of an insurer for the county's part, paid or not, about a quarter later or about a cut-off."""
    pick = scene.pick
    number = f"{product_no}-{year}-{part}"
    asked = max((premium * Decimal(pick.choose(("0.6", "0.5", "0.3", "0.05")))).quantize(FEN), FEN)
    asked_on = pick.choose((*[date(year, 6, 1)] * 3, date(year, 11, 10), date(year, 11, 9), date(year, 11, 30)))
    row: Row = {
        "承保机构": insurer,
        "申请单号": number,
        "险种编号": product_no,
        "年度": year,
        "申请日": asked_on,
        "申请金额(万元)": asked,
        "拨付日": None,
        "拨付金额(万元)": None,
        "拨款凭证号": None,
    }
    if pick.chance(88):
        paid_on = asked_on + pick.integer(88, 93) * DAY
        if pick.chance(12):
            paid_on = near_cut_off(pick)
        elif pick.chance(30):
            paid_on = date(year + 1, 2, 10) + pick.choose((0, -1, 0, 1)) * DAY
        if paid_on < asked_on:
            row["申请日"] = paid_on
        paid = asked if pick.chance(80) else max((asked / 2).quantize(FEN), FEN)
        row |= {"拨付日": paid_on, "拨付金额(万元)": paid, "拨款凭证号": f"V{number}"}
    scene.put("区市补贴", row)


def add_catalogue(scene: Scene) -> None:
    """Mostly every object is listed; some came or went about the end of a year."""
    pick = scene.pick
    for name in dict.fromkeys(row["标的"] for row in scene.sheets.get("特色险种", ())):
        edge = date(scene.year, 12, 31)
        row: Row = {"标的": name, "大类": "其他品种", "列入日": date(2020, 1, 1), "移出日": None}
        if pick.chance(7):
            row["列入日"] = edge + pick.integer(0, 1) * DAY
        elif pick.chance(7):
            row["移出日"] = edge + pick.integer(-1, 1) * DAY
        scene.put("特色目录", row)


def add_vetoes(scene: Scene) -> None:
    """Records of every kind, about the cut-offs."""
    pick, keys = scene.pick, set()
    insured = sorted({row["承保机构"] for row in scene.sheets.get("特色承保", ())})
    products = scene.sheets.get("特色险种", [])
    for _ in range(pick.integer(0, 1) + len(products) // 6):
        product, kind = pick.choose(products), pick.choose("四三五一二")
        row: Row = {
            "情形": kind,
            "区市": product["区市"] if kind in "三四五" else pick.choose(COUNTIES),
            "险种编号": None,
            "承保机构": None,
            "认定日": near_cut_off(pick),
            "解除日": None,
            "认定文号": "样例查1号",
        }
        if kind in "三四":
            if not insured:
                continue
            row["承保机构"] = pick.choose(insured)
            row["险种编号"] = product["险种编号"] if pick.chance(90) else None
        elif kind == "五":
            row["险种编号"] = product["险种编号"]
            row["承保机构"] = pick.choose(insured) if insured and pick.chance(50) else None
        if kind != "四" and pick.chance(70):
            row["解除日"] = max(row["认定日"], near_cut_off(pick))
        key = tuple(row[name] for name in ("情形", "区市", "险种编号", "承保机构", "认定日"))
        if key not in keys:
            keys.add(key)
            scene.put("一票否决", row)


def add_year_facts(scene: Scene) -> None:
    """Rates, coefficients and purses, some of which are too small."""
    pick = scene.pick
    premiums = sum(int(row["保费(万元)"]) for row in scene.sheets.get("特色承保", ()) if row["年度"] == scene.year)
    for year in YEARS:
        for item, choices in (("特色险市级", ("10", "5", "3.3333", "0")), ("特色险中央", ("25", "20", "12.5", "0"))):
            if pick.chance(30):
                scene.put("年度比例", {"年度": year, "补助项目": item, "比例(%)": Decimal(pick.choose(choices))})
        for kind in ("第二类", "第三类"):
            if pick.chance(40):
                coefficient = Decimal(pick.choose(("1", "2", "0.5", "0", "1.2345")))
                scene.put("分配系数", {"年度": year, "类别": kind, "系数": coefficient})
        for money, most in (("特色险中央", 40), ("特色险市级", 10)):
            if pick.chance(70):
                purse = pick.integer(0, max(1, premiums * most // 100) * 1_000_000) * FEN
                scene.put("资金总量", {"年度": year, "资金": money, "金额(万元)": purse})


def build(pick: Picker, year: int, size: int) -> MutableWorld:
    """A world of so many products."""
    scene = Scene(pick, year, Workdays())
    for number in range(1, size + 1):
        add_product(scene, number)
    add_catalogue(scene)
    add_vetoes(scene)
    add_year_facts(scene)
    return scene.sheets


def build_small(pick: Picker, year: int, most: int) -> MutableWorld:
    """A world of a few products."""
    return build(pick, year, pick.integer(1, most))
