"""The kinds of warnings in their order, and what a warning is."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from ledger.warnings.limits import limits


@dataclass(frozen=True)
class Kind:
    """One code: its title, and when it is said, with the figures of `limits` by name. settled: judged of a year only."""

    code: str
    title: str
    when: str
    settled: bool = False

    @property
    def said_when(self) -> str:
        """When it is said, figures filled in."""
        return self.when.format(**limits().words)


KINDS = (
    Kind(
        "P_UNIT", "金额单位",
        "贷款金额、还本金额、年末余额达到 {amount}；或报送的年末余额恰为按还款推算的余额的 {factors} 倍，或这么多分之一",
    ),
    Kind("P_RATE", "利率", "年利率低于 {low}% 或高于 {high}%"),
    Kind("P_TERM", "期限", "期限超过 {years} 年（自发放日，到日为止不算超过），或到期日在发放日之后不足 {days} 天"),
    Kind(
        "P_TWIN", "重复",
        "同一银行另有一笔贷款，企业、金额、发放日、到期日都相同；或借据编号只差大小写、空格或标点",
    ),
    Kind("P_NAME", "同名", "另一个代码的企业用同一名称"),
    Kind("P_EARLY", "上传早于业务", "资料上传日早于发放日、还款日或展期日"),
    Kind("P_INTEREST", "付息", "一次付息超过贷款金额的 {interest}%"),
    Kind("P_OVERDUE", "逾期或无还款", "已过到期日仍有余额，或发放超过 {silent} 年没有一笔还款（付息或还本）", settled=True),
    Kind("P_VOUCHER", "凭证号", "凭证号已用于付给另一收款人（拨付时）"),
    Kind("P_UNREPORTED", "未报余额", "该行报送了本年度其他贷款的年末余额，本笔没有", settled=True),
)  # fmt: skip
ORDER = {kind.code: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True)
class Warned:
    """One warning: its code, whom it concerns, the row that it speaks of, and the sentence.

    bank, note_no: None where no loan is meant; uscc: the enterprise's code, None where nobody is. field, letter: the
    column of the row's sheet that is meant and where it stands in the workbook, '' where that is not known.
    """

    code: str
    bank: str | None
    note_no: str | None
    uscc: str | None
    file: str
    sheet: str
    row: int
    text: str
    field: str = ""
    letter: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "code": self.code, "bank": self.bank, "note_no": self.note_no, "uscc": self.uscc, "file": self.file,
            "sheet": self.sheet, "row": self.row, "text": self.text,
        }  # fmt: skip

    def line(self) -> str:
        """For people: the code, the file, the sentence."""
        return f"{self.code}　{self.file}：{self.text}"


class Told(NamedTuple):
    """A warning as it sorts: the place of its kind, then as `in_order` says; '' where there is no bank or note number. turn:
    which of those on one row it is."""

    kind: int
    bank: str
    note_no: str
    uscc: str
    file: str
    sheet: str
    row: int
    turn: int
    text: str
    field: str

    @property
    def code(self) -> str:
        """The code of its kind."""
        return KINDS[self.kind].code

    def warned(self) -> Warned:
        """As a warning."""
        return Warned(
            self.code, self.bank or None, self.note_no or None, self.uscc, self.file, self.sheet, self.row, self.text,
            self.field,
        )  # fmt: skip


def in_order(found: list[Warned]) -> list[Warned]:
    """Kind by kind; within one by bank, note number, file, sheet and row."""
    return sorted(
        found,
        key=lambda one: (
            ORDER[one.code], one.bank or "", one.note_no or "", one.uscc or "", one.file, one.sheet, one.row,
        ),
    )  # fmt: skip
