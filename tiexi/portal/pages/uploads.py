"""报送: the form and the history on one page; a file's own page with its state, findings, preview and what may be done."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.accounts.roles import name_of
from ledger.figures import wan_text
from ledger.intake.sending import sheets_of
from ledger.programmes import chart
from ledger.uploads import records, states
from ledger.uploads.kinds import KINDS
from ledger.uploads.records import Uploaded
from reports.received import uploads as given_back
from tiexi.portal import listing, second_factor
from tiexi.portal.api import uploads as api
from tiexi.portal.call import Call
from tiexi.portal.fields import Field, typed
from tiexi.portal.kinds import Reason
from tiexi.portal.page_routes import See, Shown, filled, number, page
from tiexi.portal.problems import bad

_SHAPES = {
    states.RECEIVED: "running", states.JUDGING: "running", states.CHECKED: "open", states.REFUSED: "attention",
    states.KNOWN: "done", states.TAKEN: "done", states.TO_CITY: "open", states.RETURNED: "attention",
    states.WITHDRAWN: "ended",
}  # fmt: skip
_KEYS = ("state",)
_FINDINGS = 100  # on a page
_WAIT = 10  # seconds, before a page says that a file is still being judged
_REASON = Field("reason", "原因", "long", hint="报送人会看到")


def _words(one: Mapping[str, Any]) -> dict[str, Any]:
    word = "检查通过" if one["check_only"] and one["state"] == states.CHECKED else states.NAMES[one["state"]]
    return {**one, "word": word, "shape": _SHAPES[one["state"]]}


@page("GET", "/uploads", "uploads.list")
def uploads(call: Call) -> Shown:
    """The form for another file, and every file that is seen, the newest first."""
    asked = listing.asked(call, _KEYS)
    with call.reading() as connection:
        found = given_back.listed(connection, call.who, asked)
    found["items"] = [_words(one) for one in found["items"]]
    kinds = [(key, kind.name) for key, kind in KINDS.items() if kind.sent_by(call.scope)]
    may_send = call.may("uploads.add") and bool(kinds)
    return Shown(
        "uploads.html",
        {
            "found": found, "asked": listing.said(asked, *_KEYS), "states": list(states.NAMES.items()),
            "fields": typed(call, *_fields(kinds)) if may_send else [], "limit_mb": call.settings.portal_upload_mb,
            "sheets": [sheet.name for sheet in sheets_of(call.scope)],
        },
    )  # fmt: skip


def _fields(kinds: Sequence[tuple[str, str]]) -> Iterator[Field]:
    """The form, as far as an office sends what its fields are for."""
    keys = [key for key, _ in kinds]
    yield Field("file", "文件", "file", accept=".xlsx,.csv")
    if len(kinds) > 1:
        yield Field("kind", "种类", "choice", keys[0], options=kinds)
    if "payments" in keys:
        yield Field("year", "年度", hint="拨付文件须填：哪个年度的资金，如 2025", required=False, short=True)
    if "checklist" in keys:
        yield Field("run", "运行号", hint="抽查清单须填", required=False, short=True)
    if "facts" in keys:
        hint = "只在更正已入库的行时填写；机构的更正由市级同意后入库"
        yield Field("amend_reason", "更正原因", hint=hint, required=False)
    yield Field("check_only", "只检查，不入库", "check", required=False)


@page("POST", "/uploads", "uploads.add", form=uploads, limit=lambda settings: settings.portal_upload_mb << 20)
def add(call: Call) -> See:
    """Sends a file, and goes on to its page."""
    if not getattr(call.form.get("file"), "filename", ""):
        raise bad("file", "请选择文件", "body")
    upload, new = api.received(call, filled(call, api.NewUpload), _WAIT)
    return See(f"/uploads/{upload.id}", "" if new else "同样的文件正在等待确认，没有重复收下")


@page("GET", "/uploads/{upload}", "uploads.show")
def upload(call: Call, upload: str) -> Shown:
    """One file."""
    asked = listing.asked(call, ())
    with call.reading() as connection:
        one = records.get(connection, number(upload), call.scope)
        said = records.shown(connection, one, call.who)
        found = records.findings(connection, one, _FINDINGS, (asked.page - 1) * _FINDINGS)
    findings = {
        "items": [finding.as_dict() for finding in found], "page": asked.page, "size": _FINDINGS, "total": said["findings"],
    }  # fmt: skip
    return Shown(
        "upload.html",
        {
            "may_void": call.may("uploads.void") and one.kind == "facts" and one.state == states.TAKEN and not one.voided,
            "one": _words(said), "facts": list(_facts(said)), "findings": findings,
            "preview": [(sheet, *(counts[name] for name in ("new", "amended", "same"))) for sheet, counts in said["taken"].items()],
            "can_mark": bool(said["findings"] or said["warnings"]),
            "may_add": call.may("uploads.add"), "legs": list(_legs(said)), "waits": _waits(one), "reason": typed(call, _REASON)[0],
            "code": second_factor.fields(call, "uploads.confirm", {"upload": upload}),
        },
    )  # fmt: skip


def _waits(one: Uploaded) -> str:
    """For whom a file waits, '' where it does not."""
    if one.check_only or one.state not in (states.CHECKED, states.TO_CITY):
        return ""
    if one.state == states.TO_CITY:
        return f"本单位已确认，等待{name_of('city')}同意。"
    if one.scope.of_institution:
        return f"检查通过，等待本单位的{name_of('reviewer')}确认（须不是报送人）。"
    return f"检查通过，等待确认（报送人或其他{name_of(one.scope.role)}）。"


def _legs(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a file of payments holds, by leg."""
    for leg, counts in said["legs"].items():
        yield chart.leg_names()[leg], f"{counts['rows']} 笔，{wan_text(counts['fen'])} 万元"


