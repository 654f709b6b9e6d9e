"""告知书: what an enterprise is told of its year, whatever the document: one letter or all, and until when it may object.

A document gives what the letters say (`Told`), enterprise by enterprise; a letter tells of its own enterprise only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from ledger.errors import Refused
from ledger.facts import positions
from ledger.law.conditions import Condition
from ledger.law.document import Document
from ledger.runs.settlement import RunRecord
from ledger.workdays import day_date, day_number, today
from reports.lineage.explanation import FAILED, HELD, Point
from reports.parties.letter_template import PATH
from reports.report import Written
from reports.writing import files, letters, progress

KNOWN = ("年度", "事项", "企业", "代码", "办法", "文号", "结果", "各笔", "追缴", "可以", "落款", "依据")
NEEDED = ("年度", "企业", "结果", "各笔", "可以")
Told = dict[str, Any]


def writer(
    document: Document, told_of: Callable[[Connection, RunRecord, date, str | None], Iterator[Told]]
) -> Callable[..., Written]:
    """How a document's letters are written. told_of(connection, run, last day for objections, code or None for all) gives
    what they say."""

    def write(
        connection: Connection,
        run: RunRecord,
        path: Path,
        uscc: str | None = None,
        all: bool | None = None,
        until: date | None = None,
        template: Path | None = None,
    ) -> Written:
        """The letter to one enterprise into a file, or to all into a folder."""
        last = until_day(connection, document, until)
        form = letters.Template(template or PATH, KNOWN, NEEDED)
        if uscc is not None:
            (told,) = list(told_of(connection, run, last, uscc))
            letters.write(path, form, told)
            return Written([(path, f"{told['企业']}，{len(told['各笔'])} 笔")])
        if path.is_file():
            raise Refused(f"OUT「{path}」是文件", "；--all 写入文件夹")
        everybody = told_of(connection, run, last, None)
        count = sum(1 for _ in letters.write_all(path, form, ((_file_name(told), told) for told in everybody)))
        return Written([(path, f"{count} 封")])

    return write


def telling(codes: Sequence[str]) -> Iterator[str]:
    """The enterprises to be told, one after the other, telling how far it is."""
    for number, code in enumerate(codes, start=1):
        progress.tell(number, len(codes), "告知书")
        yield code


def until_day(connection: Connection, document: Document, until: date | None) -> date:
    """The last day for objections: as given, else so many working days from today. Refused for one that has passed."""
    if until is not None:
        if until < today():
            raise Refused(f"提出异议、补正的末日 {until} 已经过去；应为今天（{today()}）或以后")
        return until
    count = document.number_near("objection_workdays", today())
    calendar = positions.calendar(connection)
    found = calendar.add_workdays(np.array([day_number(today())], dtype=np.int64), count)
    calendar.require_known()
    return day_date(int(found[0]))


def unknown(run: RunRecord, uscc: str, what: str) -> Refused:
    """That a run has nothing of an enterprise that a letter could tell."""
    sentence = f"{run.year} 年度第 {run.id} 号运行中没有企业 {uscc} 的{what}；请核对代码"
    return Refused(sentence, "，或用 tiexi find 查找")


def common(run: RunRecord, document: Document, matter: str, office: str) -> Told:
    """What every letter of a run says."""
    approved = f"，{run.approved_document}" if run.approved_document else ""
    return {
        "年度": run.year,
        "事项": matter,
        "办法": document.title,
        "文号": document.number,
        "落款": office,
        "依据": f"第 {run.id} 号运行（{run.standing}，截止日 {run.as_of}）{approved}",
    }


def standing_words(run: RunRecord) -> str:
    """That a trial is not yet the result."""
    return "" if run.approved_at is not None else "本结果尚未审核通过，以审核通过的结果为准。"


def why_not(points: Sequence[Point], codes: Mapping[str, Condition] | None = None) -> list[str]:
    """The conditions that were not met, as a letter tells them; codes: only these."""
    return [
        f"{one.title.partition('（')[0]}（{one.article}，{one.code}）{'待核实' if one.outcome == HELD else '不符合'}：{one.text}。"
        for one in points
        if one.outcome in (FAILED, HELD) and (codes is None or one.code in codes)
    ]


def may_do(cures: Mapping[str, str], codes: set[str], until: date, office: str, by: str) -> Iterator[str]:
    """What an enterprise may do, by the codes on its lines: each code's cure, who hands in the papers, until when."""
    number = 1
    found = [cure for code, cure in cures.items() if code in codes]
    if found:
        yield f"{number}. 补正。{until} 前（含当日）由{by}提交资料：{''.join(found)}"
        number += 1
    yield f"{number}. 提出异议。对以上结果有异议的，{until} 前（含当日）向{office}书面提出，写明哪一笔、哪一项和理由，并附证明材料。"


def _file_name(told: Mapping[str, Any]) -> str:
    """By code and name, without what no file's name can have."""
    return files.safe(f"告知书-{told['代码']}-{told['企业'][:40]}.docx")
