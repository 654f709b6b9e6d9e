"""What every workbook says of its run, on sheet 说明."""

from typing import Any

from ledger import money
from ledger.programmes import PROGRAMMES
from ledger.runs.settlement import RunRecord
from reports.runs.run_words import SOLO_WORDS


def run_notes(run: RunRecord) -> list[tuple[str, str]]:
    """The programme, year, run, state, as-of date and document."""
    document = PROGRAMMES[run.programme].document
    approval = f"，{run.approved_by}，{run.approved_document}" if run.approved_at is not None else ""
    approval += f"。{SOLO_WORDS}" if run.solo else ""
    return [
        ("项目", document.name),
        ("年度", str(run.year)),
        ("运行号", str(run.id)),
        ("状态", run.standing + approval),
        ("截止日", run.as_of.isoformat()),
        ("文件", f"{document.number}《{document.title}》"),
    ]


def law_notes(run: RunRecord) -> list[tuple[str, str]]:
    """The values of the law that the run used, with their articles."""
    document = PROGRAMMES[run.programme].document
    return [
        (f"{document.number} {parameter.article}", f"{parameter.meaning}：{value_text(run.law[name], parameter.unit)}")
        for name, parameter in document.parameters.items()
    ]


_UNITS = {
    "days": "天", "workdays": "个工作日", "months": "个月", "years": "年", "month": "月", "day": "日",
}  # fmt: skip


def value_text(value: Any, unit: str) -> str:
    """A value of the law for people."""
    if unit == "names":
        return "、".join(value)
    if unit == "percent":
        return f"{money.percent_text(value)}%"
    if unit == "factor":
        return f"{money.percent_text(value, 1)} 倍"
    if unit == "wan":
        return money.wan_words(value)
    return f"{value} {_UNITS[unit]}"
