"""Random worlds for a review of 拨投贷保, crowded around the thresholds of 威政办发〔2023〕8号.

Every world is valid, so an import takes it. The picker and the facts about a loan are those of `worlds`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from programmes.chokepoint.oracle import COVERAGES, FIRST_DAY, LAST_DAY, PROGRAMME
from programmes.tech_branch.oracle_figures import COUNTIES, OUTSIDE, Workdays, add_months, bundled_lpr
from scenes import DAY, FEN, GUARANTEES, MutableWorld, Picker, Row, Scene, part_of, usc_code

YEARS = (2023, 2024)
BANKS = ("甲银行", "乙银行", "丙银行")
EDGES = (FIRST_DAY, LAST_DAY, date(2022, 12, 15), date(2023, 12, 15), date(2024, 12, 15), date(2023, 8, 21))
_KINDS = ("高新技术企业", "高新技术企业", "高新技术企业", "科技型中小企业")


def some_day(pick: Picker) -> date:
    """Mostly a day on which the document was in force, else around an edge."""
    if pick.chance(60):
        return FIRST_DAY + timedelta(days=pick.integer(0, (LAST_DAY - FIRST_DAY).days))
    return pick.choose(EDGES) + timedelta(days=pick.integer(-1, 1))


def add_enterprise(scene: Scene, number: int) -> str:
    """An enterprise with a qualification and one or two library projects; now and then each is wanting."""
    pick, code = scene.pick, usc_code(number)
    county = OUTSIDE if pick.chance(5) else pick.choose(COUNTIES[:3])
    scene.put("企业", {"统一社会信用代码": code, "企业名称": f"企业{pick.choose('甲乙')}{number}", "区市": county})
    scene.put(
        "资质",
        {
            "统一社会信用代码": code,
            "资质类别": pick.choose(_KINDS),
            "有效期起": date(2020, 1, 1) if pick.chance(90) else some_day(pick),
            "有效期止": None,
        },
    )
    for suffix in ("A", "B"):
        entry = {
            "项目编号": f"P{number}{suffix}",
            "项目名称": f"项目{number}{suffix}",
            "统一社会信用代码": code,
            "入库日": date(2022, 1, 1) if pick.chance(90) else some_day(pick),
            "出库日": None if pick.chance(90) else date(2025, 1, 1),
        }
        scene.put("项目库", entry)
    return code


def project_of(scene: Scene, code: str) -> str:
    """A project, mostly of the enterprise."""
    entries = scene.sheets["项目库"]
    own = [entry["项目编号"] for entry in entries if entry["统一社会信用代码"] == code]
    return str(scene.pick.choose(own if scene.pick.chance(92) else [entry["项目编号"] for entry in entries]))


def amount(pick: Picker, rounds: tuple[int, ...]) -> Decimal:
    """Round sums, and sums that leave fractions of a fen."""
    if pick.chance(50):
        return Decimal(pick.choose(rounds))
    return pick.integer(1, rounds[0] * 1_000_000) * FEN


def add_loan(scene: Scene, number: int, codes: list[str]) -> None:
    """A loan with a repayment or an extension."""
    pick, code = scene.pick, scene.pick.choose(codes)
    day = some_day(pick)
    lpr = [rate for on, rate in bundled_lpr() if on < day][-1]
    row: Row = {
        "银行名称": pick.choose(BANKS),
        "借据编号": str(number),
        "业务品种": PROGRAMME if pick.chance(92) else "科技支行贷款",
        "统一社会信用代码": code,
        "贷款金额(万元)": amount(pick, (1000, 2000, 500, 1500)),
        "发放日": day,
        "到期日": add_months(day, pick.choose((12, 24, 36)))
        + (pick.integer(-1, 1) * DAY if pick.chance(30) else 0 * DAY),
        "年利率(%)": lpr + (Decimal(pick.choose(("-0.5", "-0.1", "0.0001", "0.1"))) if pick.chance(40) else 0),
        "担保方式": "信用" if pick.chance(90) else pick.choose(GUARANTEES),
        "项目编号": project_of(scene, code) if pick.chance(95) else None,
    }
    scene.put("贷款", row)
    key = {"银行名称": row["银行名称"], "借据编号": row["借据编号"]}
    if pick.chance(40):
        paid_on = max(day, pick.choose((date(2023, 12, 15), date(2023, 12, 16), date(2024, 12, 15), day + 40 * DAY)))
        principal = row["贷款金额(万元)"] if pick.chance(40) else part_of(scene, row["贷款金额(万元)"])
        scene.put("还款", {**key, "还款日": paid_on, "还本金额(万元)": principal, "付息金额(万元)": Decimal(1)})
    elif pick.chance(20):
        agreed = min(max(day, pick.choose((date(2023, 12, 15), date(2023, 12, 16)))), row["到期日"])
        later = max(row["到期日"] + DAY, add_months(day, 36) + pick.integer(0, 1) * DAY)
        scene.put("展期", {**key, "展期日": agreed, "新到期日": later})
    if pick.chance(5):
        on = max(day, pick.choose((date(2023, 12, 15), date(2023, 12, 16))))
        scene.put("撤销", {**key, "认定日": on, "认定文号": "文号", "事由": "挪用"})


def add_policy(scene: Scene, number: int, codes: list[str]) -> None:
    """A policy of one or two coverages."""
    pick, code = scene.pick, scene.pick.choose(codes)
    inception = some_day(pick)
    names = sorted(COVERAGES)
    coverages = [names[number % len(names)]] + (
        ["财产综合险"] if pick.chance(8) else [names[0]] if pick.chance(30) else []
    )
    scene.put(
        "保单",
        {
            "保险公司": pick.choose(("第一保险", "第二保险")),
            "保单号": str(number),
            "统一社会信用代码": code,
            "项目编号": project_of(scene, code),
            "险种": "、".join(dict.fromkeys(coverages)),
            "保险起期": inception,
            "保险止期": inception + 364 * DAY,
            "缴费日": inception if pick.chance(70) else some_day(pick),
            "实缴保费(万元)": amount(pick, (10, 20, 30, 40)),
        },
    )


def add_grant(scene: Scene, entry: Row) -> None:
    """A grant for a project, approved on a day on which it was in the library."""
    pick = scene.pick
    approved_on = max(some_day(pick), entry["入库日"])
    scene.put(
        "研发补助",
        {
            "项目编号": entry["项目编号"],
            "年度": approved_on.year,
            "研发投入(万元)": Decimal(200),
            "补助比例(%)": Decimal(10),
            "批准日": approved_on,
            "批准金额(万元)": pick.integer(0, 20_000_000) * FEN,
        },
    )


def add_investment(scene: Scene, number: int, entry: Row) -> None:
    """An investment in a project's enterprise on a day on which the project was in the library."""
    pick = scene.pick
    factor = None if pick.chance(50) else Decimal(pick.choose(("1.5", "2", "1.7777")))
    scene.put(
        "股权投资",
        {
            "投资机构": pick.choose(("第一创投", "第二创投")),
            "投资编号": str(number),
            "统一社会信用代码": entry["统一社会信用代码"],
            "投资日": max(some_day(pick), entry["入库日"]),
            "投资金额(万元)": amount(pick, (500, 100)),
            "认定系数": factor,
        },
    )


