"""The portal of the demonstration: a copy of its database with an account per role, and the line that starts it.

The database of the demonstration itself stays without accounts: from the first account on every change asks for one.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ledger.accounts import managing, passwords
from ledger.accounts.roles import name_of
from ledger.counties import COUNTIES
from ledger.database import backup, db
from ledger.store import Store
from reports.writing import files
from tiexi.demo import desks, papers
from tiexi.demo.city import BANKS, World
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
    something for whoever signs in: files that wait, one with findings, an objection, trials, money on its way. The copy has a store of its own: that of
    the demonstration's papers, copied, and what is sent here."""
    with printing.progress("正在建立门户的账号 …"):
        backup.backup(engine, folder / DATABASE)
        shutil.copytree(folder / papers.STORE, folder / STORE)
        copy = db.open_engine(f"sqlite:///{folder / DATABASE}")
        desks.go_on(copy, folder)
        lines = ["登录名	口令	角色	姓名	单位\n"]
        for person in _people():
            password = _account(copy, person)
            lines.append(f"{person.login}	{password}	{name_of(person.role)}	{person.name}	{person.unit}\n")
        managing.add(copy, _NEWCOMER.login, _NEWCOMER.name, _NEWCOMER.unit)  # to be given a role
        desks.fill(copy, Store(folder / STORE), folder / "报送" / "门户", world)
        copy.dispose()
    files.write_text(folder / LIST, lines)


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
