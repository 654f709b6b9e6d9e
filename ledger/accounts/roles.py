"""Roles: what an account may be. One account has one role; who makes accounts, gives roles and reads the log are three."""

from collections.abc import Mapping
from dataclasses import dataclass

BANK, INSURER, INVESTOR, COUNTY = "bank", "insurer", "investor", "county"  # kinds of scope
INSTITUTIONS = (BANK, INSURER, INVESTOR)


@dataclass(frozen=True)
class Role:
    """A role: its key, what people call it, what it does here in half a sentence, and the kinds of scope that it may have (none: it
    has no scope).

    of_documents: an office of some documents alone, which sees those that it runs or approves.
    """

    key: str
    name: str
    does: str
    scopes: tuple[str, ...] = ()
    of_documents: bool = False


ROLES: Mapping[str, Role] = {
    role.key: role
    for role in (
        Role("clerk", "机构经办", "报送本机构的文件，改正，撤下；银行还上传资料，报送兑付回单", INSTITUTIONS),
        Role("reviewer", "机构复核", "确认或退回本机构经办报来的文件", INSTITUTIONS),
        Role("county", "区市金融监管", "看本区市的明细，签署或退回；报送拨付到银行的钱", (COUNTY,)),
        Role("county_finance", "区市财政", "报本区市的预算、补贴和申请；报送拨付到区市金融监管部门的钱", (COUNTY,)),
        Role("city", "市金融监管经办", "收名录，同意机构的更正，试算，抽查，录异议，出公示"),
        Role("approver", "市金融监管审核", "审核通过，办结；审计"),
        Role("finance", "市财政", "报预算和年度比例，下达，报送市级的拨付，冲销记错的分录"),
        Role("tech", "市科技局经办", "报名录、项目库和研发补助；试算、下达本局的政策，报送拨付", of_documents=True),
        Role("tech_approver", "市科技局审核", "审核、办结本局的政策，冲销记错的分录", of_documents=True),
        Role("agri", "市财政局农险经办", "报农险的目录、险种、承保和资金；试算农险的奖补", of_documents=True),
        Role("agri_approver", "市财政局农险审核", "审核、办结农险的奖补", of_documents=True),
        Role("commerce", "市商务局经办", "报市场名录、保费的缴费和退费；试算保费支持", of_documents=True),
        Role("commerce_approver", "市商务局审核", "审核、办结保费支持", of_documents=True),
        Role("industry", "市工信局", "报企业和工信部门认定的两类资质"),
        Role("auditor", "审计监督", "看全部业务，不改任何东西；审计账簿、核对交来的工作簿、取审计包"),
        Role("admin", "系统管理员", "建立账号，锁定、解锁、重置、停用；看不到业务"),
        Role("security", "安全管理员", "给账号角色和范围；看不到业务"),
        Role("logs", "安全审计员", "看访问日志；看不到业务"),
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
