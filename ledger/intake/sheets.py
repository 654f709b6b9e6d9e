"""The intake sheets, declared once: the importer, the blank workbook and the manual all read this table.

Whatever their order in a file, sheets are taken in the order of TAKING_ORDER, so that one file can hold an enterprise,
its project and its loans.
"""

from collections.abc import Sequence

from ledger import models, money
from ledger.counties import ALL_COUNTIES, CITY, COUNTIES
from ledger.law.document import document
from ledger.workbooks import cells
from ledger.workbooks.sheet import Column, Sheet

_EXAMPLE_USCC = "91371000MA3TX0001D"
_LAW = document("chokepoint")
_FACTOR_FLOOR, _FACTOR_CEILING = (
    money.percent_text(_LAW.number_near(name, _LAW.ends), 0) for name in ("factor_floor", "factor_ceiling")
)


def _uscc(key: bool = False) -> Column:
    return Column(
        "统一社会信用代码", "uscc", "code", cells.read_uscc, _EXAMPLE_USCC, "18 位统一社会信用代码（文本）", key=key
    )


def _bank(key: bool = True) -> Column:
    return Column(
        "银行名称", "bank", "name", cells.read_name, "样例银行威海科技支行", "与「合作银行」表中的名称一致", key=key
    )


def _note() -> Column:
    return Column(
        "借据编号", "note_no", "code", cells.read_code, "JJ2023-0001", "借据编号（文本），同一银行内不重复", key=True
    )


def _date(header: str, field: str, example: str, hint: str, key: bool = False, optional: bool = False) -> Column:
    return Column(header, field, "date", cells.read_date, example, hint, key=key, optional=optional)


def _uploaded(example: str) -> Column:
    return Column(
        "资料上传日",
        "uploaded_on",
        "time",
        cells.read_date_with_time,
        example,
        "资料上传到“信财银保”平台的日期，可带时刻；未上传则留空",
        optional=True,
    )


def _wan(header: str, field: str, example: float, hint: str, least: int = 1, optional: bool = False) -> Column:
    return Column(
        header, field, "wan", cells.wan_amount(least), example, f"{hint}（万元，最多 6 位小数）", optional=optional
    )


def _percent(header: str, field: str, example: float, hint: str) -> Column:
    return Column(
        header, field, "percent", cells.read_percent, example, f"{hint}（百分数，4.35 表示 4.35%，最多 4 位小数）"
    )


def _year(header: str = "年度", field: str = "year", key: bool = True) -> Column:
    return Column(header, field, "year", cells.read_year, 2023, "四位年份", key=key)


def _choice(header: str, field: str, choices: Sequence[str], hint: str, key: bool = False) -> Column:
    reader = cells.one_of(choices, header)
    return Column(header, field, "choice", reader, choices[0], hint, key=key, choices=choices)


def _document_no() -> Column:
    return Column("批准文号", "document_no", "text", cells.read_text, "威样例〔2023〕1号", "批准文件的文号")


