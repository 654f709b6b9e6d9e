"""What a world says of a loan, and of the enterprises and banks around it, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from programmes.tech_branch.oracle_figures import (
    BONUS_CEILING,
    INTEREST_CEILING,
    PROGRAMME,
    Approved,
    Row,
    Workdays,
    World,
    add_months,
    county_of,
    fen,
    lpr,
    whole_months,
)

REQUIRED = {"发放": ("贷款合同", "放款通知书"), "还款": ("还本付息凭证",), "展期": ("展期协议",)}


@dataclass(frozen=True)
class Event:
    """Something whose papers are to be uploaded: a disbursement, a repayment or an extension (发放, 还款, 展期)."""

    what: str
    on: date
    uploaded_on: date | None


@dataclass(frozen=True)
class Loan:
    """A loan with what happened to it."""

    row: Row
    repayments: tuple[Row, ...]
    extensions: tuple[Row, ...]

    @property
    def bank(self) -> str:
        return str(self.row["银行名称"])

    @property
    def note_no(self) -> str:
        return str(self.row["借据编号"])

    @property
    def uscc(self) -> str:
        return str(self.row["统一社会信用代码"])

    @property
    def amount(self) -> int:
        return fen(self.row["贷款金额(万元)"])

    @property
    def disbursed_on(self) -> date:
        day: date = self.row["发放日"]
        return day

    def balance(self, day: date) -> int:
        """The principal outstanding at the end of a day; 0 before the disbursement."""
        if day < self.disbursed_on:
            return 0
        repaid = sum(fen(row["还本金额(万元)"] or 0) for row in self.repayments if row["还款日"] <= day)
        return self.amount - repaid

    def paid_off_on(self, as_of: date) -> date | None:
        """The date on which the balance reached 0, as known at as_of."""
        for day in sorted(row["还款日"] for row in self.repayments if row["还款日"] <= as_of):
            if self.balance(day) == 0:
                reached: date = day
                return reached
        return None

    def due_on(self, as_of: date) -> date:
        """The due date in force at as_of: that of the last extension, else the first one."""
        known = [row for row in self.extensions if row["展期日"] <= as_of]
        due: date = max(known, key=lambda row: row["展期日"])["新到期日"] if known else self.row["到期日"]
        return due

    def end(self, as_of: date) -> date:
        """Until when the loan was really used: overdue time is not time granted."""
        paid_off, due = self.paid_off_on(as_of), self.due_on(as_of)
        return due if paid_off is None else min(paid_off, due)

    def days(self, as_of: date) -> int:
        """企业实际占用贷款时间, 第五条."""
        return (self.end(as_of) - self.disbursed_on).days

    def months(self, year: int, as_of: date) -> int:
        """Months subsidised at this year's end, 第六条: 12 at the first, then the whole months beyond."""
        k = year - self.disbursed_on.year + 1
        if k == 1:
            return 12
        extra = whole_months(add_months(self.disbursed_on, 12), self.end(as_of))
        return min(12, max(0, extra - 12 * (k - 2)))

    def events(self, year: int) -> list[Event]:
        """What must be uploaded for this year (第十七条): the disbursement, and what happened in the year."""
        events = [Event("发放", self.disbursed_on, self.row.get("资料上传日"))]
        for what, rows, header in (("还款", self.repayments, "还款日"), ("展期", self.extensions, "展期日")):
            events += [Event(what, row[header], row.get("资料上传日")) for row in rows if row[header].year == year]
        return events


def all_loans(world: World) -> list[Loan]:
    """The loans of the programme."""

    def by_loan(sheet: str) -> dict[tuple[str, str], list[Row]]:
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in world.get(sheet, ()):
            rows.setdefault((row["银行名称"], row["借据编号"]), []).append(row)
        return rows

    repayments, extensions = by_loan("还款"), by_loan("展期")
    return [
        Loan(row, tuple(repayments.get(key, ())), tuple(extensions.get(key, ())))
        for row in world.get("贷款", ())
        if row["业务品种"] == PROGRAMME
        for key in [(row["银行名称"], row["借据编号"])]
    ]


