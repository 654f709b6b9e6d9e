"""Reads tests/programmes/tech_branch/cases/*.yaml: worlds with what is expected of them, written for policy officers.

Every scalar is read as text and then taken by its column, so 4.35 never becomes a float and 2023-08-21 is a date
because it stands under 发放日. What a case leaves out comes from cases/defaults.yaml. The cases are checked with
`differences`, whoever computed the lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from programmes.tech_branch.oracle_figures import add_months, fen

FOLDER = Path(__file__).resolve().parent / "cases"
_Case = TypeVar("_Case")
Row = dict[str, Any]
World = dict[str, list[Row]]

PAPERS = "收到的资料"  # no sheet: what the platform received, and when
SHEETS: dict[str, dict[str, str]] = {
    "企业": {"统一社会信用代码": "text", "企业名称": "text", "区市": "text"},
    "资质": {"统一社会信用代码": "text", "资质类别": "text", "有效期起": "date", "有效期止": "date"},
    "合作银行": {"银行名称": "text", "合作起始日": "date", "合作终止日": "date"},
    "工作日历": {"日期": "date", "类型": "text"},
    "LPR": {"公布日期": "date", "一年期LPR(%)": "decimal"},
    "项目库": {
        "项目编号": "text",
        "项目名称": "text",
        "统一社会信用代码": "text",
        "入库日": "date",
        "出库日": "date",
    },
    "贷款": {
        "银行名称": "text",
        "借据编号": "text",
        "合同编号": "text",
        "业务品种": "text",
        "统一社会信用代码": "text",
        "贷款金额(万元)": "decimal",
        "发放日": "date",
        "到期日": "date",
        "年利率(%)": "decimal",
        "担保方式": "text",
        "资料上传日": "date",
        "项目编号": "text",
    },
    "还款": {
        "银行名称": "text",
        "借据编号": "text",
        "还款日": "date",
        "还本金额(万元)": "decimal",
        "付息金额(万元)": "decimal",
        "资料上传日": "date",
    },
    "展期": {
        "银行名称": "text",
        "借据编号": "text",
        "展期日": "date",
        "新到期日": "date",
        "资料上传日": "date",
    },
    "年末余额": {"年度": "int", "银行名称": "text", "借据编号": "text", "年末余额(万元)": "decimal"},
    "历史享受年限": {"统一社会信用代码": "text", "截至年度": "int", "已享受年限": "int"},
    "年限豁免": {"统一社会信用代码": "text", "年度": "int", "批准文号": "text"},
    "上传豁免": {"银行名称": "text", "借据编号": "text", "业务日": "date", "批准文号": "text"},
    "资料平台启用": {"范围": "text", "启用日": "date", "批准文号": "text"},
    PAPERS: {**dict.fromkeys(("银行名称", "借据编号", "业务", "资料"), "text"), "业务日": "date", "收到日": "date"},
    "撤销": {
        "银行名称": "text",
        "借据编号": "text",
        "认定日": "date",
        "认定文号": "text",
        "事由": "text",
    },
    "取消资格": {"主体": "text", "取消日": "date", "批准文号": "text"},
    "年度比例": {"年度": "int", "补助项目": "text", "比例(%)": "decimal"},
    "奖补比例": {"年度": "int", "银行名称": "text", "奖补比例(%)": "decimal"},
    "预算": {"年度": "int", "范围": "text", "金额(万元)": "decimal"},
    "保单": {
        "保险公司": "text",
        "保单号": "text",
        "统一社会信用代码": "text",
        "项目编号": "text",
        "险种": "text",
        "保险起期": "date",
        "保险止期": "date",
        "缴费日": "date",
        "实缴保费(万元)": "decimal",
    },
    "研发补助": {
        "项目编号": "text",
        "年度": "int",
        "研发投入(万元)": "decimal",
        "补助比例(%)": "decimal",
        "批准日": "date",
        "批准金额(万元)": "decimal",
    },
    "股权投资": {
        "投资机构": "text",
        "投资编号": "text",
        "统一社会信用代码": "text",
        "投资日": "date",
        "投资金额(万元)": "decimal",
        "认定系数": "decimal",
    },
}
"""The intake sheets that a case may have, with what each column holds."""

LINE_FIELDS: dict[str, tuple[str, str]] = {
    "区市": ("county", "text"),
    "银行名称": ("bank", "text"),
    "企业名称": ("enterprise", "text"),
    "统一社会信用代码": ("uscc", "text"),
    "借据编号": ("note_no", "text"),
    "贷款金额": ("amount_fen", "fen"),
    "发放日": ("disbursed_on", "date"),
    "到期日": ("due_on", "date"),
    "年利率(%)": ("rate_percent", "decimal"),
    "担保方式": ("guarantee", "text"),
    "LPR(%)": ("lpr_percent", "decimal"),
    "已享受政策年限": ("years_enjoyed", "int"),
    "年末余额": ("balance_fen", "fen"),
    "贴息月数": ("months", "int"),
    "贴息基数": ("interest_base_fen", "fen"),
    "贴息需求": ("interest_demand_fen", "fen"),
    "贴息金额": ("interest_fen", "fen"),
    "贴息市级": ("interest_city_fen", "fen"),
    "贴息县级": ("interest_county_fen", "fen"),
    "奖补基数": ("bonus_base_fen", "fen"),
    "奖补比例(%)": ("bonus_rate_percent", "decimal"),
    "奖补需求": ("bonus_demand_fen", "fen"),
    "奖补金额": ("bonus_fen", "fen"),
    "奖补市级": ("bonus_city_fen", "fen"),
    "奖补县级": ("bonus_county_fen", "fen"),
    "不符合原因": ("reasons", "codes"),
}
"""What a case may expect of a line: Chinese name -> field and kind; amounts are written in 万元."""

CLAIM_FIELDS: dict[str, tuple[str, str]] = {
    "年度": ("year", "int"),
    "支付年度": ("paid_year", "int"),
    "区市": ("county", "text"),
    "银行名称": ("bank", "text"),
    "统一社会信用代码": ("uscc", "text"),
    "借据编号": ("note_no", "text"),
    "代码": ("code", "text"),
    "追缴贴息": ("interest_fen", "fen"),
    "追缴贴息市级": ("interest_city_fen", "fen"),
    "追缴贴息县级": ("interest_county_fen", "fen"),
    "追缴奖补": ("bonus_fen", "fen"),
    "追缴奖补市级": ("bonus_city_fen", "fen"),
    "追缴奖补县级": ("bonus_county_fen", "fen"),
}
"""The same for a claim."""

STEP_KEYS = {"年度", "截止日", "今天", "预期", "顺序", "合计", "追缴", "拒绝"}
CASE_KEYS = {"名称", "条款", "分案", "逐年"} | STEP_KEYS
NOT_JUDGED = "不纳入"


@dataclass(frozen=True)
class Step:
    """One settlement of a case and what is expected of it."""

    year: int
    as_of: date
    today: date | None
    """The day on which it is made, where that matters."""
    world: World
    """All facts on file at this step."""
    added: World
    """Those that came since the step before; the first step's are all."""
    approve: bool
    """Whether it is approved before the next step."""
    expected: dict[str, dict[str, Any] | None]
    """Note number, or bank/note number -> field -> value; None for a loan that is not judged."""
    order: tuple[str, ...] | None
    totals: dict[str, int]
    claims: tuple[dict[str, Any], ...] | None
    refused: str | None
    """A part of the sentence with which it is refused."""


