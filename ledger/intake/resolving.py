"""Codes and names in a file's rows become identifiers; the unknown ones are reported."""

from collections.abc import Iterable

from stdnum.cn import uscc

from ledger.counties import CITY
from ledger.intake import bank_changes
from ledger.intake.anchors import Anchors, Register
from ledger.workbooks import cells
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import Anchor


def resolve(rows: Rows, register: Register) -> None:
    """Codes and names become identifiers; unknown ones are reported."""
    if "uscc" in rows.columns:
        rows.columns["enterprise_id"] = _enterprises(rows, register)
    if "old_name" in rows.columns:
        bank_changes.resolve(rows, register)
    if "enterprise_name" in rows.columns:
        _names(rows, register)
    if "bank" in rows.columns:
        on_file = {name: register.bank(name) for name in set(rows.columns["bank"]) - {None}}
        rows.columns["bank_id"] = [
            on_file.get(name) or (None if name is None else _bank(rows, register, position, name))
            for position, name in enumerate(rows.columns["bank"])
        ]
    if "note_no" in rows.columns:
        rows.columns["loan_id"] = _loans(rows, register)
    if "project_no" in rows.columns:
        rows.columns["project_id"] = _numbered(rows, register.projects, "project", "项目", "项目库", "已入库项目")
    if "product_no" in rows.columns:
        rows.columns["product_id"] = _numbered(rows, register.products, "product", "险种", "特色险种", "已登记险种")
    if "subject" in rows.columns:
        _subjects(rows, register)
    if "extent" in rows.columns:
        _extents(rows, register)


def _enterprises(rows: Rows, register: Register) -> list[int | None]:
    anchors = register.enterprises
    defines = rows.sheet.defines == "enterprise"
    verified = rows.values("code_check") if defines else []
    _look_up(anchors, rows.columns["uscc"])
    found: list[int | None] = []
    for position, code in enumerate(rows.columns["uscc"]):
        identifier = None if code is None else anchors.get(code)
        if code is not None and identifier is None:
            problem = cells.check_uscc(code)
            acceptable = problem is None or (defines and verified[position] and cells.well_formed_uscc(code))
            if defines and acceptable:
                identifier = anchors.define(code)
            elif problem is not None:
                expected = "应为 18 位统一社会信用代码，请核对营业执照"
                if cells.well_formed_uscc(code):
                    expected += "；确属真实代码的，请在「企业」表「代码核验」列填 已核验"
                if not defines and anchors.may_be_refused(code):
                    rows.give_up(position)
                else:
                    rows.find(position, "uscc", f"统一社会信用代码有误：{problem}", expected)
                    if defines:  # others may name it by the code that it should have
                        anchors.refused |= {code, _meant(code)}
            elif anchors.may_be_refused(code):
                rows.give_up(position)
            else:
                rows.find(position, "uscc", "企业不在「企业」表中", "应为已登记企业的代码，或先在「企业」表中登记")
        found.append(identifier)
    return found


def _look_up(enterprises: Anchors, codes: Iterable[str | None]) -> None:
    """Reads the enterprises with these codes; a text that is no code is nobody's."""
    enterprises.look_up(sorted(code for code in set(codes) if code is not None and cells.well_formed_uscc(code)))


def _meant(code: str) -> str:
    """The code with the check character that its first 17 characters ask for; as it is where it has not their form."""
    return code[:17] + str(uscc.calc_check_digit(code[:17])) if cells.well_formed_uscc(code) else code


def _names(rows: Rows, register: Register) -> None:
    """A name beside a code is one that the enterprise has or had."""
    identifiers, names = rows.values("enterprise_id"), rows.values("enterprise_name")
    pairs = {
        (identifier, name)
        for identifier, name in zip(identifiers, names, strict=True)
        if None not in (identifier, name)
    }
    known = register.names_of({identifier for identifier, _ in pairs})
    for position, (identifier, name) in enumerate(zip(identifiers, names, strict=True)):
        called_so = known.get(identifier, ()) if identifier is not None else ()
        if name is not None and called_so and name not in called_so:  # none: its own row lacks the name, and says so
            called = f"「{called_so[0]}」" if register.quotes_names else "「企业」表中该代码登记的名称"
            rows.find(
                position,
                "enterprise_name",
                "与该统一社会信用代码登记的企业名称不符",
                f"应为{called}，或核对统一社会信用代码；企业已改名的，先更正「企业」表",
            )


