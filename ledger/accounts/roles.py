"""Roles: what an account may be. One account has one role; who makes accounts, gives roles and reads the log are three."""

from collections.abc import Mapping
from dataclasses import dataclass

BANK, INSURER, INVESTOR, COUNTY = "bank", "insurer", "investor", "county"  # kinds of scope
INSTITUTIONS = (BANK, INSURER, INVESTOR)


@dataclass(frozen=True)
class Role:
    """A role: its key, what people call it, and the kinds of scope that it may have (none: it has no scope).

    of_documents: an office of some documents alone, which sees those that it runs or approves.
    """

    key: str
    name: str
    scopes: tuple[str, ...] = ()
    of_documents: bool = False


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
        Role("tech", "市科技局经办", of_documents=True),
        Role("tech_approver", "市科技局审核", of_documents=True),
        Role("agri", "市财政局农险经办", of_documents=True),
        Role("agri_approver", "市财政局农险审核", of_documents=True),
        Role("commerce", "市商务局经办", of_documents=True),
        Role("commerce_approver", "市商务局审核", of_documents=True),
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
RUNNERS = ("tech", "agri", "commerce")  # offices of some documents: who runs these, and who approves them
APPROVERS = ("tech_approver", "agri_approver", "commerce_approver")
B = (
    "clerk", "reviewer", "county", "county_finance", "city", "approver", "finance", "tech", "tech_approver", "agri",
    "agri_approver", "commerce", "commerce_approver", "auditor",
)  # fmt: skip
SENDERS = ("clerk", "county", "county_finance", "city", "finance", *RUNNERS, "industry")
CHECKERS = (
    "county", "city", "approver", "finance", "tech", "tech_approver", "agri", "agri_approver", "commerce",
    "commerce_approver", "auditor",
)  # fmt: skip
SCOPE_NAMES: Mapping[str, str] = {BANK: "银行", INSURER: "保险机构", INVESTOR: "投资机构", COUNTY: "区市"}
SERVER = "server"  # in the log: whoever keeps the server, by the system's user


def name_of(key: str | None) -> str:
    """What people call a role; 待授权 where there is none yet."""
    if key == SERVER:
        return "服务器管理"
    return ROLES[key].name if key is not None and key in ROLES else "待授权"