def _project(key: bool = False, optional: bool = False) -> Column:
    return Column(
        "项目编号",
        "project_no",
        "code",
        cells.read_code,
        "KBZ-001",
        "“卡脖子”攻关项目编号（文本）" + ("，科技支行贷款留空" if optional else ""),
        key=key,
        optional=optional,
    )


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "企业",
        "贷款企业名录",
        models.EnterpriseFact,
        (
            _uscc(key=True),
            Column("企业名称", "name", "name", cells.read_name, "威海样例精密仪器有限公司", "营业执照上的全称"),
            Column(
                "区市",
                "county",
                "choice",
                cells.read_county,
                "环翠区",
                "企业注册地；注册地在威海以外的填 市外",
                choices=ALL_COUNTIES,
            ),
            Column(
                "代码核验",
                "code_check",
                "choice",
                cells.one_of(("已核验",), "代码核验"),
                "已核验",
                "代码真实但校验位不符的，核对营业执照后填 已核验；其余留空",
                optional=True,
                choices=("已核验",),
            ),
        ),
        defines="enterprise",
    ),
    Sheet(
        "资质",
        "企业科技资质及有效期",
        models.QualificationFact,
        (
            _uscc(key=True),
            _choice("资质类别", "category", models.QUALIFICATIONS, "第四条所列资质", key=True),
            _date("有效期起", "valid_from", "2022-11-01", "有效期第一天", key=True),
            _date("有效期止", "valid_to", "2025-10-31", "有效期最后一天；长期有效留空", optional=True),
        ),
    ),
    Sheet(
        "合作银行",
        "银行名录及科技支行合作期间",
        models.PartnershipFact,
        (
            _bank(),
            _date(
                "合作起始日",
                "starts_on",
                "2022-01-01",
                "合作第一天；只登记、不是合作银行的留空",
                key=True,
                optional=True,
            ),
            _date("合作终止日", "ends_on", "2026-12-31", "合作最后一天；未终止留空", optional=True),
        ),
        defines="bank",
    ),
    Sheet(
        "工作日历",
        "国务院放假调休安排（补充或更正）",
        models.CalendarFact,
        (
            _date("日期", "day", "2027-01-01", "放假或调休上班的日期", key=True),
            _choice("类型", "kind", models.DAY_KINDS, "放假 或 上班"),
        ),
    ),
    Sheet(
        "LPR",
        "一年期贷款市场报价利率",
        models.LprFact,
        (
            _date("公布日期", "announced_on", "2026-09-21", "全国银行间同业拆借中心公布的日期", key=True),
            _percent("一年期LPR(%)", "rate_e4", 3.0, "一年期 LPR"),
        ),
    ),
    Sheet(
        "贷款",
        "银行发放的贷款",
        models.LoanFact,
        (
            _bank(),
            _note(),
            Column(
                "合同编号", "contract_no", "code", cells.read_code, "HT2023-0001", "贷款合同编号（文本）", optional=True
            ),
            _choice("业务品种", "product", models.PRODUCTS, "一笔贷款只属于一个品种"),
            _uscc(),
            _wan("贷款金额(万元)", "amount_fen", 1000, "发放金额"),
            _date("发放日", "disbursed_on", "2023-07-03", "实际放款日"),
            _date("到期日", "due_on", "2024-07-03", "借据到期日，展期的在「展期」表另填"),
            _percent("年利率(%)", "rate_e4", 4.0, "贷款年利率"),
            _choice("担保方式", "guarantee", models.GUARANTEES, "主要担保方式"),
            _uploaded("2023-07-05"),
            _project(optional=True),
        ),
        defines="loan",
    ),
    Sheet(
        "还款",
        "还本付息",
        models.RepaymentFact,
        (
            _bank(),
            _note(),
            _date("还款日", "paid_on", "2023-09-21", "实际还款日", key=True),
            _wan("还本金额(万元)", "principal_fen", 0, "归还本金，只付息填 0", least=0),
            _wan("付息金额(万元)", "interest_fen", 10.5, "支付利息，可空", least=0, optional=True),
            _uploaded("2023-09-22"),
        ),
    ),
    Sheet(
        "展期",
        "贷款展期",
        models.ExtensionFact,
        (
            _bank(),
            _note(),
            _date("展期日", "extended_on", "2024-06-20", "展期协议生效日，不晚于当时的到期日", key=True),
            _date("新到期日", "new_due_on", "2024-12-20", "展期后的到期日，须晚于原到期日"),
            _uploaded("2024-06-21"),
        ),
    ),
    Sheet(
        "年末余额",
        "银行稽核报送的年末贷款余额",
        models.ReportedBalanceFact,
        (_year(), _bank(), _note(), _wan("年末余额(万元)", "balance_fen", 1000, "12 月 31 日贷款余额", least=0)),
    ),
    Sheet(
        "历史享受年限",
        "系统启用前已享受贴息的年限",
        models.PriorYearsFact,
        (
            _uscc(key=True),
            _year("截至年度", "through_year", key=False),
            Column("已享受年限", "years", "count", cells.read_count, 2, "截至该年度（含）累计享受贴息的年数"),
        ),
    ),
    Sheet(
        "年限豁免",
        "经批准可超过五年享受贴息",
        models.YearsWaiverFact,
        (_uscc(key=True), _year(), _document_no()),
    ),
    Sheet(
        "上传豁免",
        "非企业、银行原因未及时上传资料",
        models.UploadWaiverFact,
        (
            _bank(),
            _note(),
            _date("业务日", "event_on", "2023-07-03", "该笔业务的发放日、还款日或展期日", key=True),
            _document_no(),
        ),
    ),
    Sheet(
        "撤销",
        "撤销某笔贷款的支持",
        models.RevocationFact,
        (
            _bank(),
            _note(),
            _date("认定日", "found_on", "2024-03-01", "认定违规的日期"),
            Column("认定文号", "document_no", "text", cells.read_text, "威样例〔2024〕2号", "认定文件的文号"),
            Column("事由", "cause", "text", cells.read_text, "提供虚假材料", "撤销的原因"),
        ),
    ),
    Sheet(
        "取消资格",
        "取消企业或银行的扶持资格",
        models.DisqualificationFact,
        (
            Column(
                "主体",
                "subject",
                "name",
                cells.read_name,
                _EXAMPLE_USCC,
                "企业的统一社会信用代码，或银行名称",
                key=True,
            ),
            _date("取消日", "barred_on", "2024-03-01", "取消资格的日期"),
            _document_no(),
        ),
    ),
    Sheet(
        "年度比例",
        "某年度低于上限的补助比例",
        models.YearRateFact,
        (
            _year(),
            _choice("补助项目", "item", models.RATE_ITEMS, "贴息、奖补、风险补助或保费补贴", key=True),
            _percent("比例(%)", "rate_e4", 0.8, "不得超过文件规定的上限"),
        ),
    ),
    Sheet(
        "奖补比例",
        "某银行某年度的差别化奖补比例",
        models.BonusRateFact,
        (_year(), _bank(), _percent("奖补比例(%)", "rate_e4", 0.5, "不得超过文件规定的上限")),
    ),
    Sheet(
        "预算",
        "年度专项资金预算",
        models.BudgetFact,
        (
            _year(),
            Column(
                "范围",
                "scope",
                "choice",
                cells.read_scope,
                CITY,
                "全市，或一个区市",
                key=True,
                choices=(CITY, *COUNTIES),
            ),
            _wan("金额(万元)", "amount_fen", 5000, "预算金额", least=0),
        ),
    ),
    Sheet(
        "项目库",
        "“卡脖子”攻关项目库",
        models.ProjectFact,
        (
            _project(key=True),
            Column("项目名称", "name", "name", cells.read_name, "样例关键部件攻关", "入库项目名称"),
            _uscc(),
            _date("入库日", "listed_on", "2023-03-15", "入库第一天"),
            _date("出库日", "delisted_on", "2024-12-31", "在库最后一天；仍在库留空", optional=True),
        ),
        defines="project",
    ),
    Sheet(
        "保单",
        "卡脖子研发损失险保单",
        models.PolicyFact,
        (
            Column("保险公司", "insurer", "name", cells.read_name, "样例财产保险威海公司", "承保公司名称", key=True),
            Column("保单号", "policy_no", "code", cells.read_code, "BD2023-0001", "保单号（文本）", key=True),
            _uscc(),
            _project(),
            Column(
                "险种", "coverages", "text", cells.read_name, "研发设备损失保险、研发费用损失保险", "多个险种以 、 分隔"
            ),
            _date("保险起期", "inception", "2023-06-01", "保险责任第一天"),
            _date("保险止期", "expiry", "2024-05-31", "保险责任最后一天"),
            _date("缴费日", "paid_on", "2023-05-30", "实际缴纳保费的日期"),
            _wan("实缴保费(万元)", "premium_fen", 12, "实际支出的保费"),
        ),
    ),
    Sheet(
        "研发补助",
        "项目研发投入补助",
        models.GrantFact,
        (
            _project(key=True),
            _year(),
            _wan("研发投入(万元)", "spending_fen", 200, "项目当年研发投入"),
            _percent("补助比例(%)", "ratio_e4", 10, "批准的补助比例"),
            _date("批准日", "approved_on", "2023-10-10", "批准补助的日期"),
            _wan("批准金额(万元)", "approved_fen", 20, "批准的补助金额", least=0),
        ),
    ),
    Sheet(
        "股权投资",
        "投资机构对攻关企业的股权投资",
        models.InvestmentFact,
        (
            Column(
                "投资机构", "investor", "name", cells.read_name, "样例创业投资管理有限公司", "投资机构名称", key=True
            ),
            Column("投资编号", "investment_no", "code", cells.read_code, "TZ2023-0001", "投资编号（文本）", key=True),
            _uscc(),
            _date("投资日", "invested_on", "2023-09-01", "投资款到位日"),
            _wan("投资金额(万元)", "amount_fen", 500, "实际投资额"),
            Column(
                "认定系数",
                "factor_e4",
                "factor",
                cells.read_factor,
                1.5,
                f"{_FACTOR_FLOOR} 至 {_FACTOR_CEILING} 之间，留空按 {_FACTOR_FLOOR} 认定",
                optional=True,
            ),
        ),
    ),
)
# what others refer to comes first; the rest follows in the order above
_ANCHORS_FIRST = ("enterprise", "bank", "project", "loan")
TAKING_ORDER: tuple[Sheet, ...] = (
    *(sheet for anchor in _ANCHORS_FIRST for sheet in SHEETS if sheet.defines == anchor),
    *(sheet for sheet in SHEETS if sheet.defines is None),
)
# the column of a sheet in which an identifier is written
FIELD_OF_LINK = {"enterprise_id": "uscc", "bank_id": "bank", "loan_id": "note_no", "project_id": "project_no"}
BY_NAME: dict[str, Sheet] = {sheet.name: sheet for sheet in SHEETS}
