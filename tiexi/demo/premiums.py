"""The invented city's exporters: what they paid for short-term export credit insurance in two years, and what came back.

They are companies of `build_world`. Most premiums are in order; the rest meets each condition of 威商务发〔2023〕1号 第11条
once. In 2024 the city's money does not suffice, and a part of a premium that 2023 supported is paid back.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ledger.counties import OUTSIDE
from tiexi.demo.city import Row, World

REVIEWED = (2023, 2024)
BUREAU = "商务局"
INSURERS = ("远洋样例信用保险公司", "海岸样例信用保险公司")
_EXPORTERS = 12
_COUNTRIES = (
    ("巴西", "新兴市场"), ("南非", "新兴市场"), ("越南", "一带一路"), ("泰国", "一带一路"), ("美国", "其他市场"), ("日本", "其他市场"),
)  # fmt: skip
_SHORT, _BEFORE = "短期出口信用保险", "短期出口信用保险、出口前附加险"
_FUNDS = {2023: Decimal(400), 2024: Decimal(120)}


class Premiums:
    """The rows of the bureau's and the insurers' workbooks, by year, sender and sheet."""

    def __init__(self, world: World) -> None:
        of_city = [one.code for one in world.enterprises if one.county != OUTSIDE]
        self._exporters = of_city[:_EXPORTERS]
        self._outside = next(one.code for one in world.enterprises if one.county == OUTSIDE)
        self.claimed = (INSURERS[0], "YY2023-001", _COUNTRIES[0][0])  # what is paid back a year later

    def books(self, year: int) -> list[tuple[str, dict[str, list[Row]]]]:
        """(sender, its rows by sheet) of a year, in the order in which they can be taken in."""
        rows = list(self._premiums(year))
        books: list[tuple[str, dict[str, list[Row]]]] = [(BUREAU, self._of_the_bureau(year))]
        for insurer in INSURERS:
            paid = [row for row in rows if row["承保机构"] == insurer]
            books.append((insurer, {"信保缴费": paid, "信保退费": list(self._refunds(year, insurer))}))
        return [(sender, {name: found for name, found in sheets.items() if found}) for sender, sheets in books]

    def _of_the_bureau(self, year: int) -> dict[str, list[Row]]:
        listed: list[Row] = [
            {"国家地区": country, "市场": market, "列入日": date(2022, 1, 1)} for country, market in _COUNTRIES
        ]
        given: list[Row] = [
            {"年度": year, "统一社会信用代码": code, "配套金额(万元)": Decimal(amount)}
            for code, amount in zip(self._exporters, ("5", "30", "2.5"), strict=False)
        ]
        return {
            "市场名录": listed if year == REVIEWED[0] else [],
            "资金总量": [{"年度": year, "资金": "出口信保", "金额(万元)": _FUNDS[year]}],
            "信保配套": given,
        }

    def _premiums(self, year: int) -> Iterator[Row]:
        first = date(year, 1, 16)
        for number in range(3 * _EXPORTERS):
            country = _COUNTRIES[(number + number // _EXPORTERS) % len(_COUNTRIES)][0]
            day = first + timedelta(days=number * 9)
            amount = Decimal(4 + number * 7 % 23) + Decimal(number) / 1000
            kinds = _BEFORE if number % 5 == 0 else _SHORT
            yield self._premium(year, number, self._exporters[number % _EXPORTERS], country, day, amount, kinds)
        code, last = self._exporters[0], 3 * _EXPORTERS
        odd: tuple[tuple[str, date, str, str | None], ...] = (
            (self._outside, date(year, 4, 10), _SHORT, None),  # X_REGION
            (code, date(year, 1, 10), _SHORT, None),  # X_PERIOD in the first year
            (code, date(year, 5, 10), "中长期出口信用保险", None),  # X_KIND
            (code, date(year, 6, 10), _SHORT, "美元"),  # X_CURRENCY
            (code, date(year, 7, 10), _SHORT, "人民币"),  # X_PAID: all of it is paid back
        )
        for number, (who, day, kinds, currency) in enumerate(odd, start=last):
            yield self._premium(year, number, who, "越南", day, Decimal(6), kinds, currency)

    @staticmethod
    def _premium(
        year: int, number: int, code: str, country: str, day: date, amount: Decimal, kinds: str, currency: str | None = None
    ) -> Row:  # fmt: skip
        insurer, letters = ((INSURERS[0], "YY"), (INSURERS[1], "HA"))[(number + number // _EXPORTERS) % 2]
        return {
            "承保机构": insurer, "缴费凭证号": f"{letters}{year}-{number + 1:03d}", "国家地区": country,
            "统一社会信用代码": code, "保单号": f"{letters}-P{year % 100}{number % _EXPORTERS + 1:03d}", "险种": kinds,
            "缴费日": day, "实缴保费(万元)": amount, "币种": currency,
        }  # fmt: skip

    def _refunds(self, year: int, insurer: str) -> Iterator[Row]:
        """One premium wholly and one in part within the year; in the second year a part of what the first supported."""
        wholly, partly = 3 * _EXPORTERS + 4, 2
        found: list[tuple[int, int, str, Any]] = [
            (year, wholly, "越南", Decimal(6)),
            (year, partly, "越南", Decimal("1.5")),
        ]
        if year == REVIEWED[1]:
            found.append((REVIEWED[0], 0, _COUNTRIES[0][0], Decimal("1.6")))
        for number, (paid_in, voucher, country, amount) in enumerate(found, start=1):
            paid = self._premium(paid_in, voucher, "", country, date(paid_in, 1, 1), amount, "")
            if paid["承保机构"] == insurer:
                yield {
                    "承保机构": insurer, "退费凭证号": f"TF{year}-{number:03d}", "国家地区": country,
                    "缴费凭证号": paid["缴费凭证号"], "退费日": date(year, 11, 20), "退费金额(万元)": amount,
                }  # fmt: skip
