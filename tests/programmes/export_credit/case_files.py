"""Reads tests/programmes/export_credit/cases/*.yaml: worlds with what reviews of 短期出口信用保险保费支持 are to find in them.

How a case is written stands at the head of cases/defaults.yaml. `load_cases` gives them with every row of every sheet typed,
ready for an import and for the reference computation; `differences` judges a review, whoever computed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from programmes.farm_insurance.case_files import SHEETS as FARM_SHEETS
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
from programmes.tech_branch.case_files import SHEETS as LOAN_SHEETS

FOLDER = Path(__file__).resolve().parent / "cases"

SHEETS: dict[str, dict[str, str]] = {
    "企业": LOAN_SHEETS["企业"],
    "市场名录": {"国家地区": "text", "市场": "text", "列入日": "date", "移出日": "date"},
    "信保缴费": {
        "承保机构": "text",
        "缴费凭证号": "text",
        "国家地区": "text",
        "统一社会信用代码": "text",
        "保单号": "text",
        "险种": "text",
        "缴费日": "date",
        "实缴保费(万元)": "decimal",
        "币种": "text",
    },
    "信保退费": {
        "承保机构": "text",
        "退费凭证号": "text",
        "国家地区": "text",
        "缴费凭证号": "text",
        "退费日": "date",
        "退费金额(万元)": "decimal",
    },
    "信保配套": {"年度": "int", "统一社会信用代码": "text", "配套金额(万元)": "decimal"},
    "资金总量": FARM_SHEETS["资金总量"],
    "年度比例": FARM_SHEETS["年度比例"],
    "取消资格": LOAN_SHEETS["取消资格"],
}
"""The intake sheets that a case may have, with what each column holds."""

Fields = dict[str, tuple[str, str]]
LINE_FIELDS: Fields = {
    "区市": ("county", "text"),
    "统一社会信用代码": ("uscc", "text"),
    "企业名称": ("enterprise", "text"),
    "承保机构": ("insurer", "text"),
    "保单号": ("policy_no", "text"),
    "国家地区": ("country", "text"),
    "市场": ("market", "text"),
    "险种": ("kinds", "text"),
    "币种": ("currency", "text"),
    "缴费日": ("paid_on", "date"),
    "实缴保费": ("premium_fen", "fen"),
    "退费": ("refunded_fen", "fen"),
    "净保费": ("net_fen", "fen"),
    "比例": ("rate_percent", "decimal"),
    "需求": ("demand_fen", "fen"),
    "支持": ("subsidy_fen", "fen"),
    "不符合原因": ("reasons", "codes"),
}
"""What a case may expect of a line: Chinese name -> field and kind; amounts are written in 万元."""

ENTERPRISE_FIELDS: Fields = {
    "区市": ("county", "text"),
    "净保费": ("net_fen", "fen"),
    "支持": ("subsidy_fen", "fen"),
    "配套": ("matching_fen", "fen"),
    "超出": ("over_fen", "fen"),
}
CLAIM_FIELDS: Fields = {
    "年度": ("year", "int"),
    "支付年度": ("paid_year", "int"),
    "区市": ("county", "text"),
    "统一社会信用代码": ("uscc", "text"),
    "承保机构": ("insurer", "text"),
    "缴费凭证号": ("voucher_no", "text"),
    "国家地区": ("country", "text"),
    "追缴": ("claim_fen", "fen"),
}
STEP_KEYS = {"年度", "截止日", "今天", "预期", "各企业", "企业顺序", "顺序", "合计", "停发", "追缴", "拒绝"}
CASE_KEYS = {"名称", "条款", "分案", "逐年"} | STEP_KEYS | set(SHEETS)
Found = Mapping[str, Any]
"""A review: `lines`, `enterprises`, `claims` and `totals`, as the reference computation gives them."""


@dataclass(frozen=True)
class Step:
    """One review of a case and what is expected of it."""

    year: int
    as_of: date | None
    """None: the day is the clock's."""
    today: date | None
    """The day on which it is made, where that matters."""
    world: World
    """All facts on file at this step."""
    added: World
    """Those that came since the step before; the first step's are all."""
    approve: bool
    """Whether it is approved before the next step."""
    expected: dict[str, dict[str, Any] | None]
    """缴费凭证号, or 缴费凭证号/国家地区, or 承保机构/缴费凭证号 -> field -> value; None for a premium that has no line."""
    enterprises: dict[str, dict[str, Any] | None]
    """统一社会信用代码 -> field -> value; None for one that is not listed."""
    enterprise_order: tuple[str, ...] | None
    order: tuple[str, ...] | None
    """The vouchers in the order of the lines."""
    sums: dict[str, int]
    stopped: dict[str, int] | None
    """Code -> how many lines it stopped, every code that did."""
    claims: tuple[dict[str, Any], ...] | None
    refused: str | None
    """A part of the sentence with which it is refused."""


