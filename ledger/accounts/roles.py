"""Roles: what an account may be. One account has one role; who makes accounts, gives roles and reads the log are three."""

from collections.abc import Mapping
from dataclasses import dataclass

BANK, INSURER, INVESTOR, COUNTY = "bank", "insurer", "investor", "county"  # kinds of scope
INSTITUTIONS = (BANK, INSURER, INVESTOR)


@dataclass(frozen=True)
class Role:
    """A role: its key, what people call it, and the kinds of scope that it may have (none: it has no scope)."""

    key: str
    name: str
    scopes: tuple[str, ...] = ()


ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        Role("clerk", "机构经办", INSTITUTIONS),
        Role("reviewer", "机构复核", INSTITUTIONS),
        Role("county", "区市金融监管", (COUNTY,)),
        Role("county_finance", "区市财政", (COUNTY,)),
        Role("city", "市金融监管经办"),
        Role("approver", "市金融监管审核"),
        Role("finance", "市财政"),
        Role("tech", "市科技局经办"),
        Role("tech_approver", "市科技局审核"),
        Role("industry", "市工信局"),
        Role("auditor", "审计监督"),
        Role("admin", "系统管理员"),
        Role("security", "安全管理员"),
        Role("logs", "安全审计员"),
    )
}
ADMIN = "admin"
MANAGERS = (ADMIN, "security", "logs")  # no business data at all
ALL = tuple(ROLES)
# who takes part in the business, each within its scope
B = (
    "clerk", "reviewer", "county", "county_finance", "city", "approver", "finance", "tech", "tech_approver", "auditor"
)  # fmt: skip
SENDERS = ("clerk", "county", "county_finance", "city", "finance", "tech", "industry")
CHECKERS = ("county", "city", "approver", "finance", "tech", "tech_approver", "auditor")
SCOPE_NAMES: Mapping[str, str] = {BANK: "银行", INSURER: "保险机构", INVESTOR: "投资机构", COUNTY: "区市"}
SERVER = "server"  # in the log: whoever keeps the server, by the system's user


def name_of(key: str | None) -> str:
    """What people call a role; 待授权 where there is none yet."""
    if key == SERVER:
        return "服务器管理"
    return ROLES[key].name if key is not None and key in ROLES else "待授权"
