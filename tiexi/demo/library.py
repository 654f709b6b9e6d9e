"""The invented city's “卡脖子” projects: a library of 20, with the loans, policies, grants and investments around them.

The borrowers are companies of `build_world`. Most of what happens is in order; the rest meets each condition of
威政办发〔2023〕8号 once, uses up the filing quota over two banks, and shares the premium ceiling over three policies.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from ledger.counties import OUTSIDE
from tiexi.demo.city import BANKS, Enterprise, Entry, Row, World, add_months, lpr_before

REVIEWED = (2023, 2024)
BUREAU = "科技局"
INSURERS = ("碧波样例财产保险", "磐石样例财产保险")
INVESTORS = ("启航样例创业投资", "远帆样例基金管理")
_COVERAGES = (
    "研发营业中断保险",
    "研发设备损失保险",
    "研发费用损失保险",
    "研发责任损失保险",
    "关键研发人员人身意外伤害保险",
)
_HIGH_TECH = "高新技术企业"
_PROJECTS = 20
_TOPICS = (
    "高速轴承", "特种密封件", "激光光源", "医用导管", "碳纤维原丝", "船用传感器", "光刻胶树脂", "伺服电机", "海水提取膜", "精密丝杠",
    "航空铝锻件", "功率芯片", "内窥镜镜头", "特种渔具材料", "超声换能器", "高压泵阀", "可降解缝线", "真空阀门", "工业控制软件", "打印喷头",
)  # fmt: skip


class Library:
    """The rows of every sender's workbook."""

    def __init__(self, world: World) -> None:
        self.entries: list[Entry] = []
        self._notes = {kind: count(1) for kind in ("loan", "policy", "investment")}
        self._high_tech = [one for one in world.enterprises if one.county != OUTSIDE and _always_high_tech(one)]
        self._outside = next(one for one in world.enterprises if one.county == OUTSIDE)
        self._plain = next(one for one in world.enterprises if one.county != OUTSIDE and not one.qualifications)
        self.projects: dict[str, str] = {}  # of each enterprise's code
        self.highlights: dict[str, tuple[str, str]] = {}
        self._build()

    def books(self) -> list[tuple[str, dict[str, list[Row]]]]:
        """(sender, its rows by sheet), in the order in which they can be taken in."""
        found: dict[str, dict[str, list[Row]]] = {}
        for entry in self.entries:
            found.setdefault(entry.book, {}).setdefault(entry.sheet, []).append(entry.row)
        return list(found.items())

    def _add(self, book: str, sheet: str, row: Row) -> None:
        self.entries.append(Entry(REVIEWED[0], book, sheet, row))

    def _build(self) -> None:
        borrowers = [*self._high_tech[: _PROJECTS - 2], self._outside, self._plain]
        for number, (owner, topic) in enumerate(zip(borrowers, _TOPICS, strict=True), start=1):
            self.projects[owner.code] = f"KBZ-{number:03d}"
            self._add(BUREAU, "项目库", {
                "项目编号": f"KBZ-{number:03d}", "项目名称": f"样例{topic}攻关", "统一社会信用代码": owner.code,
                "入库日": date(2022, 12, 1), "出库日": date(2024, 6, 30) if number == 20 else None,
            })  # fmt: skip
        self._loans()
        self._policies()
        self._grants()
        self._investments()

    # -- 贷 --

    def _loan(
        self, borrower: Enterprise, bank: int, day: date, amount: int, months: int = 24, points: int = 0,
        guarantee: str = "信用", project: str = "", mark: str = "",
    ) -> tuple[str, str]:  # fmt: skip
        note = f"GK{day.year}-{next(self._notes['loan']):03d}"
        self._add(BANKS[bank], "贷款", {
            "银行名称": BANKS[bank], "借据编号": note, "合同编号": None, "业务品种": "卡脖子攻关贷",
            "统一社会信用代码": borrower.code, "贷款金额(万元)": Decimal(amount), "发放日": day,
            "到期日": add_months(day, months), "年利率(%)": lpr_before(day) + Decimal(points) / 100, "担保方式": guarantee,
            "资料上传日": day, "项目编号": project or self.projects[borrower.code],
        })  # fmt: skip
        if mark:
            self.highlights[mark] = (BANKS[bank], note)
        return BANKS[bank], note

    def _repay(self, loan: tuple[str, str], day: date, principal: int) -> None:
        self._add(loan[0], "还款", {
            "银行名称": loan[0], "借据编号": loan[1], "还款日": day, "还本金额(万元)": Decimal(principal),
            "付息金额(万元)": None, "资料上传日": day,
        })  # fmt: skip

    def _loans(self) -> None:
        firms = self._high_tech
        for number in range(10):  # in order, some paid back in part
            loan = self._loan(
                firms[number],
                number % 4,
                date(2023, 3 + number % 9, 7 + number),
                300 + 90 * number,
                12 * (1 + number % 3),
            )
            if number % 3 == 1:
                self._repay(loan, date(2023, 12, 1), 100)
        big = firms[10]  # the quota over two banks: 1500, then 500 of 1200, then nothing
        self._loan(big, 0, date(2023, 5, 10), 1500)
        self._loan(big, 1, date(2023, 6, 12), 1200, mark="cut by the quota")
        self._loan(big, 2, date(2023, 7, 10), 300, mark="nothing left of the quota")
        self._loan(self._outside, 0, date(2023, 4, 18), 400)
        self._loan(self._plain, 1, date(2023, 4, 19), 350)
        self._loan(firms[11], 2, date(2023, 1, 10), 500)  # before the document
        self._loan(firms[12], 3, date(2023, 8, 15), 450, project=self.projects[firms[0].code])
        self._loan(firms[13], 0, date(2023, 8, 16), 600, guarantee="抵押")
        self._loan(firms[14], 1, date(2023, 9, 12), 520, months=37)
        self._loan(firms[15], 2, date(2023, 9, 13), 480, points=5)
        diverted = self._loan(firms[16], 3, date(2023, 5, 16), 380)
        # 2024: in the last weeks of the document, and after its end
        self._loan(firms[17], 0, date(2023, 12, 20), 800)
        self._loan(firms[1], 1, date(2024, 2, 23), 260)
        self._loan(firms[2], 2, date(2024, 3, 5), 300)
        finding = {"认定日": date(2023, 11, 28), "认定文号": "威样例科认〔2023〕2号", "事由": "贷款资金未用于攻关项目"}
        self._add("市级认定", "撤销", {"银行名称": diverted[0], "借据编号": diverted[1], **finding})

    # -- 保 --

    def _policy(self, insured: Enterprise, day: date, premium: str, coverages: str, insurer: int = 0) -> None:
        name = INSURERS[insurer]
        self._add(name, "保单", {
            "保险公司": name, "保单号": f"BD{day.year}-{next(self._notes['policy']):03d}", "统一社会信用代码": insured.code,
            "项目编号": self.projects[insured.code], "险种": coverages, "保险起期": day,
            "保险止期": add_months(day, 12) - timedelta(days=1), "缴费日": day, "实缴保费(万元)": Decimal(premium),
        })  # fmt: skip

    def _policies(self) -> None:
        firms = self._high_tech
        for number, coverage in enumerate(_COVERAGES):
            self._policy(firms[number], date(2023, 4 + number, 6), f"{6 + 3 * number}.5", coverage, number % 2)
        self._policy(firms[5], date(2023, 6, 8), "12.345678", "、".join(_COVERAGES[:3]))
        for premium, day in (("30", 3), ("20", 4), ("10", 5)):  # 60万 paid, 20万 granted
            self._policy(
                firms[6], date(2023, 7, day), premium, _COVERAGES[int(premium) // 10 - 1], int(premium) // 10 % 2
            )
        self._policy(firms[7], date(2023, 8, 7), "8", "研发设备损失保险、财产综合险")
        self._policy(self._plain, date(2023, 5, 9), "5", _COVERAGES[2])
        self._policy(firms[8], date(2023, 2, 10), "7", _COVERAGES[0])
        self._policy(firms[9], date(2024, 1, 15), "16", _COVERAGES[1], 1)
        self._policy(firms[9], date(2024, 3, 12), "9", _COVERAGES[3], 1)

    # -- 拨 and 投 --

    def _grants(self) -> None:
        figures = ((0, 300, 10, 30), (1, 180, 15, 27), (2, 250, 20, 50), (3, 400, 10, 36), (4, 220, 10, 22))
        for firm, spending, ratio, approved in figures:
            self._grant(firm, date(2023, 10, 10 + firm), spending, ratio, approved)
        self._grant(0, date(2024, 1, 18), 260, 10, 20)
        self._grant(5, date(2024, 3, 10), 150, 10, 15)  # after the document's end

    def _grant(self, firm: int, day: date, spending: int, ratio: int, approved: int) -> None:
        self._add(BUREAU, "研发补助", {
            "项目编号": self.projects[self._high_tech[firm].code], "年度": day.year, "研发投入(万元)": Decimal(spending),
            "补助比例(%)": Decimal(ratio), "批准日": day, "批准金额(万元)": Decimal(approved),
        })  # fmt: skip

    def _investments(self) -> None:
        figures = (
            (0, 0, date(2023, 4, 27), 800, None), (3, 0, date(2023, 9, 5), 500, "1.8"), (6, 1, date(2023, 6, 29), 1200, "2"),
            (8, 1, date(2023, 11, 16), 300, None), (9, 0, date(2024, 2, 6), 600, "1.5"), (4, 1, date(2024, 4, 9), 450, None),
        )  # fmt: skip
        for firm, investor, day, amount, factor in figures:
            self._add(INVESTORS[investor], "股权投资", {
                "投资机构": INVESTORS[investor], "投资编号": f"TZ{day.year}-{next(self._notes['investment']):03d}",
                "统一社会信用代码": self._high_tech[firm].code, "投资日": day, "投资金额(万元)": Decimal(amount),
                "认定系数": Decimal(factor) if factor else None,
            })  # fmt: skip


def _always_high_tech(borrower: Enterprise) -> bool:
    """Whether its certificates cover every day that a review may look at."""
    days = (date(2023, 1, 1) + timedelta(days=step) for step in range(500))
    held = [(start, end) for kind, start, end in borrower.qualifications if kind == _HIGH_TECH]
    return all(any(start <= day and (end is None or day <= end) for start, end in held) for day in days)


def senders(library: Library) -> Iterator[tuple[int, str, dict[str, list[Row]]]]:
    """The books, numbered from 1."""
    for number, (sender, sheets) in enumerate(library.books(), start=1):
        yield number, sender, sheets
