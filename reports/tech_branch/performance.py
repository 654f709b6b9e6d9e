"""第二十条: the indicators of the yearly evaluation as a workbook: figures with their formulas and sources, and no scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from ledger.counties import ALL_COUNTIES, CITY_FULL_NAME, OFFICES
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from ledger.workdays import today
from reports.report import Written
from reports.tech_branch.performance_figures import WITHOUT, YearFigures, figures, year_before
from reports.writing.indicators import READING, Indicator, Measure, Values, indicator_page, last_year_words, parts_page
from reports.writing.notes import run_notes, value_text
from reports.writing.pages import Column, Page, Plot, write_pages

_LINES, _BOOKS = "明细（lines）", "账簿（journal）"
INDICATORS: Sequence[Indicator] = (
    Indicator("loans", "贷款", "年末有余额的贷款", "笔", "count", "该年度 12 月 31 日余额大于零的科技支行贷款", f"{_LINES}；第六条"),
    Indicator("paid_loans", "贷款", "有补助的贷款", "笔", "count", "贴息或奖补大于零的笔数（总额控制以后）", f"{_LINES}；第六条"),
    Indicator("balance", "贷款", "年末贷款余额", "万元", "fen", "上述贷款 12 月 31 日余额之和", f"{_LINES}；第十八条"),
    Indicator("lent", "贷款", "当年新发放贷款", "笔", "count", "发放日在该年度的笔数，含当年已还清的", "「贷款」表"),
    Indicator("lent_fen", "贷款", "当年新发放金额", "万元", "fen", "发放日在该年度的贷款金额之和，含当年已还清的", "「贷款」表"),
    Indicator("new_balance", "贷款", "当年新发放年末余额", "万元", "fen", "发放日在该年度的贷款 12 月 31 日余额之和", f"{_LINES}；第六条"),
    Indicator("enterprises", "企业", "有余额的企业", "户", "count", "年末有余额的贷款涉及的企业，一个代码计一户", f"{_LINES}；第四条"),
    Indicator("helped", "企业", "享受贴息的企业", "户", "count", "贴息大于零的企业，一个代码计一户", f"{_LINES}；第六条"),
    Indicator("first_time", "企业", "首次获得科技支行贷款的企业", "户", "count", "库中最早一笔科技支行贷款的发放日在该年度，且该年度以前没有已享受年限", "「贷款」「历史享受年限」表"),
    Indicator("rate", "利率", "平均年利率", "%", "percent", "Σ（年利率 × 年末余额）÷ Σ 年末余额，不含 LPR 待核实的", f"{_LINES}；第五条"),
    Indicator("lpr", "利率", "适用 LPR 平均", "%", "percent", "Σ（适用 LPR × 年末余额）÷ Σ 年末余额", f"{_LINES}；第五条"),
    Indicator("spread", "利率", "平均年利率高于 LPR", "百分点", "percent", "平均年利率 - 适用 LPR 平均；办法规定每笔不超过 {rate_margin} 个百分点", f"{_LINES}；第五条"),
    Indicator("interest", "补助", "贴息", "万元", "fen", "该年度贴息之和（总额控制以后）", f"{_LINES}；第六条"),
    Indicator("bonus", "补助", "奖补", "万元", "fen", "该年度奖补之和（总额控制以后）", f"{_LINES}；第六条"),
    Indicator("given", "补助", "贴息、奖补合计", "万元", "fen", "贴息 + 奖补", f"{_LINES}；第六条"),
    Indicator("per_enterprise", "补助", "户均贴息", "万元", "fen", "贴息 ÷ 享受贴息的企业户数", _LINES),
    Indicator("lent_per_yuan", "补助", "每元补助对应的贷款", "元", "ratio", "有补助的贷款年末余额之和 ÷（贴息 + 奖补）", _LINES),
    Indicator("budget", "预算与拨付", "全市预算", "万元", "fen", "运行所用的该年度全市预算；没有录入的为空", "「预算」表；第十六条"),
    Indicator("used", "预算与拨付", "预算使用率", "%", "percent", "（贴息 + 奖补）÷ 全市预算", "第六条、第十六条"),
    Indicator("allotted", "预算与拨付", "下达率", "%", "percent", "已下达 ÷（贴息 + 奖补），截至数据截止日", f"{_BOOKS}；第十九条"),
    Indicator("arrived", "预算与拨付", "到位率", "%", "percent", "（企业已到账的贴息 + 银行已到账的奖补）÷（贴息 + 奖补），截至数据截止日", f"{_BOOKS}；第十九条"),
    Indicator("to_enterprise", "预算与拨付", "贴息从下达到企业", "天", "tenths", "Σ［金额 ×（兑付日 - 最后一次下达日）］÷ Σ 金额，冲销的不计", f"{_BOOKS}；第十九条"),
    Indicator("to_bank", "预算与拨付", "奖补从下达到银行", "天", "tenths", "Σ［金额 ×（拨付日 - 最后一次下达日）］÷ Σ 金额，冲销的不计", f"{_BOOKS}；第十九条"),
    Indicator("papers", "管理", "应核对的资料", "件", "count", "发放，以及该年度的还款、展期，每次一件，豁免的不计", f"{_LINES}；第十七条"),
    Indicator("in_time", "管理", "资料按期上传率", "%", "percent", "（应核对 - 未上传或逾期）÷ 应核对", f"{_LINES}；第十七条"),
    Indicator("drawn", "管理", "抽查笔数", "笔", "count", "该运行抽中的贷款，几次抽中计一次", "抽查记录；第十七条"),
    Indicator("found", "管理", "抽查不符笔数", "笔", "count", "曾记为不符的贷款，后来解决的也计", "抽查记录；第十七条"),
    Indicator("error_rate", "管理", "抽查差错率", "%", "percent", "抽查不符笔数 ÷ 已录入结果的笔数", "抽查记录；第十七条"),
    Indicator("pledged", "结构", "知识产权、股权质押占比", "%", "percent", "这两类担保的年末余额 ÷ 年末贷款余额；办法规定不低于 {pledge_floor}%", f"{_LINES}；第七条"),
    Indicator("unsecured", "结构", "其他新型抵质押、信用占比", "%", "percent", "这两类担保的年末余额 ÷ 年末贷款余额；办法规定不低于 {unsecured_floor}%", f"{_LINES}；第七条"),
    Indicator("below_floor", "结构", "占比未达到的银行", "家", "count", "上述两项有一项低于规定的银行", f"{_LINES}；第七条"),
    Indicator("claims", "追缴", "发现的追缴", "条", "count", "该年度结算发现的追缴，每笔每支付年度一条", "追缴（claims）；第二十二条"),
    Indicator("claimed", "追缴", "追缴金额", "万元", "fen", "上述追缴的贴息 + 奖补", "追缴（claims）；第二十二条"),
    Indicator("returned", "追缴", "已缴回", "万元", "fen", "上述追缴截至数据截止日已缴回的金额", f"{_BOOKS}；第二十二条"),
    Indicator("return_rate", "追缴", "追缴缴回率", "%", "percent", "已缴回 ÷ 追缴金额", f"{_BOOKS}；第二十二条"),
)  # fmt: skip


def write(connection: Connection, run: RunRecord, path: Path) -> Written:
    """Writes the workbook of a run's year beside the year before."""
    now, before = figures(connection, run), year_before(connection, run)
    pages, plots = _pages(now, before)
    write_pages(path, pages, plots, _notes(now, before), today())
    return Written([(path, f"{len(INDICATORS)} 项指标")])