def _bank(rows: Rows, register: Register, position: int, name: str) -> int | None:
    anchors = register.banks
    if rows.sheet.defines == "bank":
        return anchors.define(name)
    identifier = anchors.get(name)
    if identifier is None and anchors.may_be_refused(name):
        rows.give_up(position)
    elif identifier is None:
        near = anchors.nearest(name)
        hint = f"（是否为「{near}」？）" if near else ""
        rows.find(
            position, "bank", f"银行不在「合作银行」表中{hint}", "应为已登记银行的名称，或先在「合作银行」表中登记"
        )
    return identifier


def _loans(rows: Rows, register: Register) -> list[int | None]:
    anchors = register.loans
    keys = list(zip(rows.values("bank_id"), rows.columns["note_no"], strict=True))
    complete = [key for key in keys if None not in key]
    anchors.look_up(complete)
    raw = rows.raw["note_no"]
    if rows.sheet.defines == "loan":
        bank_changes.refuse_after_takeover(rows, register)
        bank_changes.refuse_notes_of_predecessors(rows, register, keys)
        anchors.refused |= {cells.shown(raw[position]) for position, key in enumerate(keys) if None in key}
        return [None if None in key else anchors.define(key) for key in keys]
    found = [None if None in key else anchors.get(key) for key in keys]
    for position, (key, identifier) in enumerate(zip(keys, found, strict=True)):
        if identifier is None and None not in key and anchors.may_be_refused(cells.shown(raw[position])):
            rows.give_up(position)
        elif identifier is None and None not in key:
            hint = bank_changes.owner_hint(register, *key)
            rows.find(
                position,
                "note_no",
                f"借据不在「贷款」表中{hint}",
                "应为该银行已入库贷款的借据编号，或先在「贷款」表中登记",
            )
    return found


def _numbered(rows: Rows, anchors: Anchors, kind: Anchor, word: str, sheet: str, known_as: str) -> list[int | None]:
    """What is known by a number alone: a project, an insurance product."""
    field = f"{kind}_no"
    known = anchors.define if rows.sheet.defines == kind else anchors.get
    found = [None if number is None else known(number) for number in rows.columns[field]]
    for position, (number, identifier) in enumerate(zip(rows.columns[field], found, strict=True)):
        if number is not None and identifier is None and anchors.may_be_refused(number):
            rows.give_up(position)
        elif number is not None and identifier is None:
            expected = f"应为{known_as}的编号，或先在「{sheet}」表中登记"
            rows.find(position, field, f"{word}不在「{sheet}」表中", expected)
    return found


def _subjects(rows: Rows, register: Register) -> None:
    enterprises, banks = [], []
    codes = [None if subject is None else cells.half_width(subject).upper() for subject in rows.columns["subject"]]
    _look_up(register.enterprises, codes)
    for position, (subject, code) in enumerate(zip(rows.columns["subject"], codes, strict=True)):
        enterprise = None if code is None else register.enterprises.get(code)
        bank = None if subject is None or enterprise is not None else register.bank(subject)
        unknown = subject is not None and enterprise is None and bank is None
        if unknown and (register.enterprises.may_be_refused(code or "") or register.banks.unsure):
            rows.give_up(position)
        elif unknown:
            near = register.banks.nearest(str(subject))
            hint = f"（是否为「{near}」？）" if near else ""
            rows.find(
                position,
                "subject",
                f"主体不在「企业」或「合作银行」表中{hint}",
                "应为已登记企业的统一社会信用代码，或已登记银行的名称",
            )
        enterprises.append(enterprise)
        banks.append(bank)
    rows.columns["enterprise_id"], rows.columns["bank_id"] = enterprises, banks


def _extents(rows: Rows, register: Register) -> None:
    """The whole city, or a bank by any of its names: kept under the name under which it first came."""
    banks: list[int | None] = []
    for position, extent in enumerate(rows.columns["extent"]):
        bank = None if extent in (None, CITY) else register.bank(extent)
        if bank is not None:
            rows.columns["extent"][position] = register.banks.key_of(bank)
        elif extent not in (None, CITY) and register.banks.may_be_refused(extent):
            rows.give_up(position)
        elif extent not in (None, CITY):
            near = register.banks.nearest(extent)
            hint = f"（是否为「{near}」？）" if near else ""
            rows.find(
                position, "extent", f"既不是{CITY}，也不在「合作银行」表中{hint}", f"应为 {CITY}，或已登记银行的名称"
            )
        banks.append(bank)
    rows.columns["bank_id"] = banks