def add_year_facts(scene: Scene, codes: list[str]) -> None:
    """Rates below the ceilings, and who lost the support when."""
    pick, year = scene.pick, scene.year
    rates = (("风险补助", ("0.6", "0.5", "0.3333", "0")), ("保费补贴", ("50", "40", "33.3333")))
    for item, choices in rates:
        if pick.chance(30):
            scene.put("年度比例", {"年度": year, "补助项目": item, "比例(%)": Decimal(pick.choose(choices))})
    for subject in (*codes, BANKS[0]):
        if pick.chance(4):
            day = date(year, 12, 15) + pick.integer(-1, 1) * DAY
            scene.put("取消资格", {"主体": subject, "取消日": day, "批准文号": "文号"})


def build(pick: Picker, year: int, size: int) -> MutableWorld:
    """A world with so many loans, and half as many policies."""
    scene = Scene(pick, year, Workdays())
    for name in BANKS:
        scene.put("合作银行", {"银行名称": name, "合作起始日": None, "合作终止日": None})
    codes = [add_enterprise(scene, number) for number in range(1, 2 + max(1, size // 12))]
    adders: tuple[tuple[int, Callable[[Scene, int, list[str]], Any]], ...] = ((size, add_loan), (size, add_policy))
    for count, add in adders:
        for number in range(count):
            add(scene, number, codes)
    for number, entry in enumerate(scene.sheets["项目库"]):
        if entry["出库日"] is None and pick.chance(50):
            add_grant(scene, entry)
            add_investment(scene, number, entry)
    add_year_facts(scene, codes)
    return scene.sheets


def build_small(pick: Picker, year: int, max_loans: int) -> MutableWorld:
    """A world of a few loans and policies."""
    return build(pick, year, pick.integer(1, max_loans))
