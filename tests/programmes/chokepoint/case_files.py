"""Reads tests/programmes/chokepoint/cases/*.yaml: worlds with what a review of 拨投贷保 is to find in them.

The form is that of tests/programmes/tech_branch/cases (see `case_files` there), whose nicknames, typing and filling-in serve here; what a case
leaves out comes from cases/defaults.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from programmes.tech_branch.case_files import (
    NOT_JUDGED,
    SHEETS,
    Row,
    World,
    compare,
    default_world,
    defaults,
    load_folder,
    only,
    read_yaml,
    typed,
)

FOLDER = Path(__file__).resolve().parent / "cases"

Fields = dict[str, tuple[str, str]]
_CODES: Fields = {"区市": ("county", "text"), "不符合原因": ("reasons", "codes")}
KINDS: dict[str, tuple[str, str, Fields]] = {
    "贷款": (
        "loans",
        "借据编号",
        {
            **_CODES,
            "到期日": ("due_on", "date"),
            "LPR(%)": ("lpr_percent", "decimal"),
            "截止日余额": ("balance_fen", "fen"),
            "备案额度": ("filed_fen", "fen"),
            "风险资金补助": ("subsidy_fen", "fen"),
        },
    ),
    "保单": ("policies", "保单号", {**_CODES, "保费补贴": ("subsidy_fen", "fen")}),
    "研发补助": (
        "grants",
        "项目编号",
        {**_CODES, "研发补助": ("granted_fen", "fen"), "此前累计": ("granted_before_fen", "fen")},
    ),
    "股权投资": (
        "investments",
        "投资编号",
        {**_CODES, "认定系数": ("factor", "decimal"), "认定金额": ("recognised_fen", "fen")},
    ),
}
"""Sheet -> kind of line, the column that names a row in a case, and what a case may expect of a line."""

NAMES = {"loans": "note_no", "policies": "policy_no", "grants": "project_no", "investments": "investment_no"}
CASE_KEYS = {"名称", "条款", "分案", "年度", "今天", "预期", "顺序", "合计", "拒绝"} | set(SHEETS)
Lines = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class ReviewCase:
    """One review and what is expected of it."""

    file: str
    article: str
    name: str
    year: int
    today: date | None
    world: World
    expected: dict[str, dict[str, dict[str, Any] | None]]
    """Kind -> name of the row, or bank/name -> field -> value; None for a row that is not judged."""
    order: tuple[str, ...] | None
    totals: dict[str, dict[str, int]]
    refused: str | None

    @property
    def id(self) -> str:
        return f"{self.file}-{self.name}"


@cache
def usual() -> dict[str, Any]:
    """What a case leaves out: the second document's own tables and columns over those of the first."""
    own = read_yaml(FOLDER / "defaults.yaml")
    return {name: {**defaults()[name], **own.get(name, {})} for name in ("代号", "缺省表", "缺省列")}


@cache
def load_review_cases() -> tuple[ReviewCase, ...]:
    """Every case of every file, in order."""
    return load_folder(FOLDER, split, build_case)


def split(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """分案: each row of the one list among 贷款, 保单, ... is a case of its own, named by its number."""
    (sheet,) = (sheet for sheet in KINDS if sheet in raw)
    column = KINDS[sheet][1]
    return [{**raw, "名称": f"{raw['名称']}：{row[column]}", sheet: [row]} for row in raw[sheet]]


def build_case(file: str, article: str, raw: dict[str, Any]) -> ReviewCase:
    """A case from its YAML form."""
    only(raw, CASE_KEYS, raw["名称"])
    sheets: dict[str, list[Row]] = {}
    expected: dict[str, dict[str, Any]] = {kind: {} for kind, _, _ in KINDS.values()}
    for sheet in SHEETS:
        for row in raw.get(sheet, ()):
            take_row(sheet, row, sheets, expected)
    for name, wanted in raw.get("预期", {}).items():
        expected["loans"][name] = expectation(wanted, KINDS["贷款"][2])
    sums = raw.get("合计", {})
    only(sums, {name for _, _, fields in KINDS.values() for name in fields}, raw["名称"])
    totals = {
        kind: typed({name: sum_ for name, sum_ in sums.items() if name in fields}, fields)
        for kind, _, fields in KINDS.values()
    }
    return ReviewCase(
        file=file,
        article=raw.get("条款", article),
        name=raw["名称"],
        year=int(raw["年度"]),
        today=date.fromisoformat(raw["今天"]) if "今天" in raw else None,
        world=default_world(sheets, usual()),
        expected=expected,
        order=tuple(raw["顺序"]) if "顺序" in raw else None,
        totals=totals,
        refused=raw.get("拒绝"),
    )


def take_row(sheet: str, raw: Row, sheets: dict[str, list[Row]], expected: dict[str, dict[str, Any]]) -> None:
    """Takes a row of a case, and what else stands in it: its expectation, and rows of other sheets about its loan."""
    row = {key: value for key, value in raw.items() if key in SHEETS[sheet]}
    sheets.setdefault(sheet, []).append(row)
    for key in raw.keys() - row.keys():
        if key == "预期" and sheet in KINDS:
            kind, column, fields = KINDS[sheet]
            expected[kind][row[column]] = expectation(raw[key], fields)
        elif key in SHEETS:
            own = {name: row[name] for name in ("银行名称", "借据编号") if name in row}
            sheets[key] = [*sheets.get(key, []), *({**own, **event} for event in raw[key])]
        else:
            raise ValueError(f"{sheet}: {key}?")


def expectation(wanted: Any, fields: Fields) -> dict[str, Any] | None:
    return None if wanted == NOT_JUDGED else typed(wanted, fields)


def differences(case: ReviewCase, found: Lines) -> list[str]:
    """Where a computed review is not what the case expects; empty when all is well."""
    wrong = []
    for kind, names in case.expected.items():
        for name, wanted in names.items():
            matching = [
                line
                for line in found[kind]
                if name in (name_of(kind, line), f"{line.get('bank')}/{name_of(kind, line)}")
            ]
            if len(matching) != (0 if wanted is None else 1):
                wrong.append(f"{kind} {name}: {len(matching)} lines")
            elif wanted is not None:
                wrong += compare(f"{kind} {name}", wanted, matching[0])
        for field, total in case.totals[kind].items():
            if (computed := sum(line[field] for line in found[kind])) != total:
                wrong.append(f"total {kind} {field}: {computed}, expected {total}")
    if case.order is not None:
        order = tuple(name_of(kind, line) for kind in ("loans", "policies") for line in found[kind])
        if order != case.order:
            wrong.append(f"order: {order}, expected {case.order}")
    return wrong


def name_of(kind: str, line: Mapping[str, Any]) -> str:
    return str(line[NAMES[kind]])
