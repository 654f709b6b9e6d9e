"""The states of an upload in words, and who may do what in which: asked before anything is done, and told to whoever looks."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, or_

from ledger import models
from ledger.accounts.accounts import Account
from ledger.accounts.roles import INSTITUTIONS, name_of
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import Refused
from ledger.intake.sending import of_unit, sent_by_unit
from ledger.people import same_person

if TYPE_CHECKING:
    from ledger.uploads.records import Uploaded

RECEIVED, JUDGING, CHECKED, REFUSED, KNOWN = "received", "judging", "checked", "refused", "known"
TAKEN, TO_CITY, RETURNED, WITHDRAWN = "taken", "to_city", "returned", "withdrawn"
NAMES: Mapping[str, str] = {
    RECEIVED: "已收到", JUDGING: "检查中", CHECKED: "待确认", REFUSED: "有问题", KNOWN: "此前已收", TAKEN: "已入库",
    TO_CITY: "待市级同意", RETURNED: "已退回", WITHDRAWN: "已撤下",
}  # fmt: skip
UNJUDGED = (RECEIVED, JUDGING)
WAITING = (RECEIVED, JUDGING, CHECKED, TO_CITY)  # the same bytes again are this upload
ACTIONS = ("confirm", "return", "withdraw")
CITY = "city"  # who agrees to what institutions amend
_REVIEWER = "reviewer"
# whose uploads a role sees beside its own unit's; the others see all
_SEES: Mapping[str, tuple[str, ...]] = {
    "county": (), "county_finance": (), "industry": (),
    "tech": ("tech", "industry", "insurer", "investor"), "tech_approver": ("tech", "industry", "insurer", "investor"),
    "agri": ("agri", "county_finance"), "agri_approver": ("agri", "county_finance"), "commerce": ("commerce",),
    "commerce_approver": ("commerce",),
}  # fmt: skip


def seen(connection: Connection, scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions under which somebody sees an upload; none where all are seen."""
    upload = models.Upload
    if scope == EVERYTHING or (not scope.of_institution and scope.role not in _SEES):
        return []
    own, others = sent_by_unit(connection, scope), _SEES.get(scope.role, ())
    if scope.of_institution or not others:
        return [own]
    of_institution = upload.scope_kind.in_(INSTITUTIONS)
    of_office = or_(upload.scope_kind.is_(None), upload.scope_kind.not_in(INSTITUTIONS))
    return [or_(own, and_(of_institution, upload.scope_kind.in_(others)), and_(of_office, upload.role.in_(others)))]


OfUnit = Callable[[Scope], bool]


def actions(connection: Connection, upload: "Uploaded", account: Account, own: OfUnit | None = None) -> list[str]:
    """What an account may do with an upload now. own: whether a sender is of its unit, where that was read for many."""
    return [action for action in ACTIONS if not why_not(connection, upload, account, action, own)]


def require(connection: Connection, upload: "Uploaded", account: Account, action: str) -> None:
    """Refused, in a sentence, where an account may not do this with an upload now."""
    if why := why_not(connection, upload, account, action):
        raise Refused(f"第 {upload.id} 号文件 {upload.file} {why}")


def why_not(
    connection: Connection, upload: "Uploaded", account: Account, action: str, own: OfUnit | None = None
) -> str:
    """Why an account may not do something with an upload now, as the end of a sentence; '' where it may."""
    if upload.check_only:
        return "只作检查，不入库"
    if upload.state not in (CHECKED, TO_CITY):
        return f"现在的状态是「{NAMES[upload.state]}」，不能{_WORDS[action]}"
    if action == "withdraw":
        return "" if account.login == upload.login else f"由 {upload.by} 报送，只能由本人撤下"
    if upload.state == TO_CITY:
        if account.role != CITY:
            return f"正等待{name_of(CITY)}同意"
    elif upload.scope.of_institution:
        if account.role != _REVIEWER or not (own or of_unit(connection, account.scope))(upload.scope):
            return f"须由报送单位的{name_of(_REVIEWER)}{_WORDS[action]}"
    elif action == "return":
        return "由部门报送，不作退回；不要的由报送人撤下"
    elif (account.role, account.scope.name) != (upload.scope.role, upload.scope.name):
        return f"须由{name_of(upload.scope.role)}{_WORDS[action]}"
    if action == "confirm" and upload.scope.of_institution and is_sender(account, upload):
        return f"的确认人与报送人须不是同一人：报送人 {upload.by}，确认人 {account.name}"
    return ""


def is_sender(account: Account, upload: "Uploaded") -> bool:
    """Whether an account is the person who sent an upload."""
    return account.login == upload.login or same_person(account.name, upload.by)


_WORDS: Mapping[str, str] = {"confirm": "确认", "return": "退回", "withdraw": "撤下"}
