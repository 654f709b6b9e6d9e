"""A balance as tables for people: where every fen is, what waits where, what was claimed and has not come back."""

from collections.abc import Iterator

from ledger.figures import share_text, wan_text
from ledger.programmes import chart
from reports.money.balance import HUNDREDTHS, Balance, stage_names
from reports.report import Table


def stages(found: Balance) -> Table:
    """How far the money has come."""
    names = stage_names()
    whole = HUNDREDTHS if found.owed else 0
    rows = [
        (names[stage], wan_text(fen), share_text(share, whole))
        for (stage, fen), share in zip(found.stages.items(), found.shares, strict=True)
    ]
    total = ("应付补助合计", wan_text(found.owed), share_text(found.owed, found.owed))
    return Table("每一分钱在哪里", ("环节", "金额", "占比"), [*rows, total], 1, True)


def waiting(found: Balance) -> Iterator[Table]:
    """What waits, the longest first; nothing where nothing does."""
    names, items = stage_names(), chart.item_names()
    rows = [
        (
            names[one.place], one.county, one.bank, items[one.item], wan_text(one.amount_fen), one.since.isoformat(),
            str(one.days),
        )
        for one in sorted(found.waiting, key=lambda one: -one.days)
    ]  # fmt: skip
    if rows:
        yield Table(
            "滞留（先到的先拨出）", ("滞留处", "区市", "银行", "项目", "金额", "最早到账", "天数"), rows, 4
        )  # fmt: skip


def claims(found: Balance) -> Iterator[Table]:
    """What was claimed and has not come back; nothing where nothing is open."""
    items = chart.item_names()
    rows = [
        (one.county, one.bank, one.enterprise, items[one.item], wan_text(one.amount_fen)) for one in found.claims
    ]  # fmt: skip
    if rows:
        yield Table("尚未缴回的追缴", ("区市", "银行", "企业", "项目", "金额"), rows, 4)


def claimed_words(found: Balance) -> str:
    """How much was claimed and came back, '' where nothing was claimed."""
    if not found.claimed_fen:
        return ""
    return f"追缴 {wan_text(found.claimed_fen)} 万元，已缴回 {wan_text(found.returned_fen)} 万元"