def _pages(now: YearFigures, before: YearFigures | None) -> tuple[list[Page], list[Plot]]:
    year = now.run.year
    title = f"{CITY_FULL_NAME}{DOCUMENT.name}专项资金绩效指标（{year} 年度）"
    head = (OFFICES["financial_regulator"], f"数据截止 {today()}", "金额单位：万元")
    county, bank = Column("区市", 12), Column("银行", 30)

    def parts(
        sheet: str, what: str, column: Column, name: str, measures: Sequence[Measure], order: Sequence[str], **more: str
    ) -> Page:
        this: Mapping[str, Values] = getattr(now, name)
        last: Mapping[str, Values] = getattr(before, name) if before else {}
        known = [part for part in order if part in this or part in last]
        return parts_page(sheet, f"{title}：{what}", head, column, year, measures, this, last, known, **more)

    banks = sorted({*now.banks, *(before.banks if before else ())})
    last = before.values if before else {}
    indicators = indicator_page("绩效指标", title, head, year, _filled(now.run), now.values, last)
    by_county = parts("按区市", "按区市", county, "counties", _GIVEN, ALL_COUNTIES, total="合计")
    by_bank = parts("按银行", "按银行", bank, "banks", _GIVEN, banks, total="合计")
    categories = parts("企业资质", "企业按资质类别", Column("资质类别", 26), "categories",
                       (Measure("enterprises", "企业户数", "count", True),), list(now.categories), total="合计")  # fmt: skip
    categories = _remarked(
        categories, f"一户在各笔贷款发放日的资质，有几类的计入第四条次序在前的一类；全都没有的列「{WITHOUT}」。"
    )
    quality = parts("银行质量", "各银行的资料与结构", bank, "banks", _QUALITY, banks)
    rates = parts("利率", "各银行的利率与 LPR", bank, "banks", _RATES, banks)
    legs = parts("拨付天数", "拨付各环节的天数", Column("环节", 30), "legs", _LEGS, list(now.legs))
    legs = _remarked(legs, "每环节：钱到达上一环节之日起到拨出之日止，先到先出，按金额加权；冲销的和尚在途中的不计。")
    enterprises = by_county
    plots = [
        Plot(f"{year} 年度各区市企业户数", "column", enterprises, "区市", (f"企业户数 {year}", f"企业户数 {year - 1}"), "户"),
        Plot("各区市补助（万元）", "column", by_county, "区市", (f"补助 {year}", f"补助 {year - 1}"), "万元"),
        Plot("各银行资料按期上传率（%）", "bar", quality, "银行", (f"按期上传率(%) {year}",), "%"),
        Plot("各银行平均利率与 LPR（%）", "column", rates, "银行", (f"平均利率(%) {year}", f"适用LPR(%) {year}"), "%"),
        Plot("拨付各环节的天数", "bar", legs, "环节", (f"天数 {year}", f"天数 {year - 1}"), "天"),
        Plot("企业按资质类别（户）", "bar", categories, "资质类别", (f"企业户数 {year}", f"企业户数 {year - 1}"), "户"),
    ]  # fmt: skip
    return [indicators, by_county, by_bank, categories, quality, rates, legs], plots


