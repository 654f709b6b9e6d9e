"""银行变更 at import: which bank a change speaks of, and what may not be said once a bank was taken over."""

from collections.abc import Sequence
from datetime import date

from ledger.facts.bank_names import RENAMED, BankChange, BankNames, with_heir
from ledger.intake.anchors import Register
from ledger.workbooks.rows import Rows


def resolve(rows: Rows, register: Register) -> None:
    """The banks of a file's changes, each after those on which it rests, so that a chain may come in one file."""
    count = len(rows)
    banks: list[int | None] = [None] * count
    heirs: list[int | None] = [None] * count
    days = rows.values("changed_on")
    left = sorted(set(range(count)) - rows.bad, key=lambda place: (days[place] is None, days[place], place))
    for position in rows.bad:
        _note_refused(rows, register, position)
    while left:  # the first of those whose names are known by now
        position = min(left, key=lambda one: _unknown(rows, register, one))
        left.remove(position)
        banks[position], heirs[position] = _one(rows, register, position)
        if position in rows.bad:
            _note_refused(rows, register, position)
    rows.columns["bank_id"], rows.columns["successor_id"] = banks, heirs


def _note_refused(rows: Rows, register: Register, position: int) -> None:
    """Keeps what a bank would be called after a change that cannot be taken: other rows may name it so."""
    old, new = rows.values("old_name")[position], rows.values("new_name")[position]
    if None not in (old, new):
        register.banks.refused |= {new, with_heir(old, new)}


def _unknown(rows: Rows, register: Register, position: int) -> int:
    """How many of the names of a change that should be on file are not: a successor may be named as a later row calls it."""
    old, new = rows.values("old_name")[position], rows.values("new_name")[position]
    named = [old] if rows.values("kind")[position] == RENAMED else [old, new]
    return sum(register.bank(name) is None for name in named)


def _one(rows: Rows, register: Register, position: int) -> tuple[int | None, int | None]:
    old, new = rows.values("old_name")[position], rows.values("new_name")[position]
    kind, day = rows.values("kind")[position], rows.values("changed_on")[position]
    names = register.bank_names
    bank, other = register.bank(old), register.bank(new)
    if bank is None and register.banks.may_be_refused(old):
        rows.give_up(position)
        return None, None
    if bank is None:
        near = register.banks.nearest(old)
        hint = f"（是否为「{near}」？）" if near else ""
        rows.find(position, "old_name", f"银行不在「合作银行」表中{hint}", "应为已登记银行的名称")
        return None, None
    known = next((one for one in names.changes if one.old_name == old), None)
    if known is not None:  # said before: the same again, or an amendment
        if (known.changed_on, known.kind, known.new_name) == (day, kind, new):
            return bank, known.successor_id  # what is on file is not judged again
        names = _without(register, known)
    if kind == RENAMED:
        other = names.id_of(new)
        if other == bank:
            circle = "现名称与原名称相同" if new == old else f"更名成环：「{new}」是这家银行用过的名称"
            rows.find(position, "new_name", circle, "应为更名以后的名称")
            return None, None
        if other is not None:
            rows.find(
                position,
                "new_name",
                f"「{new}」已是另一家银行的名称",
                "更名的现名称应为没有银行用过的名称；两家合并的填 承继",
            )
            return None, None
        heir = None
    else:
        heir = other
        if heir is None and register.banks.may_be_refused(new):
            rows.give_up(position)
            return None, None
        if heir is None:
            near = register.banks.nearest(new)
            hint = f"（是否为「{near}」？）" if near else ""
            rows.find(
                position, "new_name", f"承继的银行不在「合作银行」表中{hint}", "应为已登记银行的名称；只是改名的填 更名"
            )
            return None, None
        if heir == bank or bank in names.successors(heir):
            rows.find(position, "new_name", f"承继成环：{old} 与 {new} 互为承继", "请核对原名称与现名称")
            return None, None
        if names.taken_over_on(bank) is not None:
            rows.find(
                position,
                "old_name",
                f"{old} 已由 {names.in_force(names.successors(bank)[0])} 承继",
                "一家银行只能被承继一次",
            )
            return None, None
    if (found := _out_of_order(names, bank, old, new, day)) is not None:
        rows.find(position, "changed_on", *found)
        return None, None
    anchors = {identifier: register.banks.key_of(identifier) for identifier in register.banks.identifiers()}
    register.bank_names = BankNames(anchors, [*names.changes, BankChange(bank, old, day, kind, new, heir)])
    return bank, heir


def _out_of_order(names: BankNames, bank: int, old: str, new: str, day: date | None) -> tuple[str, str] | None:
    """What is wrong and what would be right where a change is dated before the one on which it rests."""
    for one in names.changes:
        if one.bank_id != bank or day is None:
            continue
        if one.kind == RENAMED and one.new_name == old and day < one.changed_on:
            return f"变更日早于「{old}」这个名称启用之日", f"应不早于 {one.changed_on}"
        if one.old_name == new and day > one.changed_on:
            return f"变更日晚于「{new}」再次变更之日", f"应不晚于 {one.changed_on}"
    return None


def _without(register: Register, change: BankChange) -> BankNames:
    anchors = {identifier: register.banks.key_of(identifier) for identifier in register.banks.identifiers()}
    return BankNames(anchors, [one for one in register.bank_names.changes if one != change])


def refuse_after_takeover(rows: Rows, register: Register) -> None:
    """A bank that was taken over lends no more from that day on: what is lent then is the successor's."""
    if register.bank_names.unchanged:
        return
    days = rows.values("disbursed_on")
    for position, (bank, day) in enumerate(zip(rows.values("bank_id"), days, strict=True)):
        taken = None if bank is None else register.bank_names.taken_over_on(bank)
        if taken is not None and day is not None and day >= taken:
            heir = register.bank_names.in_force(register.bank_names.successors(bank)[0])
            rows.find(
                position,
                "disbursed_on",
                f"该银行已于 {taken} 由 {heir} 承继",
                f"自当日起发放的贷款请以 {heir} 的名义填报",
            )


def refuse_notes_of_predecessors(rows: Rows, register: Register, keys: Sequence[tuple[int | None, str | None]]) -> None:
    """A note that only a bank which was taken over has is not the successor's."""
    if register.bank_names.unchanged:
        return
    for position, (bank, note) in enumerate(keys):
        if bank is not None and note is not None and (hint := owner_hint(register, bank, note)):
            rows.find(position, "note_no", f"不是该银行自己的借据{hint}", "承继来的借据请以原名称填报")


def owner_hint(register: Register, bank: int, note: str) -> str:
    """Who of the banks that were taken over has a note that the successor has not; '' for nobody."""
    if register.bank_names.unchanged:
        return ""
    owners = register.bank_names.predecessors(bank)
    register.loans.look_up([(owner, note) for owner in owners] + [(bank, note)])
    if register.loans.get((bank, note)) is not None:
        return ""
    names = [register.bank_names.printed(owner) for owner in owners if register.loans.get((owner, note)) is not None]
    return f"（该借据在「{names[0]}」名下）" if names else ""
