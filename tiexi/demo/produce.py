"""The invented city's farm insurance: one county's products of all three classes, and others that meet each condition once.

In 2023 the centre's money is not enough for what class 1 asks, and the city's not for class 3; in 2024 what was new a year
before has been filed and paid for a year.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from tiexi.demo.city import Row

REVIEWED = (2023, 2024)
BUREAU = "农业农村局"
EXPLAINED = "TSX-WD04"
INSURERS = ("丰禾样例农业保险公司", "海田样例农业保险公司")
_HOME, _NEIGHBOUR = "文登区", "荣成市"
_CLASSES = {1: "第一类", 2: "第二类", 3: "第三类"}
# number, county, class, object, premium and what the county paid (万元) of a product that passes everything in both years
_PASSING: tuple[tuple[str, str, int, str, str, str], ...] = (
    ("TSX-WD01", _HOME, 1, "苹果", "1250.5", "500.2"),
    ("TSX-WD02", _HOME, 1, "温室大棚", "680", "272"),
    ("TSX-WD03", _HOME, 2, "样例花生", "320", "96"),
    ("TSX-WD04", _HOME, 3, "样例西洋参", "212.345678", "106.172839"),
    ("TSX-WD05", _HOME, 3, "样例草莓", "75", "30"),
    ("TSX-RC01", _NEIGHBOUR, 1, "苹果", "860", "387"),
    ("TSX-RC02", _NEIGHBOUR, 3, "样例海带", "2100", "1250"),
    ("TSX-RC03", _NEIGHBOUR, 3, "样例海参", "430", "200"),
)
# each fails what its comment says in 2023: what is said otherwise than of one that passes
_ODD: tuple[tuple[str, str, int, str, dict[str, Any]], ...] = (
    ("TSX-WD11", _HOME, 3, "样例小麦", {"central": "范围内"}),  # A_CENTRAL
    ("TSX-WD12", _HOME, 3, "样例仙草", {"listed": False}),  # A_CATALOGUE
    ("TSX-WD13", _HOME, 3, "样例茶叶", {"premium": "49.999999"}),  # A_SCALE
    ("TSX-WD14", _HOME, 3, "样例蓝莓", {"paid": None}),  # A_COUNTY
    ("TSX-WD15", _HOME, 3, "样例樱桃", {"province": None, "city": None, "filed": date(2023, 1, 20)}),  # A_YEAR
    ("TSX-WD16", _HOME, 3, "样例板栗", {"city": None, "filed": None}),  # A_FILED
    ("TSX-WD17", _HOME, 2, "样例大蒜", {"share": None}),  # A_SPLIT
    ("TSX-WD18", _HOME, 3, "样例生姜", {"paid": "50"}),  # A_BOOKS
    ("TSX-WD19", _HOME, 3, "样例大姜", {"received": (2, 11)}),  # A_APPLIED
    ("TSX-WD20", _HOME, 3, "样例西洋参", {}),  # A_OBJECT
    ("TSX-RS01", "乳山市", 3, "样例牡蛎", {"veto": "一"}),
    ("TSX-HC01", "环翠区", 3, "样例无花果", {"veto": "二"}),
    ("TSX-RC11", _NEIGHBOUR, 3, "样例扇贝", {"veto": "三", "insurer": INSURERS[1]}),
    ("TSX-RC12", _NEIGHBOUR, 3, "样例鲍鱼", {"veto": "四", "insurer": INSURERS[1]}),
    ("TSX-RC13", _NEIGHBOUR, 3, "样例对虾", {"veto": "五"}),
)
_SHARE = "20"
_FUNDS = {2023: {"特色险中央": Decimal(600), "特色险市级": Decimal(220)}, 2024: {"特色险中央": Decimal(900)}}


def books(year: int) -> list[tuple[str, dict[str, list[Row]]]]:
    """(sender, its rows by sheet) of a year, in the order in which they can be taken in."""
    products = list(_PASSING) + [(number, county, kind, thing, "60", "24") for number, county, kind, thing, _ in _ODD]
    odd = {number: said for number, _, _, _, said in _ODD}
    sheets: dict[str, list[Row]] = {}
    for number, county, kind, thing, premium, paid in products:
        said = odd.get(number, {})
        if year == REVIEWED[0]:
            _register(sheets, number, county, kind, thing, said)
        _insure(sheets, year, number, kind, Decimal(said.get("premium", premium)), said.get("paid", paid), said)
        if "veto" in said and year == REVIEWED[0]:
            _veto(sheets, said["veto"], county, number, said.get("insurer"))
    for fund, amount in _FUNDS[year].items():
        _put(sheets, "资金总量", {"年度": year, "资金": fund, "金额(万元)": amount})
    _put(sheets, "分配系数", {"年度": year, "类别": "第三类", "系数": Decimal("1.5")})
    return [(BUREAU, sheets)]


def _put(sheets: dict[str, list[Row]], sheet: str, row: Row) -> None:
    sheets.setdefault(sheet, []).append(row)


def _register(
    sheets: dict[str, list[Row]], number: str, county: str, kind: int, thing: str, said: dict[str, Any]
) -> None:
    """What is said of a product once: catalogue, product, filing, and what it was given before."""
    known = [row["标的"] for row in sheets.get("特色目录", ())]
    if said.get("listed", True) and thing not in known:
        _put(sheets, "特色目录", {"标的": thing, "大类": "其他品种", "列入日": date(2022, 7, 1), "移出日": None})
    what = "目标价格保险" if kind == 2 else "种植保险" if kind == 1 else "特色保险"
    _put(sheets, "特色险种", {
        "险种编号": number, "险种名称": f"样例{thing.removeprefix('样例')}{what}", "区市": county, "类别": _CLASSES[kind],
        "标的": thing, "中央险种": said.get("central", "范围外"),
    })  # fmt: skip
    filed = said.get("filed", date(2022, 11, 1))
    if filed:
        _put(sheets, "险种备案", {
            "险种编号": number, "报备日": filed, "备案成功日": filed.replace(day=28), "备案文号": f"样例备〔{filed.year}〕{number[-2:]}号",
        })  # fmt: skip
    for level, key in (("省级", "province"), ("市级", "city")):
        if said.get(key, True):
            _put(sheets, "往年奖补", {"险种编号": number, "级别": level, "首次享受年度": 2022})


def _insure(
    sheets: dict[str, list[Row]],
    year: int,
    number: str,
    kind: int,
    premium: Decimal,
    paid: str | None,
    said: dict[str, Any],
) -> None:
    """A year's insurance: what was insured, what the county paid for it, the application, the share of class 2."""
    insurer = said.get("insurer", INSURERS[0])
    farmer = (premium * 2 / 5).quantize(Decimal("0.000001"))
    _put(sheets, "特色承保", {
        "年度": year, "险种编号": number, "承保机构": insurer, "首单起期": date(year, 4, 1), "保单件数": 120, "保费(万元)": premium,
        "农户保费(万元)": farmer, "赔款(万元)": (premium * (58 + int(number[-2:]) * 7 % 40) / 100).quantize(Decimal("0.01")),
        "投保户数": 340, "投保数量": 5600,
    })  # fmt: skip
    if paid is not None:
        late = number.endswith("05")  # its quarter is over by then
        _put(sheets, "区市补贴", {
            "承保机构": insurer, "申请单号": f"SQ{year}-{number}", "险种编号": number, "年度": year, "申请日": date(year, 6, 10),
            "申请金额(万元)": Decimal(paid), "拨付日": date(year, 10, 8) if late else date(year, 8, 20),
            "拨付金额(万元)": Decimal(paid), "拨款凭证号": f"BK{year}-{number}",
        })  # fmt: skip
    month, day = said.get("received", (1, 25))
    _put(sheets, "特色申请", {"年度": year, "险种编号": number, "收到日": date(year + 1, month, day)})
    if kind == 2 and said.get("share", _SHARE):
        _put(sheets, "二类分担", {
            "年度": year, "险种编号": number, "市级比例(%)": Decimal(_SHARE), "批准文号": f"威样例财〔{year}〕6号",
        })  # fmt: skip


def _veto(sheets: dict[str, list[Row]], kind: str, county: str, number: str, insurer: str | None) -> None:
    """第六条: a record that was put right by the end of 2024, but for a penalty."""
    of_county = kind in ("一", "二")
    _put(sheets, "一票否决", {
        "情形": kind, "区市": county, "险种编号": None if of_county else number, "承保机构": insurer, "认定日": date(2023, 9, 1),
        "解除日": None if kind == "四" else date(2024, 12, 31), "认定文号": f"威样例查〔2023〕{number[-2:]}号",
    })  # fmt: skip
