"""Which pages each role opens in the browser's year, of which pictures are kept for the manual, and whether any was left out."""

import re

import portal_world as world
from portal_seats import House
from portal_world import ONE
from tiexi.portal import app

# what a browser keeps as a file, or asks for beside a page
FILES = re.compile(
    r"/(account/stay|account/factor.*|due|template|verify|statement|years/.*|papers/\{paper\}/(content|pages.*)|notices/\{run\}/file|"
    r"runs/\{run\}/(lines|claims|new-loans|premiums|files/.*)|uploads/\{upload\}/(file|findings|marked))"
)
# what somebody is shown of each role, for the manual: by the name of the picture, whose page and which
PICTURED = {
    "机构经办-结算": ("clerk1", "/runs/1"), "保险机构经办-报送": ("insurer1", "/uploads"),
    "投资机构经办-报送": ("investor1", "/uploads"), "区市财政-资金": ("purse-home", "/money"), "市财政-资金": ("finance", "/money"),
    "市财政-分录": ("finance", "/entries/1"), "市科技局-报送": ("tech", "/uploads"), "市科技局审核-结算": ("tech-approver", "/runs"),
    "市工信局-报送": ("industry", "/uploads"), "审计监督-待办": ("auditor", "/"), "系统管理员-账号": ("admin", "/users"),
    "安全管理员-授权": ("security", "/users/clerk1"), "安全审计员-日志": ("logs", "/log"), "与上一年度比较": ("city", "/runs/5/year-before"),
    "公示": ("city", "/notices/2"),
}  # fmt: skip
PAGES = {
    "clerk1": (
        "/",
        "/papers",
        "/papers?list=sent",
        "/papers/1",
        "/uploads",
        "/loans",
        f"/loans/one?bank={ONE}&note=A1",
        "/runs",
        "/runs/1",
        "/problems",
        "/reports",
        "/find?q=公司",
        "/money",
        "/account",
    ),
    "reviewer1": ("/", "/uploads", "/loans", "/runs/1"),
    "county-home": (
        "/",
        "/uploads",
        "/loans",
        "/runs",
        "/runs/1",
        "/runs/1?list=claims",
        "/problems",
        "/reports",
        "/objections",
        "/money",
    ),
    "purse-home": ("/", "/uploads", "/runs/1", "/money"),
    "city": (
        "/",
        "/papers",
        "/papers?list=sent",
        "/papers/1",
        "/uploads",
        "/loans",
        "/runs",
        "/runs/1",
        "/runs/1?sort=-interest_fen&size=2&page=2",
        "/problems",
        "/reports",
        "/find?q=公司",
        "/objections",
        "/notices",
        "/notices/2",
        "/money",
        "/jobs",
        "/runs/1/compare/4",
        "/runs/5/year-before",
    ),
    "approver": ("/", "/loans", "/runs", "/runs/1", "/money", "/audit", "/simulate"),
    "finance": ("/", "/uploads", "/runs/1", "/money", "/entries/1", "/dashboard"),
    "tech": ("/", "/uploads", "/runs", "/money"),
    "tech-approver": ("/", "/runs", "/money"),
    "agri": ("/", "/uploads", "/runs/2", "/money"),
    "agri-approver": ("/", "/runs/2", "/loans", "/problems?programme=farm_insurance"),
    "commerce": ("/", "/uploads", "/runs/3"),
    "commerce-approver": ("/", "/runs/3", "/find?q=样例", "/reports"),
    "industry": ("/", "/uploads"),
    "auditor": ("/", "/uploads", "/loans", "/runs", "/runs/1", "/money", "/account", "/reconcile"),
    "insurer1": ("/", "/uploads", "/runs"),
    "insurer2": ("/", "/uploads"),
    "investor1": ("/", "/uploads", "/money"),
    "admin": ("/", "/users", "/account", "/account/password"),
    "security": ("/", "/users", "/users/clerk1"),
    "logs": ("/", "/log", "/users"),
}


def roles_of(login: str) -> list[str]:
    return [one.role for one in (*world.PEOPLE, *world.OTHER_OFFICES) if one.login == login]


def not_looked_at(house: House) -> list[str]:
    """The addresses of pages that nobody opened: axe has not seen them."""
    opened = {path for seat in house.seats.values() for path in seat.places}
    pages = [path for method, path in app.PAGES if method == "GET" and not FILES.fullmatch(path)]
    return [path for path in pages if not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), one) for one in opened)]
