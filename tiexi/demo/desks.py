"""What lies on the desks of the demonstration's portal: for whoever signs in something to do, as far as his role has it to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine

from ledger import people
from ledger.accounts import accounts
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.runs import settlement
from ledger.store import Store
from ledger.uploads import deciding, judging, receiving
from ledger.uploads.receiving import Limits, Wanted
from tiexi.demo import life, review, workbooks
from tiexi.demo.city import BANKS, YEARS, Row, World
from tiexi.demo.library import INSURERS, INVESTORS, REVIEWED, Library

_NEXT = YEARS[-1] + 1


@dataclass(frozen=True)
class Sent:
    """A file that somebody has sent: by whom, called what, from which unit, its rows. reason: of an amendment, which its second
    person has confirmed already, so that it waits for the city."""

    login: str
    name: str
    unit: str
    sheets: Mapping[str, list[Row]]
    reason: str | None = None


def go_on(engine: Engine, folder: Path) -> None:
    """Takes 拨投贷保, which stands approved, on to where its approver closes it: the first year's money where it belongs."""
    with db.reading(engine) as connection:
        run = settlement.choose_run(connection, review.PROGRAMME.key, REVIEWED[0])
    life.allot(engine, run)
    life.pay(engine, folder / "拨投贷保", run, lambda row: True)


def fill(engine: Engine, store: Store, folder: Path, world: World) -> None:
    """Sends everybody's files, each by its account; folder: where they are written first."""
    for one in _files(world):
        path = workbooks.write_book(folder / f"{one.name}.xlsx", _NEXT, one.unit, dict(one.sheets))
        _send(engine, store, one.login, path, one.reason)
    _send(engine, store, "yinhang", workbooks.write_spoiled(folder, world), None)


def _send(engine: Engine, store: Store, login: str, path: Path, reason: str | None) -> None:
    with db.reading(engine) as connection:
        account = accounts.get(connection, login)
    with people.acting_as(login), path.open("rb") as file:
        upload, _ = receiving.receive(engine, store, account, path.name, file, Wanted(amend_reason=reason), Limits())
        judging.judge(engine, store, upload.id)
    if reason is not None:
        with db.reading(engine) as connection:
            reviewer = accounts.get(connection, f"{login}-fuhe")
        with people.acting_as(reviewer.login):
            deciding.confirm(engine, store, upload.id, reviewer)


def _files(world: World) -> Iterator[Sent]:
    year, bank, insurer, investor, county = YEARS[-1], BANKS[0], INSURERS[0], INVESTORS[0], COUNTIES[0]
    loan = next(one for one in world.books(year) if one[0] == bank)[1]["贷款"][0]
    newer = {"发放日": date(_NEXT, 3, 2), "到期日": date(_NEXT + 1, 3, 2), "资料上传日": date(_NEXT, 3, 4)}
    fresh = loan | {"借据编号": f"LJ{_NEXT}-0001"} | newer
    yield Sent("yinhang", f"{_NEXT}-新增贷款-{bank}", bank, {"贷款": [fresh]})
    amended = loan | {"合同编号": "样例合同更正-1"}
    yield Sent("yinhang", f"{year}-更正-{bank}", bank, {"贷款": [amended]}, reason="合同编号录错")
    code = world.enterprises[0].code
    objection = {
        "年度": year,
        "统一社会信用代码": code,
        "收到日": date(_NEXT, 2, 5),
        "事项": "认为贴息月数应为 12 个月",
    }
    yield Sent("shiji", f"{year}-异议", "市地方金融监管局", {"异议": [objection]})
    yield Sent("caizheng", f"{_NEXT}-预算", "市财政局", {"预算": [_budget("全市", 900)]})
    yield Sent("qushi-caizheng", f"{_NEXT}-预算-{county}", f"{county}财政局", {"预算": [_budget(county, 120)]})
    held = {"统一社会信用代码": code, "资质类别": "专精特新中小企业", "有效期起": date(_NEXT, 1, 1), "有效期止": None}
    yield Sent("gongxin", f"{_NEXT}-专精特新", "市工信局", {"资质": [held]})
    weight = {"年度": _NEXT, "类别": "第二类", "系数": Decimal("0.6")}
    yield Sent("nongxian", f"{_NEXT}-分配系数", "市财政局", {"分配系数": [weight]})
    market = {"国家地区": "样例新国", "市场": "新兴市场", "列入日": date(_NEXT, 1, 1), "移出日": None}
    yield Sent("shangwu", f"{_NEXT}-市场名录", "市商务局", {"市场名录": [market]})
    rows = dict(Library(world).books())
    policy = rows[insurer]["保单"][0] | {"保单号": f"BD{_NEXT}-001"}
    yield Sent("baoxian", f"{_NEXT}-保单-{insurer}", insurer, {"保单": [policy]})
    stake = rows[investor]["股权投资"][0] | {"投资编号": f"TZ{_NEXT}-001"}
    yield Sent("touzi", f"{_NEXT}-股权投资-{investor}", investor, {"股权投资": [stake]})


def _budget(extent: str, amount: int) -> Row:
    return {"年度": _NEXT, "范围": extent, "金额(万元)": Decimal(amount)}
