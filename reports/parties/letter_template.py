"""The kept template of letters to enterprises. `python -m reports.parties.letter_template` writes it; a test fails when it lags
behind. An office may put its own in its place (--template)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.writing.official_letter import BODY, DATED, HEADING, NOTE, RECEIVER, SIGNED, TITLE, Each, Text, keep

PATH = Path(__file__).parent / "templates" / "letter.docx"

_LETTER = (
    Text(TITLE, "关于{{ 年度 }}年度\n{{ 事项 }}结果的告知书"),
    Text(RECEIVER, "{{ 企业 }}（{{ 代码 }}）："),
    Text(BODY, "根据《{{ 办法 }}》（{{ 文号 }}），现将你单位{{ 年度 }}年度{{ 事项 }}的结果告知如下。{{ 结果 }}"),
    Each("笔", "各笔", (
        Text(HEADING, "{{ 笔.标题 }}"),
        Text(BODY, "{{ 笔.结论 }}"),
        Each("条", "笔.理由", (Text(BODY, "{{ 条 }}"),)),
    )),
    Each("", "追缴", (
        Text(HEADING, "需要收回的以前年度补助"),
        Each("条", "追缴", (Text(BODY, "{{ 条 }}"),)),
    )),
    Text(HEADING, "你单位可以"),
    Each("条", "可以", (Text(BODY, "{{ 条 }}", last=True),)),
    Text(NOTE, "依据：{{ 依据 }}"),
    Text(BODY, ""),
    Text(SIGNED, "{{ 落款 }}"),
    Text(SIGNED, DATED),
)  # fmt: skip
TEMPLATES: dict[str, Sequence[Any]] = {"letter": _LETTER}

if __name__ == "__main__":
    keep(PATH.parent, TEMPLATES)
