"""The files that payments come in: the sheets 拨付 and 兑付回单, as a workbook or as CSV, and the legs that a row may be of."""

import csv
import difflib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ledger import models
from ledger.books.journal import ENTRY_NAMES, ITEM_NAMES, Place
from ledger.counties import COUNTIES
from ledger.errors import Refused
from ledger.workbooks import cells
from ledger.workbooks.findings import Finding
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import NOTES_MARK, Column, Sheet
from ledger.workbooks.workbook import Grid, Workbook, fingerprint, read_workbook


@dataclass(frozen=True)
class Leg:
    """One leg of the way: its kind, from which account to which, and of whom its rows speak (bank, enterprise)."""

    kind: str
    programme: str
    source: str
    target: str
    bank: bool = False
    enterprise: bool = False
    items: tuple[str, ...] = ("interest", "bonus")

    @property
    def name(self) -> str:
        """Its name for people."""
        return ENTRY_NAMES[self.kind]

    def wants(self, item: str) -> tuple[bool, bool]:
        """Whether a row on an item speaks of a bank, and of an enterprise."""
        if self.kind == "claim_repaid":
            return True, item == "interest"
        if self.kind == "city_to_payee":
            return item == "risk", item != "risk"
        return self.bank, self.enterprise

    def sides(self, place: Place) -> tuple[tuple[str, Place], tuple[str, Place]]:
        """The accounts that it goes to and comes from; each speaks of what it is kept by."""
        treasury, at_bank = Place(place.item, place.county), place._replace(enterprise_id=None)
        if self.kind == "claim_repaid":
            return (self.target, treasury), (self.source, place)
        source = (self.source, at_bank if self.source == "bank" else treasury)
        if self.kind == "regulator_to_bank":
            return ("payable" if place.item == "bonus" else self.target, at_bank), source
        return (self.target, treasury if self.target in ("county_treasury", "county_regulator") else place), source


LEGS = {
    leg.kind: leg
    for leg in (
        Leg("city_to_county", "tech_branch", "city_treasury", "county_treasury"),
        Leg("county_to_regulator", "tech_branch", "county_treasury", "county_regulator"),
        Leg("regulator_to_bank", "tech_branch", "county_regulator", "bank", bank=True),
        # the bonus is the bank's own and ends there
        Leg("bank_to_enterprise", "tech_branch", "bank", "payable", bank=True, enterprise=True, items=("interest",)),
        Leg("city_to_payee", "chokepoint", "city_treasury", "payable", items=("risk", "premium", "grant")),
        Leg("claim_repaid", "tech_branch", "claim_receivable", "returned_city", bank=True),
    )
}
_LEG_OF = {leg.name: leg for leg in LEGS.values()}
_ITEM_OF = {name: item for item, name in ITEM_NAMES.items()}


def _column(
    header: str, name: str, shape: Any, read: cells.Reader, hint: str, optional: bool = False, choices: Any = ()
) -> Column:
    return Column(header, name, shape, read, "", hint, optional=optional, choices=tuple(choices))


def _read_voucher(value: cells.Cell) -> str:
    """The number of a voucher or a receipt: a code, so that full-width is half-width; a line break is a blank."""
    return cells.read_code(cells.read_text(value))


_AMOUNT = _column("金额(万元)", "fen", "wan", cells.wan_amount(1), "金额（万元，最多 6 位小数）")
_USCC = _column("统一社会信用代码", "uscc", "code", cells.read_uscc, "收款或缴款企业", optional=True)
PAYMENTS = Sheet(
    "拨付",
    "拨付各环节",
    models.Fact,
    (
        _column("环节", "leg", "choice", cells.one_of(tuple(_LEG_OF), "环节"), "第十九条的哪一环节", choices=_LEG_OF),
        _column("区市", "county", "choice", cells.read_county, "资金属于哪个区市", choices=COUNTIES),
        _column("银行名称", "bank", "name", cells.read_name, "收款、经办或缴款银行", optional=True),
        _USCC,
        _column("企业名称", "enterprise", "name", cells.read_name, "供核对，可不填", optional=True),
        _column(
            "补助项目", "item", "choice", cells.one_of(tuple(_ITEM_OF), "补助项目"), "贴息、奖补等", choices=_ITEM_OF
        ),
        _column("日期", "on", "date", cells.read_date, "到账日期；与凭证号都空的行视为尚未拨付，不记", optional=True),
        _AMOUNT,
        _column("凭证号", "voucher", "code", _read_voucher, "拨款凭证号", optional=True),
    ),
)
RECEIPTS = Sheet(
    "兑付回单",
    "银行把贴息兑付给企业的回单",
    models.Fact,
    (
        _column("银行名称", "bank", "name", cells.read_name, "兑付银行"),
        _USCC,
        _column("企业名称", "enterprise", "name", cells.read_name, "收款企业；与代码至少填一项", optional=True),
        _column("兑付日", "on", "date", cells.read_date, "兑付日期"),
        _AMOUNT,
        _column("回单号", "voucher", "code", _read_voucher, "银行回单号"),
    ),
)
SHEETS = {sheet.name: sheet for sheet in (PAYMENTS, RECEIPTS)}


