"""The files that payments come in: the sheets 拨付 and 兑付回单, as a workbook or as CSV, and the legs that a row may be of."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ledger import models
from ledger.counties import COUNTIES
from ledger.programmes import chart
from ledger.programmes.chart import Way
from ledger.programmes.flow import Leg, Place
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.csv_files import is_csv, read_csv
from ledger.workbooks.findings import Finding
from ledger.workbooks.headers import header_text
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import NOTES_MARK, Column, Sheet
from ledger.workbooks.workbook import Grid, Workbook, fingerprint, read_workbook


def _column(
    header: str,
    name: str,
    shape: Any,
    read: cells.Reader,
    example: Any,
    hint: str,
    optional: bool = False,
    choices: Any = (),
) -> Column:
    return Column(header, name, shape, read, example, hint, optional=optional, choices=tuple(choices))


def _read_voucher(value: cells.Cell) -> str:
    """The number of a voucher or a receipt: a code, so that full-width is half-width; a line break is a blank."""
    return cells.read_code(cells.read_text(value))


_AMOUNT = columns.wan("金额(万元)", "fen", 2.5, "金额")
_USCC = _column(
    "统一社会信用代码", "uscc", "code", cells.read_uscc, columns.uscc().example, "收款或缴款企业", optional=True
)
PAYMENTS = "拨付"
RECEIPTS = Sheet(
    "兑付回单",
    "银行把贴息兑付给企业的回单",
    models.Fact,
    (
        _column("银行名称", "bank", "name", cells.read_name, "样例银行", "兑付银行"),
        _USCC,
        _column(
            "企业名称",
            "enterprise",
            "name",
            cells.read_name,
            "样例海甲公司",
            "收款企业；与代码至少填一项",
            optional=True,
        ),
        _column("兑付日", "on", "date", cells.read_date, "2024-04-02", "兑付日期"),
        _AMOUNT,
        _column("回单号", "voucher", "code", _read_voucher, "样例回单0001", "银行回单号"),
    ),
)
SHEETS = (PAYMENTS, RECEIPTS.name)  # their names


def payments() -> Sheet:
    """The sheet 拨付: any leg of the way, of any programme."""
    legs, items = tuple(dict.fromkeys(chart.leg_names().values())), tuple(chart.item_names().values())
    return Sheet(
        PAYMENTS,
        "拨付各环节",
        models.Fact,
        (
            _column("环节", "leg", "choice", cells.one_of(legs, "环节"), legs[0], "第十九条的哪一环节", choices=legs),
            _column("区市", "county", "choice", cells.read_county, COUNTIES[0], "资金属于哪个区市", choices=COUNTIES),
            _column("银行名称", "bank", "name", cells.read_name, "样例银行", "收款、经办或缴款银行", optional=True),
            _USCC,
            _column("企业名称", "enterprise", "name", cells.read_name, "样例海甲公司", "供核对，可不填", optional=True),
            _column(
                "补助项目", "item", "choice", cells.one_of(items, "补助项目"), items[0], "贴息、奖补等", choices=items
            ),
            _column(
                "日期",
                "on",
                "date",
                cells.read_date,
                "2024-03-05",
                "到账日期；与凭证号都空的行视为尚未拨付，不记",
                optional=True,
            ),
            _AMOUNT,
            _column("凭证号", "voucher", "code", _read_voucher, "样例凭证0001", "拨款凭证号", optional=True),
        ),
    )


# --- files ------------------------------------------------------------------------------------------------------------


def read_file(path: Path, data: bytes) -> Workbook:
    """A workbook, or a CSV as a workbook of one sheet; Refused when it is neither."""
    if not is_csv(path, data):
        return read_workbook(path, data)
    rows = read_csv(path, data)
    # its header tells which sheet it is
    name = PAYMENTS if any(header_text(cell) == "环节" for cell in rows[0]) else RECEIPTS.name
    return Workbook(path.name, fingerprint(data), [Grid(name, rows)])


def sheet_of(file: str, grid: Grid) -> Sheet | Finding | None:
    """Which of the two sheets a grid is; a finding where it is none of them, None where there is nothing to say."""
    name = "".join(grid.name.split())
    if name == PAYMENTS:
        return payments()
    if name == RECEIPTS.name:
        return RECEIPTS
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
    programme: str
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


def way_of(value: Mapping[str, Any]) -> Way:
    """The leg that a row of 拨付 is of: of the programme that pays its item, where several have a leg of this name."""
    named = [way for way in chart.ways() if way.leg.name == value["leg"]]
    item = item_of(value)
    return next((way for way in named if item in way.leg.items), named[0])


def receipt_way() -> Way:
    """The leg that banks report on 兑付回单."""
    return next(way for way in chart.ways() if way.leg.receipts)


def item_of(value: Mapping[str, Any]) -> str:
    return next(item for item, name in chart.item_names().items() if name == value["item"])


def sides(leg: Leg, place: Place) -> tuple[list[tuple[str, Place]], tuple[str, Place]]:
    """The accounts that a leg goes to (none of one that comes back to the payers) and the one that it comes from."""
    source = (leg.source.key, leg.source.place(place))
    if leg.returns:
        return [], source
    target = leg.target_of(place.item)
    return [(target.key, target.place(place))], source


def read_payment(rows: Rows, position: int, value: Mapping[str, Any], known: Registers) -> PaymentRow | None:
    """A row of 拨付: whom its leg needs must be there, and whom it does not need must not."""
    for name in ("on", "voucher"):
        if value[name] is None:
            rows.find(position, name, "不能为空", "日期和凭证号都填；尚未拨付的行两者都留空")
            return None
    programme, leg = way_of(value)
    item = item_of(value)
    if item not in leg.items:
        names = chart.item_names()
        carried = [names[one] for way in chart.ways() if way.leg.name == leg.name for one in way.leg.items]
        rows.find(position, "item", f"不是「{leg.name}」拨付的项目", f"应为：{'、'.join(carried)}")
        return None
    bank_id = _who(rows, position, "bank", known.banks, item in leg.bank, leg, item)
    enterprise_id = _who(rows, position, "uscc", known.enterprises, item in leg.enterprise, leg, item)
    if enterprise_id is not None and value["enterprise"] not in (None, *known.names[enterprise_id]):
        right = f"该代码的企业为{known.name_words(enterprise_id)}"
        rows.find(position, "enterprise", "代码与名称不是同一家企业", right)
    if position in rows.bad:
        return None
    place = Place(item, value["county"], bank_id, enterprise_id)
    return PaymentRow(rows, position, programme, leg, place, value["on"], value["fen"], value["voucher"])


def _who(
    rows: Rows, position: int, name: str, known: Mapping[str, int], wanted: bool, leg: Leg, item: str
) -> int | None:
    """The bank or enterprise that a row names, if it is to name one."""
    value = rows.values(name)[position]
    what = "银行" if name == "bank" else "企业"
    if value is None:
        if wanted:
            rows.find(position, name, "不能为空", f"「{leg.name}」的{chart.item_names()[item]}应填明{what}")
        return None
    if not wanted:
        rows.find(position, name, f"「{leg.name}」的{chart.item_names()[item]}不到{what}", "应留空")
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
    programme, leg = receipt_way()
    bank_id = _who(rows, position, "bank", known.banks, True, leg, leg.items[0])
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
    return PaymentRow(rows, position, programme, leg, found[0].place, value["on"], value["fen"], value["voucher"])


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
        elif key in on_file[row.programme]:
            row.find("voucher", "此前已记过", "同一笔拨付只记一次；确系另一笔的，请用另一凭证号")
        seen.setdefault(key, row)


def in_order(rows: Iterable[PaymentRow]) -> Iterator[PaymentRow]:
    """Rows in the order in which money moves: by date, and within a day down the way."""
    ranks = {kind: rank for rank, kind in enumerate(chart.leg_names())}
    return iter(sorted(rows, key=lambda row: (row.on, ranks[row.leg.kind])))