@dataclass(frozen=True)
class CreditCase:
    """A case of a file: one review, or several one after the other."""

    file: str
    article: str
    name: str
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        return f"{self.file}-{self.name}"


@cache
def usual() -> dict[str, Any]:
    """What a case leaves out."""
    loaded: dict[str, Any] = read_yaml(FOLDER / "defaults.yaml")
    return loaded


@cache
def load_cases() -> tuple[CreditCase, ...]:
    """Every case of every file, in order."""
    return load_folder(FOLDER, split, build_case)


def split(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """分案: each premium of the list is a case of its own, named by its voucher."""
    return [{**raw, "名称": f"{raw['名称']}：{row['缴费凭证号']}", "信保缴费": [row]} for row in raw["信保缴费"]]


def build_case(file: str, article: str, raw: dict[str, Any]) -> CreditCase:
    """A case from its YAML form."""
    only(raw, CASE_KEYS, raw["名称"])
    raw_steps = raw.get("逐年") or [raw]
    year = int(raw_steps[0]["年度"])
    sheets, expected = take_premiums({**usual()["缺省表"], **{sheet: raw[sheet] for sheet in SHEETS if sheet in raw}})
    world = typed_world(sheets, year, 0)
    steps: list[Step] = []
    for number, raw_step in enumerate(raw_steps):
        if "逐年" in raw:
            only(raw_step, STEP_KEYS | {"批准", "补录"}, raw["名称"])
        late_sheets, late_expected = take_premiums(raw_step.get("补录", {}))
        late = typed_world(late_sheets, int(raw_step["年度"]), number)
        world = {sheet: [*world.get(sheet, []), *late.get(sheet, [])] for sheet in SHEETS if {*world, *late} & {sheet}}
        expected = {**expected, **late_expected}
        steps.append(build_step(raw_step, expected, world, world if number == 0 else late))
    return CreditCase(file, raw.get("条款", article), raw["名称"], tuple(steps))


def build_step(raw: dict[str, Any], of_rows: Mapping[str, tuple[int, Any]], world: World, added: World) -> Step:
    """One review from its YAML form."""
    year = int(raw["年度"])
    expected = {name: wanted for name, (paid_in, wanted) in of_rows.items() if wanted == NOT_JUDGED or paid_in == year}
    as_of = raw.get("截止日", f"{year + 1}-01-31")
    return Step(
        year=year,
        as_of=date.fromisoformat(as_of) if as_of else None,
        today=date.fromisoformat(raw["今天"]) if "今天" in raw else None,
        world=world,
        added=added,
        approve=raw.get("批准", "是") == "是",
        expected={
            name: expectation(wanted, LINE_FIELDS) for name, wanted in {**expected, **raw.get("预期", {})}.items()
        },
        enterprises={
            value_of(name, "text"): expectation(wanted, ENTERPRISE_FIELDS)
            for name, wanted in raw.get("各企业", {}).items()
        },
        enterprise_order=tuple(value_of(name, "text") for name in raw["企业顺序"]) if "企业顺序" in raw else None,
        order=tuple(raw["顺序"]) if "顺序" in raw else None,
        sums=typed(raw.get("合计", {}), LINE_FIELDS),
        stopped={code: int(count) for code, count in raw["停发"].items()} if "停发" in raw else None,
        claims=tuple(typed(claim, CLAIM_FIELDS) for claim in raw["追缴"] or ()) if "追缴" in raw else None,
        refused=raw.get("拒绝"),
    )


def expectation(wanted: Any, fields: Fields) -> dict[str, Any] | None:
    return None if wanted == NOT_JUDGED else typed(wanted, fields)


def take_premiums(sheets: Mapping[str, Sequence[Row]]) -> tuple[dict[str, list[Row]], dict[str, tuple[int, Any]]]:
    """The sheets of a case and its expectations with the year of payment, what stands within a premium taken out of it."""
    taken: dict[str, list[Row]] = {sheet: [dict(row) for row in rows] for sheet, rows in sheets.items()}
    expected: dict[str, tuple[int, Any]] = {}
    premiums = []
    for raw in taken.get("信保缴费", ()):
        row = {**usual()["缺省列"]["信保缴费"], **raw}
        if "预期" in row:
            expected[row["缴费凭证号"]] = (int(row["缴费日"][:4]), row.pop("预期"))
        for refund in row.pop("信保退费", ()):
            named = {name: row[name] for name in ("承保机构", "缴费凭证号", "国家地区")}
            taken.setdefault("信保退费", []).append({**named, **refund})
        premiums.append(row)
    return {**taken, "信保缴费": premiums}, expected


def typed_world(sheets: Mapping[str, Sequence[Row]], year: int, part: int) -> World:
    """Rows with every column, typed: what is missing by default, nicknames replaced by codes."""
    for place, row in enumerate(sheets.get("信保退费", ()), start=1):
        row.setdefault("退费凭证号", f"TF{part}-{place}")
    world: World = {}
    for sheet, columns in SHEETS.items():
        for raw in sheets.get(sheet, ()):
            row = {**usual()["缺省列"].get(sheet, {}), **raw}
            if "年度" in columns:
                row.setdefault("年度", str(year))
            if sheet == "企业":
                row.setdefault("企业名称", f"样例{row['统一社会信用代码']}贸易")
            only(row, columns, sheet)
            typed_row = {header: value_of(row.get(header, ""), kind) for header, kind in columns.items()}
            world.setdefault(sheet, []).append(typed_row)
    return world


# --- judging what was computed ---------------------------------------------------------------------------


def differences(step: Step, found: Found) -> list[str]:
    """Where a computed review is not what the step expects; empty when all is well."""
    lines = found["lines"]
    wrong = matched(step.expected, lines, names_of)
    wrong += matched(step.enterprises, found["enterprises"], lambda each: (each["uscc"],))
    orders = (
        ("order", step.order, [line["voucher_no"] for line in lines]),
        ("enterprises", step.enterprise_order, [each["uscc"] for each in found["enterprises"]]),
    )
    wrong += [
        f"{name}: {computed}, expected {wanted}"
        for name, wanted, computed in orders
        if wanted is not None and tuple(computed) != wanted
    ]
    for field, total in step.sums.items():
        if (computed_sum := sum(line[field] for line in lines)) != total:
            wrong.append(f"total {field}: {computed_sum}, expected {total}")
    if step.stopped is not None and found["totals"]["stopped"] != step.stopped:
        wrong.append(f"stopped: {found['totals']['stopped']}, expected {step.stopped}")
    if step.claims is not None:
        if len(found["claims"]) != len(step.claims):
            wrong.append(f"{len(found['claims'])} claims, expected {len(step.claims)}: {list(found['claims'])}")
        for number, (wanted_claim, claim) in enumerate(zip(step.claims, found["claims"], strict=False), start=1):
            wrong += compare(f"claim {number}", wanted_claim, claim)
    return wrong


def names_of(line: Mapping[str, Any]) -> tuple[str, ...]:
    voucher = line["voucher_no"]
    return voucher, f"{voucher}/{line['country']}", f"{line['insurer']}/{voucher}"


def matched(expected: Mapping[str, dict[str, Any] | None], found: Sequence[Mapping[str, Any]], names: Any) -> list[str]:
    """The expectations that nothing, or something else, answers to."""
    wrong = []
    for name, wanted in expected.items():
        matching = [each for each in found if name in names(each)]
        if len(matching) != (0 if wanted is None else 1):
            wrong.append(f"{name}: {len(matching)} found")
        elif wanted is not None:
            wrong += compare(name, wanted, matching[0])
    return wrong
