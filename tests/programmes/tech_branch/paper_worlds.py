"""Papers for random worlds: from when on the platform decides, and what it received, crowded around the last days."""

from datetime import date, timedelta
from typing import Any

from programmes.tech_branch.oracle_figures import PROGRAMME, UPLOAD_WORKDAYS, Uncovered, Workdays
from programmes.tech_branch.oracle_loans import REQUIRED
from scenes import MutableWorld, Picker, Row

PAPERS = "收到的资料"
_EVENTS = (("贷款", "发放", "发放日"), ("还款", "还款", "还款日"), ("展期", "展期", "展期日"))


def with_papers(pick: Picker, world: MutableWorld, year: int, limit: date) -> MutableWorld:
    """The world with starts of the platform, and papers of most events; none came after a day."""
    made: MutableWorld = {name: list(rows) for name, rows in world.items()}
    starts = made.setdefault("资料平台启用", [])
    if pick.chance(75):
        starts.append({"范围": "全市", "启用日": _start(pick, year), "批准文号": "威样例1号"})
    for bank in dict.fromkeys(row["银行名称"] for row in world.get("合作银行", ())):
        if pick.chance(20):
            starts.append({"范围": bank, "启用日": _start(pick, year), "批准文号": "威样例2号"})
    workdays = Workdays(world.get("工作日历", ()))
    papers = made.setdefault(PAPERS, [])
    for sheet, event, header in _EVENTS:
        for row in world.get(sheet, ()):
            if sheet != "贷款" or row["业务品种"] == PROGRAMME or pick.chance(30):
                papers += _papers(pick, workdays, row, event, row[header], limit)
    return made


def _start(pick: Picker, year: int) -> date:
    return pick.choose(
        (date(year, 1, 1), date(year, 7, 3), date(year - 1, 4, 10), date(year, 12, 31), date(year + 1, 6, 1))
    )


def _papers(pick: Picker, workdays: Workdays, row: Row, event: str, on: date, limit: date) -> list[Row]:
    """In one file or one for each kind, twice now and then, mostly in time; some missing, of another day or of nothing."""
    required = REQUIRED[event]
    sets: list[str] = ["、".join(required)] if pick.chance(60) else list(required)
    if pick.chance(10):
        sets.append("其他")
    if pick.chance(15):
        sets.append(required[0])
    found: list[Row] = []
    for kinds in sets:
        if pick.chance(8):
            continue
        day = on + timedelta(days=1) if pick.chance(4) else on
        received = _received(pick, workdays, on)
        if day <= received <= limit:
            key: dict[str, Any] = {"银行名称": row["银行名称"], "借据编号": row["借据编号"]}
            found.append({**key, "业务": event, "业务日": day, "资料": kinds, "收到日": received})
    return found


def _received(pick: Picker, workdays: Workdays, on: date) -> date:
    if pick.chance(70):
        return on
    try:
        last = workdays.add(on, UPLOAD_WORKDAYS)
    except Uncovered:
        return on
    return max(on, last + timedelta(days=pick.choose((0, 1, -1, 30))))
