"""The devices of a year read, judged and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from ledger import models, money
from ledger.computing.spool import Spool
from ledger.database import db
from ledger.facts.partitions import Partition
from ledger.law.document import Values
from ledger.lazy import pd
from ledger.programmes.assumptions import Assumptions
from ledger.programmes.judging import Fingerprint, Judged, Judging, at_once, stopped
from toy import law
from toy.law import DOCUMENT
from toy.tables import DeviceFact, DeviceLine


@dataclass(frozen=True)
class Facts:
    """The devices bought in the year, by number."""

    year: int
    as_of: date
    values: Values
    devices: pd.DataFrame


def read(connection: Connection, year: int, as_of: date, part: Partition, assumed: Assumptions) -> Facts:
    fact, company, anchor = DeviceFact, models.EnterpriseFact, models.Enterprise
    query = (
        select(
            fact.id.label("device_fact_id"), fact.device_no, company.id.label("enterprise_fact_id"), anchor.uscc,
            company.name.label("enterprise_name"), company.county, fact.price_fen.label("price"),
        )
        .join(anchor, anchor.id == fact.enterprise_id)
        .join(company, company.enterprise_id == fact.enterprise_id)
        .where(
            fact.retired_by.is_(None), company.retired_by.is_(None), fact.bought_on >= date(year, 1, 1),
            fact.bought_on <= min(date(year, 12, 31), as_of),
        )
        .order_by(fact.device_no)
    )  # fmt: skip
    devices = db.fetch_frame(connection, part.within(query, fact.enterprise_id))
    return Facts(year, as_of, DOCUMENT.values(date(year, 12, 31)), devices)


def judge(facts: Facts) -> tuple[Facts, pd.DataFrame]:
    return facts, law.settle(facts.devices, facts.values)


def join(parts: Sequence[tuple[Facts, pd.DataFrame]], _: Spool) -> Judged:
    facts = parts[0][0]
    lines = pd.concat([frame for _, frame in parts]).sort_values("device_no", kind="stable").reset_index(drop=True)
    fingerprint = Fingerprint()
    fingerprint.add_value("run", (DOCUMENT.programme, facts.year, facts.as_of.isoformat(), facts.values.as_dict()))
    fingerprint.add_frame("lines", lines.drop(columns=["device_fact_id", "enterprise_fact_id"]))
    columns = {
        "line_no": range(1, len(lines) + 1),
        **{name: lines[name].tolist() for name in ("device_fact_id", "enterprise_fact_id", "reasons")},
        **{f"{name}_fen": lines[name].tolist() for name in ("subsidy", "province", "city")},
        "county_fen": lines["county_part"].tolist(),
    }
    summary = {
        "devices": len(lines),
        "subsidy_fen": money.total(lines["subsidy"].to_numpy()),
        "stopped": stopped(law.CONDITIONS, lines["reasons"]),
    }
    table = models.table_of(DeviceLine)
    return Judged([(table, at_once(columns))], len(lines), facts.values.as_dict(), fingerprint.hexdigest(), summary)


JUDGING = Judging(read, judge, join, law.CONDITIONS, DeviceFact.enterprise_id)