# --- files ------------------------------------------------------------------------------------------------------------


def read_file(path: Path, data: bytes) -> Workbook:
    """A workbook, or a CSV as a workbook of one sheet; Refused when it is neither."""
    if path.suffix.lower() != ".csv":
        return read_workbook(path, data)
    try:
        rows = list(csv.reader(io.StringIO(_decoded(data), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{path.name} 不是可以读取的 CSV 文件；请另存为 CSV UTF-8 格式，或另存为 .xlsx 后重试") from error
    if not rows:
        raise Refused(f"{path.name} 是空文件；第一行应为表头")
    # its header tells which sheet it is
    name = PAYMENTS.name if any("".join(cell.split()) == "环节" for cell in rows[0]) else RECEIPTS.name
    return Workbook(path.name, fingerprint(data), [Grid(name, [[cell or None for cell in row] for row in rows])])


def _decoded(data: bytes) -> str:
    """Text in UTF-8 or, as Chinese spreadsheets and banks write CSV, in GBK."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def sheet_of(file: str, grid: Grid) -> Sheet | Finding | None:
    """Which of the two sheets a grid is; a finding where it is none of them, None where there is nothing to say."""
    name = "".join(grid.name.split())
    if name in SHEETS:
        return SHEETS[name]
    if name.startswith(NOTES_MARK) or not any(value is not None for row in grid.rows for value in row):
        return None
    right = f"应为：{'、'.join(SHEETS)}；备注请放在名称以「{NOTES_MARK}」开头的工作表中"
    return Finding(file, grid.name, None, "", "", "", "不是拨付文件的工作表", right)


# --- rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PaymentRow:
    """A good row: where it stands, and what it says."""

    sheet: Rows
    position: int
    leg: Leg
    place: Place
    on: date
    fen: int
    voucher: str

    @property
    def number(self) -> int:
        """The Excel row."""
        return self.sheet.numbers[self.position]

    def find(self, name: str, problem: str, expected: str) -> None:
        """Reports a finding on one of its cells."""
        self.sheet.find(self.position, name, problem, expected)


@dataclass(frozen=True)
class Creditor:
    """Whom a bank owes interest to: the place in the journal, and the enterprise's code."""

    place: Place
    uscc: str


class Registers:
    """The banks and enterprises on file with every name that they have had, and whom a bank has to pass interest on to."""

    def __init__(
        self, banks: Mapping[str, int], enterprises: Mapping[str, int], names: Mapping[int, Sequence[str]]
    ) -> None:
        self.banks, self.enterprises, self.names = banks, enterprises, names
        self._by_name: dict[tuple[int | None, str], list[Creditor]] = defaultdict(list)
        self._by_code: dict[tuple[int | None, str], list[Creditor]] = defaultdict(list)

    def add(self, creditors: Iterable[Creditor]) -> None:
        """Takes in whom the banks have to pass interest on to, under every name that each has had: a receipt may carry
        the name at the settlement or one from before or after a change."""
        for one in creditors:
            for name in dict.fromkeys(self._names_of(one)):
                self._by_name[one.place.bank_id, name].append(one)
            self._by_code[one.place.bank_id, one.uscc].append(one)

    def _names_of(self, creditor: Creditor) -> Sequence[str]:
        enterprise_id = creditor.place.enterprise_id
        return self.names[enterprise_id] if enterprise_id is not None else ()

    def name_words(self, enterprise_id: int) -> str:
        """What an enterprise is called now, and what it was called before."""
        now, *earlier = dict.fromkeys(reversed(self.names[enterprise_id]))
        return f"「{now}」" + (f"（曾用名「{'」「'.join(earlier)}」）" if earlier else "")

    @property
    def has_creditors(self) -> bool:
        """Whether it is known whom the banks have to pass interest on to."""
        return bool(self._by_code)

    def creditors(self, bank_id: int, uscc: str | None, name: str | None) -> Sequence[Creditor]:
        """The enterprises of a bank that fit a code, a name, or both."""
        if uscc is None:
            return self._by_name.get((bank_id, name or ""), ())
        return [one for one in self._by_code.get((bank_id, uscc), ()) if name is None or name in self._names_of(one)]

    def near(self, bank_id: int, name: str | None) -> str:
        """The likely enterprise of a bank, '' for none."""
        names = [known for bank, known in self._by_name if bank == bank_id]
        found = difflib.get_close_matches(name, names, 1, 0.5) if name else []
        return f"（是否为「{found[0]}」？）" if found else ""


def values_of(rows: Rows, position: int) -> dict[str, Any]:
    """The values of a row by field."""
    return {column.field: rows.values(column.field)[position] for column in rows.sheet.columns}


def is_open(value: Mapping[str, Any]) -> bool:
    """Whether a row of 拨付 is one that has not been paid yet: neither date nor voucher."""
    return value.get("on") is None and value.get("voucher") is None


def leg_of(value: Mapping[str, Any]) -> Leg:
    """The leg that a row of 拨付 is of."""
    return _LEG_OF[value["leg"]]


def read_payment(rows: Rows, position: int, value: Mapping[str, Any], known: Registers) -> PaymentRow | None:
    """A row of 拨付: whom its leg needs must be there, and whom it does not need must not."""
    for name in ("on", "voucher"):
        if value[name] is None:
            rows.find(position, name, "不能为空", "日期和凭证号都填；尚未拨付的行两者都留空")
            return None
    leg, item = leg_of(value), _ITEM_OF[value["item"]]
    if item not in leg.items:
        names = "、".join(ITEM_NAMES[name] for name in leg.items)
        rows.find(position, "item", f"不是「{leg.name}」拨付的项目", f"应为：{names}")
        return None
    wants_bank, wants_enterprise = leg.wants(item)
    bank_id = _who(rows, position, "bank", known.banks, wants_bank, leg, item)
    enterprise_id = _who(rows, position, "uscc", known.enterprises, wants_enterprise, leg, item)
    if enterprise_id is not None and value["enterprise"] not in (None, *known.names[enterprise_id]):
        right = f"该代码的企业为{known.name_words(enterprise_id)}"
        rows.find(position, "enterprise", "代码与名称不是同一家企业", right)
    if position in rows.bad:
        return None
    place = Place(item, value["county"], bank_id, enterprise_id)
    return PaymentRow(rows, position, leg, place, value["on"], value["fen"], value["voucher"])


def _who(
    rows: Rows, position: int, name: str, known: Mapping[str, int], wanted: bool, leg: Leg, item: str
) -> int | None:
    """The bank or enterprise that a row names, if it is to name one."""
    value = rows.values(name)[position]
    what = "银行" if name == "bank" else "企业"
    if value is None:
        if wanted:
            rows.find(position, name, "不能为空", f"「{leg.name}」的{ITEM_NAMES[item]}应填明{what}")
        return None
    if not wanted:
        rows.find(position, name, f"「{leg.name}」的{ITEM_NAMES[item]}不到{what}", "应留空")
        return None
    if value not in known:
        near = difflib.get_close_matches(value, list(known), 1, 0.5) if name == "bank" else []
        hint = f"（是否为「{near[0]}」？）" if near else ""
        rows.find(
            position, name, f"{what}没有入库{hint}", f"应为已报送的{'银行名称' if name == 'bank' else '企业代码'}"
        )
    return known.get(value)


def read_receipt(rows: Rows, position: int, value: Mapping[str, Any], known: Registers) -> PaymentRow | None:
    """A row of 兑付回单, matched to the one enterprise that the bank has to pass interest on to."""
    leg = LEGS["bank_to_enterprise"]
    bank_id = _who(rows, position, "bank", known.banks, True, leg, "interest")
    if bank_id is None:
        return None
    code, name = value["uscc"], value["enterprise"]
    if code is None and name is None:
        rows.find(position, "uscc", "代码和名称都没有", "统一社会信用代码与企业名称至少填一项")
        return None
    found = known.creditors(bank_id, code, name)
    of_code = known.creditors(bank_id, code, None) if code else ()
    if len(found) > 1:
        rows.find(position, "enterprise", "对上了不止一家企业", "请填统一社会信用代码")
    elif not found and of_code:
        right = f"该代码的企业为{known.name_words(known.enterprises[of_code[0].uscc])}"
        rows.find(position, "enterprise", "代码与名称不是同一家企业", right)
    elif not found:
        problem = f"该行本年度没有应兑付给这家企业的贴息{known.near(bank_id, name)}"
        rows.find(position, "uscc" if code else "enterprise", problem, "应与本年度该行应兑付的企业一致")
    if len(found) != 1:
        return None
    return PaymentRow(rows, position, leg, found[0].place, value["on"], value["fen"], value["voucher"])


def refuse_repeated(rows: Sequence[PaymentRow], on_file: Mapping[str, set[tuple[str, Place, str]]]) -> None:
    """A voucher stands for one payment: not twice in the file, not again when it is on file (and not reversed).

    on_file: by programme, the vouchers with their kind and place.
    """
    seen: dict[tuple[str, Place, str], PaymentRow] = {}
    for row in rows:
        key = (row.leg.kind, row.place, row.voucher)
        if key in seen:
            first = seen[key]
            where = f"「{first.sheet.sheet.name}」表" if first.sheet is not row.sheet else ""
            row.find("voucher", f"与{where}第 {first.number} 行重复", "同一笔拨付的凭证号只能出现一次")
        elif key in on_file[row.leg.programme]:
            row.find("voucher", "此前已记过", "同一笔拨付只记一次；确系另一笔的，请用另一凭证号")
        seen.setdefault(key, row)


def in_order(rows: Iterable[PaymentRow]) -> Iterator[PaymentRow]:
    """Rows in the order in which money moves: by date, and within a day down the way."""
    ranks = {kind: rank for rank, kind in enumerate(LEGS)}
    return iter(sorted(rows, key=lambda row: (row.on, ranks[row.leg.kind])))