_GIVEN = (
    Measure("enterprises", "企业户数", "count"), Measure("balance", "年末余额", "fen", True),
    Measure("given", "补助", "fen", True),
)  # fmt: skip
_QUALITY = (
    Measure("in_time", "按期上传率(%)", "percent"), Measure("pledged", "质押占比(%)", "percent"),
    Measure("unsecured", "信用占比(%)", "percent"),
)  # fmt: skip
_RATES = (
    Measure("rate", "平均利率(%)", "percent"), Measure("lpr", "适用LPR(%)", "percent"), Measure("spread", "高于LPR", "percent"),
)  # fmt: skip
_LEGS = (Measure("days", "天数", "tenths"), Measure("fen", "金额", "fen"))


def _filled(run: RunRecord) -> list[Indicator]:
    """The indicators, with the values of the law that their formulas speak of."""
    named = {
        name: value_text(run.law[name], "percent").rstrip("%")
        for name in ("rate_margin", "pledge_floor", "unsecured_floor")
    }
    return [one._replace(formula=one.formula.format(**named)) for one in INDICATORS]


def _remarked(page: Page, remark: str) -> Page:
    return Page(page.sheet, page.title, page.head, page.columns, page.rows, page.total, (remark,))


def _notes(now: YearFigures, before: YearFigures | None) -> list[tuple[str, str]]:
    last = last_year_words(None if before is None else before.run)
    return [
        ("报表", f"绩效指标（{now.run.year} 年度）"),
        *run_notes(now.run),
        ("依据", f"{DOCUMENT.number} 第二十条（绩效评价）"),
        ("上年", last),
        ("数据截止", f"{today()}：贷款、企业、补助取自运行当时的明细和数据；拨付、缴回取自账簿，截至这一天"),
        *READING,
        ("舍入", "比例四舍五入到万分之一个百分点，天数到 0.1 天，户均到分"),
        ("银行名称", "按今天的名称；被承继的银行写作 原名（现名承继）"),
    ]  # fmt: skip