@dataclass(frozen=True)
class Case:
    """A case of a file: one settlement, or several one after the other."""

    file: str
    article: str
    name: str
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        return f"{self.file}-{self.name}"


def read_yaml(path: Path) -> Any:
    """The file with every scalar as text."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


@cache
def defaults() -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(FOLDER / "defaults.yaml")
    return loaded


@cache
def load_cases() -> tuple[Case, ...]:
    """Every case of every file, in order."""
    return load_folder(FOLDER, split, build_case)


def load_folder(
    folder: Path,
    split: Callable[[dict[str, Any]], list[dict[str, Any]]],
    build: Callable[[str, str, dict[str, Any]], _Case],
) -> tuple[_Case, ...]:
    """Every case of every file of a folder, in order. split: a case of several (分案) as one each; build(file, article, raw)
    makes a case."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "defaults.yaml":
            content = read_yaml(path)
            only(content, {"条款", "说明", "案例"}, path.name)
            for raw in content["案例"]:
                each = split(raw) if raw.get("分案") == "是" else [raw]
                found += [build(path.stem, content["条款"], one) for one in each]
    return tuple(found)


def only(mapping: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """A misspelt key is an error, not a case that tests nothing."""
    unknown = set(mapping) - set(allowed)
    if unknown:
        raise ValueError(f"{where}: {'、'.join(sorted(unknown))}?")


def split(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """分案: each loan of the list is a case of its own, named by its note number."""
    return [{**raw, "名称": f"{raw['名称']}：{loan['借据编号']}", "贷款": [loan]} for loan in raw["贷款"]]


def build_case(file: str, article: str, raw: dict[str, Any]) -> Case:
    """A case from its YAML form."""
    name = raw["名称"]
    only(raw, CASE_KEYS | set(SHEETS), name)
    sheets, expected = take_loans(raw)
    world = default_world(sheets)
    steps: list[Step] = []
    raw_steps = raw.get("逐年") or [raw]
    for number, raw_step in enumerate(raw_steps):
        if "逐年" in raw:
            only(raw_step, STEP_KEYS | {"批准", "补录"}, name)
        late = {sheet: fill_rows(sheet, rows) for sheet, rows in raw_step.get("补录", {}).items()}
        world = {sheet: [*world.get(sheet, []), *late.get(sheet, [])] for sheet in {**world, **late}}
        own = {**expected, **raw_step.get("预期", {})}
        steps.append(build_step(raw_step, own, world, world if number == 0 else late))
    return Case(file, raw.get("条款", article), name, tuple(steps))


def build_step(raw: dict[str, Any], expected: dict[str, Any], world: World, added: World) -> Step:
    """One settlement from its YAML form."""
    year = int(raw["年度"])
    claims = raw.get("追缴")
    return Step(
        year=year,
        as_of=date.fromisoformat(raw["截止日"]) if "截止日" in raw else date(year + 1, 1, 31),
        today=date.fromisoformat(raw["今天"]) if "今天" in raw else None,
        world=world,
        added=added,
        approve=raw.get("批准", "是") == "是",
        expected={
            note: None if wanted == NOT_JUDGED else typed(wanted, LINE_FIELDS) for note, wanted in expected.items()
        },
        order=tuple(raw["顺序"]) if "顺序" in raw else None,
        totals=typed(raw.get("合计", {}), LINE_FIELDS),
        claims=None if claims is None else tuple(typed(claim, CLAIM_FIELDS) for claim in claims or ()),
        refused=raw.get("拒绝"),
    )


def take_loans(raw: dict[str, Any]) -> tuple[dict[str, list[Row]], dict[str, Any]]:
    """The sheets of a case and its expectations, those that stand within a loan's row taken out of it."""
    sheets: dict[str, list[Row]] = {sheet: list(raw[sheet]) for sheet in SHEETS if sheet in raw}
    expected: dict[str, Any] = {}
    loans = []
    for loan in sheets.get("贷款", []):
        row = {key: value for key, value in loan.items() if key in SHEETS["贷款"]}
        for key in loan.keys() - row.keys():
            if key == "预期":
                expected[row["借据编号"]] = loan[key]
            elif key in SHEETS:
                own: Row = {name: row[name] for name in ("银行名称", "借据编号") if name in row}
                sheets.setdefault(key, []).extend({**own, **event} for event in loan[key])
            else:
                raise ValueError(f"{raw['名称']}: {key}?")
        loans.append(row)
    sheets["贷款"] = loans
    return sheets, expected


def default_world(sheets: dict[str, list[Row]], usual: Mapping[str, Any] | None = None) -> World:
    """The sheets of a case, and the usual ones that it does not have."""
    wanted = {**(usual or defaults())["缺省表"], **sheets}
    return {sheet: fill_rows(sheet, wanted[sheet], usual) for sheet in SHEETS if wanted.get(sheet)}


def fill_rows(sheet: str, rows: Sequence[Row], usual: Mapping[str, Any] | None = None) -> list[Row]:
    return [fill_row(sheet, row, usual) for row in rows]


def fill_row(sheet: str, raw: Row, usual: Mapping[str, Any] | None = None) -> Row:
    """A row with every column, typed: what is missing by default, nicknames replaced by codes."""
    columns = SHEETS[sheet]
    only(raw, columns, sheet)
    known: Row = {**(usual or defaults())["缺省列"].get(sheet, {}), **raw}
    people = defaults()["代号"]
    for header in ("统一社会信用代码", "主体"):
        if known.get(header) in people:
            person = people[known[header]]
            known[header] = person["统一社会信用代码"]
            if "企业名称" in columns:
                known.setdefault("企业名称", person["企业名称"])
    row = {header: value_of(known.get(header, ""), kind) for header, kind in columns.items()}
    if sheet == "贷款" and "到期日" not in known:
        row["到期日"] = add_months(row["发放日"], 12)
    if "资料上传日" in columns and "资料上传日" not in known:
        row["资料上传日"] = row[{"贷款": "发放日", "还款": "还款日", "展期": "展期日"}[sheet]]
    return row


def typed(raw: Mapping[str, Any], fields: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Expectations by field name."""
    only(raw, fields, "预期")
    return {fields[name][0]: value_of(value, fields[name][1]) for name, value in raw.items()}


def value_of(text: Any, kind: str) -> Any:
    """A text by its kind; empty is None."""
    if kind == "codes":
        return tuple(text)
    if kind == "text" and text in defaults()["代号"]:
        return defaults()["代号"][text]["统一社会信用代码"]
    if text == "":
        return None
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "decimal":
        return Decimal(text)
    if kind == "fen":
        return fen(Decimal(text))
    return int(text) if kind == "int" else text


# --- judging what was computed ---------------------------------------------------------------------------


def differences(step: Step, lines: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where a computed settlement is not what the step expects; empty when all is well."""
    found = []
    for note, wanted in step.expected.items():
        matching = [line for line in lines if note in (line["note_no"], f"{line['bank']}/{line['note_no']}")]
        if len(matching) != (0 if wanted is None else 1):
            found.append(f"{note}: {len(matching)} lines")
        elif wanted is not None:
            found += compare(f"{note}", wanted, matching[0])
    if step.order is not None and tuple(line["note_no"] for line in lines) != step.order:
        found.append(f"order: {[line['note_no'] for line in lines]}, expected {list(step.order)}")
    for field, total in step.totals.items():
        if (computed := sum(line[field] for line in lines)) != total:
            found.append(f"total {field}: {computed}, expected {total}")
    if step.claims is not None:
        if len(claims) != len(step.claims):
            found.append(f"{len(claims)} claims, expected {len(step.claims)}: {list(claims)}")
        for number, (expected, claim) in enumerate(zip(step.claims, claims, strict=False), start=1):
            found += compare(f"claim {number}", expected, claim)
    return found


def compare(name: str, wanted: Mapping[str, Any], computed: Mapping[str, Any]) -> list[str]:
    """The fields that differ."""
    return [
        f"{name}.{field}: {computed[field]!r}, expected {value!r}"
        for field, value in wanted.items()
        if computed[field] != value
    ]
