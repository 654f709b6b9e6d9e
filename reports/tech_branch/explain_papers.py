"""第十七条 in an explanation: which day counted, the one reported or that of the platform's receipts, and the papers themselves."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger import models
from ledger.facts import receipts
from ledger.papers import records
from ledger.papers.records import Filed
from ledger.programmes.tech_branch import law as policy
from ledger.programmes.tech_branch.year import REQUIRED
from ledger.runs.settlement import RunRecord
from reports.lineage.explanation import NOTE, Point
from reports.lineage.rules import seen

_FIRST = policy.EVENT_KINDS[0]
_BY_RECEIPT, _BY_REPORT = "以资料平台收到的日期为准", "以报送的资料上传日为准"


def starts_of(connection: Connection, run: RunRecord) -> receipts.Starts:
    """From when receipts decided, as a run knew it."""
    return receipts.starts(connection, *seen(models.PlatformStartFact, run))


class Papers:
    """The papers of one stored line as its run knew them; nothing is asked where receipts decide nowhere."""

    def __init__(
        self, connection: Connection, run: RunRecord, row: Mapping[str, Any], begun: receipts.Starts | None = None
    ) -> None:
        self._run, self._row = run, row
        self._begun = starts_of(connection, run) if begun is None else begun
        self._filed: list[Filed] = []
        if not self._begun.none:
            known = records.of_note(connection, row["bank_id"], row["note_no"], run.last_paper_state_id, run.as_of)
            self._filed = [one for one in known if one.state == receipts.KEPT]

    def _decide(self, event_on: date) -> bool:
        return self._begun.decide(self._row["bank_id"], event_on)

    def _firsts(self, event: str, event_on: date) -> dict[str, date]:
        of = [one for one in self._filed if (one.event, one.event_on) == (event, event_on)]
        return receipts.first_receipts((receipts.BETWEEN.join(one.kinds), one.received_on) for one in of)

    def which(self, event_on: date) -> str:
        """Which of the two days counted for an event, as the end of a sentence; '' where there is only the reported one."""
        if self._begun.none:
            return ""
        start = self._begun.of(self._row["bank_id"])
        if self._decide(event_on):
            return f"（{_BY_RECEIPT}，{start} 启用）"
        return f"（{_BY_REPORT}；" + (f"平台 {start} 启用）" if start else "该银行没有启用平台）")

    def came(self) -> str:
        """When the papers of the disbursement came, where they are in time."""
        row = self._row
        if not self._decide(row["disbursed_on"]):
            return f"发放资料 {row['uploaded_on']} 上传"
        day = receipts.complete_on(REQUIRED[_FIRST], self._firsts(_FIRST, row["disbursed_on"]))
        return f"发放资料 {day} 收齐"

    def late(self, event: str, event_on: date, uploaded_on: date | None) -> str:
        """How the papers of an event were not in time."""
        if not self._decide(event_on):
            return f"{uploaded_on} 才上传" if uploaded_on else "没有上传"
        if uploaded_on:
            return f"{uploaded_on} 才收齐"
        firsts = self._firsts(event, event_on)
        return f"没有收齐（缺{receipts.BETWEEN.join(kind for kind in REQUIRED[event] if kind not in firsts)}）"

    def points(self) -> Iterator[Point]:
        """The papers of what was judged, each with its receipt and its hash; a reported day beside them where one was given."""
        row, year = self._row, self._run.year
        judged = [
            one
            for one in self._filed
            if one.event_on is not None
            and (one.event == _FIRST or one.event_on.year == year)
            and self._decide(one.event_on)
        ]
        for one in sorted(judged, key=lambda one: (one.event_on, one.received_at, one.id)):
            sm3 = f"，SM3 {one.sm3}" if one.sm3 else ""
            text = (
                f"{one.event_on} {one.event}：{receipts.BETWEEN.join(one.kinds)}，{one.received_on} 收到，第 {one.id} 号资料 "
                f"{one.file}（SHA-256 {one.sha256}{sm3}）"
            )
            yield Point("资料", "收到的资料", NOTE, "第十七条", "", text)
        if row["uploaded_on"] is not None and self._decide(row["disbursed_on"]):
            text = f"报送的发放资料上传日为 {row['uploaded_on']}，只供对照"
            yield Point("资料", "报送的上传日", NOTE, "第十七条", "", text)
