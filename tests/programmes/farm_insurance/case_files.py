"""Reads tests/programmes/farm_insurance/cases/*.yaml: worlds with what a review of 特色农产品保险奖补 is to find in them.

How a case is written stands at the head of cases/defaults.yaml. `load_cases` gives them with every row of every sheet typed,
ready for an import and for the reference computation; `differences` judges a review, whoever computed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from programmes.tech_branch.case_files import (
    NOT_JUDGED,
    Row,
    World,
    compare,
    load_folder,
    only,
    read_yaml,
    typed,
    value_of,
)

FOLDER = Path(__file__).resolve().parent / "cases"
FEN = Decimal("0.000001")  # in 万元

SHEETS: dict[str, dict[str, str]] = {
    "特色目录": {"标的": "text", "大类": "text", "列入日": "date", "移出日": "date"},
    "特色险种": {
        "险种编号": "text",
        "险种名称": "text",
        "区市": "text",
        "类别": "text",
        "标的": "text",
        "中央险种": "text",
    },
    "险种备案": {"险种编号": "text", "报备日": "date", "备案成功日": "date", "备案文号": "text"},
    "往年奖补": {"险种编号": "text", "级别": "text", "首次享受年度": "int"},
    "特色承保": {
        "年度": "int",
        "险种编号": "text",
        "承保机构": "text",
        "首单起期": "date",
        "保单件数": "int",
        "保费(万元)": "decimal",
        "农户保费(万元)": "decimal",
        "赔款(万元)": "decimal",
        "投保户数": "int",
        "投保数量": "int",
    },
    "区市补贴": {
        "承保机构": "text",
        "申请单号": "text",
        "险种编号": "text",
        "年度": "int",
        "申请日": "date",
        "申请金额(万元)": "decimal",
        "拨付日": "date",
        "拨付金额(万元)": "decimal",
        "拨款凭证号": "text",
    },
    "特色申请": {"年度": "int", "险种编号": "text", "收到日": "date"},
    "一票否决": {
        "情形": "text",
        "区市": "text",
        "险种编号": "text",
        "承保机构": "text",
        "认定日": "date",
        "解除日": "date",
        "认定文号": "text",
    },
    "二类分担": {"年度": "int", "险种编号": "text", "市级比例(%)": "decimal", "批准文号": "text"},
    "分配系数": {"年度": "int", "类别": "text", "系数": "decimal"},
    "资金总量": {"年度": "int", "资金": "text", "金额(万元)": "decimal"},
    "年度比例": {"年度": "int", "补助项目": "text", "比例(%)": "decimal"},
}
"""The intake sheets that a case may have, with what each column holds."""

OF_A_PRODUCT = ("特色承保", "区市补贴", "特色申请", "险种备案", "往年奖补", "二类分担")
"""Sheets whose rows, or whose columns alone, may stand within a product."""

LINE_FIELDS: dict[str, tuple[str, str]] = {
    "区市": ("county", "text"),
    "险种名称": ("product", "text"),
    "类别": ("class", "int"),
    "标的": ("object", "text"),
    "承保机构": ("insurers", "text"),
    "首单起期": ("started_on", "date"),
    "保单件数": ("policies", "int"),
    "保费": ("premium_fen", "fen"),
    "农户保费": ("farmer_fen", "fen"),
    "区市已补": ("county_paid_fen", "fen"),
    "收到日": ("received_on", "date"),
    "市级比例": ("city_rate_percent", "decimal"),
    "农户承担": ("farmer_share_fen", "fen"),
    "省级": ("province_fen", "fen"),
    "市级需求": ("city_demand_fen", "fen"),
    "市级": ("city_fen", "fen"),
    "中央": ("central_fen", "fen"),
    "净负担": ("county_net_fen", "fen"),
    "逾期笔数": ("late_count", "int"),
    "逾期金额": ("late_fen", "fen"),
    "赔付率": ("loss_percent", "decimal"),
    "赔付率偏低": ("loss_low", "int"),
    "不符合原因": ("reasons", "codes"),
}
"""What a case may expect of a line: Chinese name -> field and kind; amounts are written in 万元."""

LEFT: dict[str, tuple[str, str]] = {"中央剩余": ("central_left_fen", "fen")}
CASE_KEYS = {"名称", "条款", "分案", "年度", "今天", "顺序", "合计", "停发", "拒绝"} | set(SHEETS)
Found = Mapping[str, Any]


@dataclass(frozen=True)
class FarmCase:
    """One review and what is expected of it."""

    file: str
    article: str
    name: str
    year: int
    today: date | None
    """The day on which it is made, where that matters."""
    world: World
    expected: dict[str, dict[str, Any] | None]
    """险种编号 -> field -> value; None for a product that has no line."""
    order: tuple[str, ...] | None
    sums: dict[str, int]
    """Field -> sum over the lines."""
    totals: dict[str, Any]
    """Of the totals of the review: `central_left_fen`, `stopped`."""
    refused: str | None
    """A part of the sentence with which the review is refused."""

    @property
    def id(self) -> str:
        return f"{self.file}-{self.name}"


@cache
def usual() -> dict[str, Any]:
    """What a case leaves out."""
    loaded: dict[str, Any] = read_yaml(FOLDER / "defaults.yaml")
    return loaded


@cache
def load_cases() -> tuple[FarmCase, ...]:
    """Every case of every file, in order."""
    return load_folder(FOLDER, split, build_case)


def split(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """分案: each product of the list is a case of its own, named by its number."""
    return [{**raw, "名称": f"{raw['名称']}：{row['险种编号']}", "特色险种": [row]} for row in raw["特色险种"]]


def build_case(file: str, article: str, raw: dict[str, Any]) -> FarmCase:
    """A case from its YAML form."""
    only(raw, CASE_KEYS, raw["名称"])
    year = int(raw["年度"])
    rows: dict[str, list[Row]] = {sheet: [dict(row) for row in raw.get(sheet, ())] for sheet in SHEETS}
    rows["特色险种"] = []
    expected: dict[str, dict[str, Any] | None] = {}
    for product in raw.get("特色险种", ()):
        take_product(product, rows, expected)
    if "特色目录" not in raw:
        rows["特色目录"] = [{"标的": each} for each in dict.fromkeys(row["标的"] for row in rows["特色险种"])]
    complete(rows, year)
    sums = raw.get("合计", {})
    stopped = {"stopped": {code: int(count) for code, count in raw["停发"].items()}} if "停发" in raw else {}
    only(sums, LINE_FIELDS.keys() | LEFT.keys(), raw["名称"])
    return FarmCase(
        file=file,
        article=raw.get("条款", article),
        name=raw["名称"],
        year=year,
        today=date.fromisoformat(raw["今天"]) if "今天" in raw else None,
        world={sheet: [type_row(sheet, row) for row in rows[sheet]] for sheet in SHEETS if rows[sheet]},
        expected=expected,
        order=tuple(raw["顺序"]) if "顺序" in raw else None,
        sums=typed({name: value for name, value in sums.items() if name in LINE_FIELDS}, LINE_FIELDS),
        totals=typed({name: value for name, value in sums.items() if name in LEFT}, LEFT) | stopped,
        refused=raw.get("拒绝"),
    )


def take_product(
    raw: Mapping[str, Any], rows: dict[str, list[Row]], expected: dict[str, dict[str, Any] | None]
) -> None:
    """Takes a product, and what else stands in it: its expectation, rows of other sheets, columns of their usual rows."""
    number = raw["险种编号"]
    product = {name: value for name, value in raw.items() if name in SHEETS["特色险种"]}
    product = {**usual()["缺省列"]["特色险种"], **product}
    product.setdefault("标的", "苹果" if product["类别"] == "第一类" else f"样例作物{number}")
    product.setdefault("险种名称", f"样例{product['标的']}保险")
    rows["特色险种"].append(product)
    used = {"预期", "一票否决", *SHEETS["特色险种"]}
    for sheet in OF_A_PRODUCT:
        columns = SHEETS[sheet].keys() - SHEETS["特色险种"].keys()
        short = {name: value for name, value in raw.items() if name in columns}
        own = raw.get(sheet, usual()["每险种"].get(sheet, [{}] if short else []))
        rows[sheet] += [{"险种编号": number, **short, **row} for row in own]
        used |= {sheet, *short}
    for veto in raw.get("一票否决", ()):
        named = {"险种编号": number} if veto["情形"] == "五" else {}
        rows["一票否决"].append({"区市": product["区市"], **named, **veto})
    only(raw, used, number)
    if "预期" in raw:
        expected[number] = None if raw["预期"] == NOT_JUDGED else typed(raw["预期"], LINE_FIELDS)


def complete(rows: dict[str, list[Row]], year: int) -> None:
    """Fills in what the rows leave out: the year, dates and amounts that follow from others, the usual columns."""
    for sheet, own in rows.items():
        for row in own:
            if "年度" in SHEETS[sheet]:
                row.setdefault("年度", str(year))
            row.update({**usual()["缺省列"].get(sheet, {}), **row})
    premiums: dict[tuple[str, str], Decimal] = {}
    for row in rows["特色承保"]:
        row.setdefault("首单起期", f"{row['年度']}-04-01")
        premium = Decimal(row["保费(万元)"])
        row.setdefault("农户保费(万元)", str((premium * Decimal("0.4")).quantize(FEN, ROUND_HALF_UP)))
        key = (row["险种编号"], row["年度"])
        premiums[key] = premiums.get(key, Decimal(0)) + premium
    for place, row in enumerate(rows["区市补贴"], start=1):
        row.setdefault("申请单号", f"SQ{place}")
        row.setdefault("拨付日", f"{row['年度']}-07-03")
        row.setdefault("申请日", min(f"{row['年度']}-06-01", row["拨付日"] or "9999-12-31"))
        half = (premiums.get((row["险种编号"], row["年度"]), Decimal(2)) / 2).quantize(FEN, ROUND_DOWN)
        if row["拨付日"]:
            row.setdefault("拨付金额(万元)", str(half))
            row.setdefault("拨款凭证号", f"PZ{place}")
        row.setdefault("申请金额(万元)", row.get("拨付金额(万元)") or str(half))
    for row in rows["特色申请"]:
        row.setdefault("收到日", f"{int(row['年度']) + 1}-01-31")


def type_row(sheet: str, row: Row) -> Row:
    only(row, SHEETS[sheet], sheet)
    return {header: value_of(row.get(header, ""), kind) for header, kind in SHEETS[sheet].items()}


# --- judging what was computed ---------------------------------------------------------------------------


def differences(case: FarmCase, lines: Sequence[Mapping[str, Any]], totals: Mapping[str, Any]) -> list[str]:
    """Where a computed review is not what the case expects; empty when all is well."""
    wrong = []
    for number, wanted in case.expected.items():
        matching = [line for line in lines if line["product_no"] == number]
        if len(matching) != (0 if wanted is None else 1):
            wrong.append(f"{number}: {len(matching)} lines")
        elif wanted is not None:
            wrong += compare(number, wanted, matching[0])
    if case.order is not None and tuple(line["product_no"] for line in lines) != case.order:
        wrong.append(f"order: {[line['product_no'] for line in lines]}, expected {list(case.order)}")
    for field, total in case.sums.items():
        if (computed := sum(line[field] for line in lines)) != total:
            wrong.append(f"total {field}: {computed}, expected {total}")
    return wrong + compare("totals", case.totals, totals)