def _facts(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "编号", str(said["upload"])
    if said["kind"] != "facts":
        yield "种类", f"{KINDS[said['kind']].name}，{_of(said)}"
    yield "报送人", f"{said['by']}（{said['unit']}）"
    yield "收到", said["received_at"][:16].replace("T", " ")
    if said["judged_at"]:
        yield "检查", said["judged_at"][:16].replace("T", " ")
    if said["amend_reason"]:
        yield "更正原因", said["amend_reason"]
    if said["confirmed_by"]:
        yield "确认人", f"{said['confirmed_by']} {said['confirmed_at'][:16].replace('T', ' ')}"
    if said["reason"]:
        yield "退回原因", said["reason"]
    if said["seal"]:
        yield "回执", said["seal"]
    for numbers in said["entries"].values():
        yield (
            "分录",
            f"{len(numbers)} 笔，第 {numbers[0]} 至 {numbers[-1]} 号" if len(numbers) > 1 else f"第 {numbers[0]} 号",
        )
    yield "大小", f"{said['bytes']:,} 字节"
    yield "SHA-256", said["sha256"]


def _of(said: Mapping[str, Any]) -> str:
    """Of which year payments are, or of which run a check list is."""
    return f"{said['year']} 年度" if said["year"] else f"第 {said['run']} 号运行"


@page("POST", "/uploads/{upload}/confirm", "uploads.confirm", form=upload)
def confirm(call: Call, upload: str) -> See:
    """Takes a file, whole or not at all."""
    return _done(api.confirm_upload(call, number(upload)))


@page("POST", "/uploads/{upload}/return", "uploads.return", form=upload)
def give_back(call: Call, upload: str) -> See:
    """Gives a file back to its sender."""
    return _done(api.return_upload(call, number(upload), filled(call, Reason)))


@page("POST", "/uploads/{upload}/withdraw", "uploads.withdraw", form=upload)
def withdraw(call: Call, upload: str) -> See:
    """Takes one's own file down."""
    return _done(api.withdraw_upload(call, number(upload)))


@page("POST", "/uploads/{upload}/void", "uploads.void", form=upload)
def void(call: Call, upload: str) -> See:
    """Withdraws all that a file brought."""
    gone = api.void_upload(call, number(upload), filled(call, Reason))
    return See(f"/uploads/{number(upload)}", f"{gone['file']}：已整个撤回，共 {sum(gone['rows'].values())} 行")


def _done(one: Mapping[str, Any]) -> See:
    return See(f"/uploads/{one['upload']}", f"{one['file']}：{states.NAMES[one['state']]}")
