"""The portal of the demonstration: a copy of its database with an account per role, and the line that starts it.

The database of the demonstration itself stays without accounts: from the first account on every change asks for one.
"""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from ledger import people
from ledger.accounts import accounts, managing, passwords
from ledger.accounts.roles import name_of
from ledger.counties import COUNTIES
from ledger.database import backup, db
from ledger.store import Store
from ledger.uploads import deciding, judging, receiving
from ledger.uploads.receiving import Limits, Wanted
from reports.writing import files
from tiexi.demo import papers, workbooks
from tiexi.demo.city import BANKS, YEARS, World
from tiexi.demo.library import INSURERS, INVESTORS
from tiexi.terminal import printing

DATABASE, LIST, STORE = "门户.db", "账号.txt", "门户文件库"


@dataclass(frozen=True)
class _Person:
    """Who gets an account."""

    login: str
    name: str
    unit: str
    role: str
    scope: str | None = None


_NEWCOMER = _Person("xinren", "样例新人", "样例单位", "")


def _people() -> list[_Person]:
    bank, insurer, investor, county = BANKS[0], INSURERS[0], INVESTORS[0], COUNTIES[0]
    return [
        _Person("yinhang", "样例经办甲", bank, "clerk", f"bank:{bank}"),
        _Person("yinhang-fuhe", "样例复核甲", bank, "reviewer", f"bank:{bank}"),
        _Person("baoxian", "样例经办乙", insurer, "clerk", f"insurer:{insurer}"),
        _Person("baoxian-fuhe", "样例复核乙", insurer, "reviewer", f"insurer:{insurer}"),
        _Person("touzi", "样例经办丙", investor, "clerk", f"investor:{investor}"),
        _Person("touzi-fuhe", "样例复核丙", investor, "reviewer", f"investor:{investor}"),
        _Person("qushi", "样例初审", f"{county}地方金融监管局", "county", f"county:{county}"),
        _Person("qushi-caizheng", "样例区市财政", f"{county}财政局", "county_finance", f"county:{county}"),
        _Person("shiji", "样例市级经办", "市地方金融监管局", "city"),
        _Person("shenhe", "样例市级审核", "市地方金融监管局", "approver"),
        _Person("caizheng", "样例市财政", "市财政局", "finance"),
        _Person("keji", "样例科技经办", "市科技局", "tech"),
        _Person("keji-shenhe", "样例科技审核", "市科技局", "tech_approver"),
        _Person("nongxian", "样例农险经办", "市财政局", "agri"),
        _Person("nongxian-shenhe", "样例农险审核", "市财政局", "agri_approver"),
        _Person("shangwu", "样例商务经办", "市商务局", "commerce"),
        _Person("shangwu-shenhe", "样例商务审核", "市商务局", "commerce_approver"),
        _Person("gongxin", "样例工信经办", "市工信局", "industry"),
        _Person("shenji", "样例审计", "市审计局", "auditor"),
        _Person("guanli", "样例系统管理", "市地方金融监管局", "admin"),
        _Person("anquan", "样例安全管理", "市地方金融监管局", "security"),
        _Person("rizhi", "样例安全审计", "市地方金融监管局", "logs"),
    ]


def run(engine: Engine, folder: Path, world: World) -> None:
    """Copies the demonstration's database and gives the copy its accounts, whose passwords are made up anew each time, and
    something for whoever signs in: files that wait, one with findings, an objection. The copy has a store of its own: that of
    the demonstration's papers, copied, and what is sent here."""
    with printing.progress("正在建立门户的账号 …"):
        backup.backup(engine, folder / DATABASE)
        shutil.copytree(folder / papers.STORE, folder / STORE)
        copy = db.open_engine(f"sqlite:///{folder / DATABASE}")
        lines = ["登录名	口令	角色	姓名	单位\n"]
        for person in _people():
            password = _account(copy, person)
            lines.append(f"{person.login}	{password}	{name_of(person.role)}	{person.name}	{person.unit}\n")
        managing.add(copy, _NEWCOMER.login, _NEWCOMER.name, _NEWCOMER.unit)  # to be given a role
        _send(copy, folder, world)
        copy.dispose()
    files.write_text(folder / LIST, lines)


def _send(engine: Engine, folder: Path, world: World) -> None:
    """What lies on desks: a bank's file that waits for its second person, one with findings, one that amends and waits for
    the city, and the city's own record of an objection."""
    store, year, sent = Store(folder / STORE), YEARS[-1], folder / "报送"
    loan = next(one for one in world.books(year) if one[0] == BANKS[0])[1]["贷款"][0]
    newer = {"发放日": date(year + 1, 3, 2), "到期日": date(year + 2, 3, 2), "资料上传日": date(year + 1, 3, 4)}
    fresh = workbooks.write_book(
        sent / f"{year + 1}-新增贷款-{BANKS[0]}.xlsx",
        year + 1,
        BANKS[0],
        {"贷款": [loan | {"借据编号": f"LJ{year + 1}-0001"} | newer]},
    )
    amended = workbooks.write_book(
        sent / f"{year}-更正-{BANKS[0]}.xlsx", year, BANKS[0], {"贷款": [loan | {"合同编号": "样例合同更正-1"}]}
    )
    spoiled = workbooks.write_spoiled(sent, world)
    objection = {
        "年度": year,
        "统一社会信用代码": world.enterprises[0].code,
        "收到日": date(year + 1, 2, 5),
        "事项": "认为贴息月数应为 12 个月",
    }
    objected = workbooks.write_book(sent / f"{year}-异议.xlsx", year, "市级", {"异议": [objection]})
    for login, path, reason in (
        ("yinhang", fresh, None),
        ("yinhang", spoiled, None),
        ("yinhang", amended, "合同编号录错"),
        ("shiji", objected, None),
    ):
        with db.reading(engine) as connection:
            account = accounts.get(connection, login)
        with people.acting_as(login), path.open("rb") as file:
            upload, _ = receiving.receive(
                engine, store, account, path.name, file, Wanted(amend_reason=reason), Limits()
            )
            judging.judge(engine, store, upload.id)
        if reason is not None:
            with db.reading(engine) as connection:
                reviewer = accounts.get(connection, "yinhang-fuhe")
            with people.acting_as(reviewer.login):
                deciding.confirm(engine, store, upload.id, reviewer)


def _account(engine: Engine, person: _Person) -> str:
    """Makes one account, with a password that need not be changed at the first sign-in; gives the password."""
    made = managing.add(engine, person.login, person.name, person.unit, role=person.role, scope=person.scope)
    password = passwords.made_up()
    with managing.sealed(engine) as connection:
        passwords.keep(connection, made.account.id, passwords.hashed(password), initial=False)
    return password


def print_line(folder: Path) -> None:
    """How the portal is started; the last words of the demonstration."""
    printing.say(f"门户：每个角色一个账号，登录名和口令在 {folder / LIST}。启动后用浏览器打开所显示的地址；")
    printing.say(
        "审核、财政和三员登录后先设置动态口令（手机验证器）；演示时不想设置的，启动前设环境变量 TIEXI_PORTAL_TOTP=off："
    )
    printing.say(
        f"  TIEXI_PORTAL_STORE={folder / STORE} TIEXI_PORTAL_KEY={folder / 'portal.key'} "
        f"tiexi --database sqlite:///{folder / DATABASE} serve"
    )