class Facts:
    """A world, looked up by key, for the settlement of one year as of one day."""

    def __init__(self, world: World, year: int, as_of: date, approved: Sequence[Approved]) -> None:
        self.world = world
        self.year = year
        self.as_of = as_of
        self.year_end = date(year, 12, 31)
        self.earlier = sorted((run for run in approved if run["year"] < year), key=lambda run: run["year"])
        self.workdays = Workdays(world.get("工作日历", ()))
        self.enterprises = {row["统一社会信用代码"]: row for row in world.get("企业", ())}
        self.qualifications = self._group("资质", "统一社会信用代码")
        self.banks = self._group("合作银行", "银行名称")
        self.upload_waivers = {(row["银行名称"], row["借据编号"], row["业务日"]) for row in world.get("上传豁免", ())}
        self.revoked_loans = {
            (row["银行名称"], row["借据编号"]) for row in world.get("撤销", ()) if row["认定日"] <= as_of
        }
        self.disqualified = {row["主体"] for row in world.get("取消资格", ()) if row["取消日"] <= self.year_end}
        self.reported = {
            (row["银行名称"], row["借据编号"]): fen(row["年末余额(万元)"]) for row in self._of_year("年末余额")
        }
        self.year_waivers = {row["统一社会信用代码"] for row in self._of_year("年限豁免")}
        self.own_rates = {row["补助项目"]: Decimal(row["比例(%)"]) for row in self._of_year("年度比例")}
        self.bank_rates = {row["银行名称"]: Decimal(row["奖补比例(%)"]) for row in self._of_year("奖补比例")}
        self.budgets = {county_of(row["范围"]): fen(row["金额(万元)"]) for row in self._of_year("预算")}
        self.opening = {row["统一社会信用代码"]: row for row in world.get("历史享受年限", ())}
        self._lpr: dict[date, Decimal | None] = {}

    def _group(self, sheet: str, header: str) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for row in self.world.get(sheet, ()):
            rows.setdefault(row[header], []).append(row)
        return rows

    def _of_year(self, sheet: str) -> list[Row]:
        return [row for row in self.world.get(sheet, ()) if int(row["年度"]) == self.year]

    def county(self, loan: Loan) -> str:
        return county_of(self.enterprises[loan.uscc]["区市"])

    def lpr(self, day: date) -> Decimal | None:
        if day not in self._lpr:
            self._lpr[day] = lpr(self.world, self.workdays, day)
        return self._lpr[day]

    def uploaded_on(self, loan: Loan, event: Event) -> date | None:
        """第十七条: when the papers of an event came: from the platform's start on by what it received, else as reported."""
        starts = {row["范围"]: row["启用日"] for row in self.world.get("资料平台启用", ())}
        start = starts.get(loan.bank, starts.get("全市"))
        if start is None or event.on < start:
            return event.uploaded_on
        days = []
        for kind in REQUIRED[event.what]:
            came = [
                row["收到日"]
                for row in self.world.get("收到的资料", ())
                if (row["银行名称"], row["借据编号"], row["业务"], row["业务日"])
                == (loan.bank, loan.note_no, event.what, event.on)
                and kind in row["资料"].split("、")
                and row["收到日"] <= self.as_of
            ]
            if not came:
                return None
            days.append(min(came))
        return max(days)

    @property
    def interest_rate(self) -> Decimal:
        """第六条: 最高不超过1%, or what the year decided."""
        return self.own_rates.get("贴息", INTEREST_CEILING)

    def bonus_rate(self, bank: str) -> Decimal:
        """第六条: 差别化, so the bank's own first, then the year's, then the ceiling."""
        return self.bank_rates.get(bank, self.own_rates.get("奖补", BONUS_CEILING))

    def years_enjoyed(self, uscc: str) -> int:
        """已享受政策年限 before this year: the opening figure and the years since that paid it interest."""
        opening = self.opening.get(uscc)
        up_to, n = (int(opening["截至年度"]), int(opening["已享受年限"])) if opening else (0, 0)
        paid_years = {
            run["year"]
            for run in self.earlier
            if run["year"] > up_to and sum(line["interest_fen"] for line in run["lines"] if line["uscc"] == uscc) > 0
        }
        return n + len(paid_years)
