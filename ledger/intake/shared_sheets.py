"""The intake sheets that every document shares, and what their rows must fulfil."""

from collections.abc import Sequence
from datetime import date

from ledger import models
from ledger.counties import ALL_COUNTIES, CITY, CITY_NAME, COUNTIES, OUTSIDE
from ledger.facts.loan_histories import LOAN_HISTORIES, REPORTED_BALANCES, UPLOAD_WAIVERS
from ledger.programmes import PROGRAMMES
from ledger.programmes.rates import Rate, refuse_above_ceiling
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.row_checks import all_or_none, in_order, not_in_future
from ledger.workbooks.rows import Rows
from ledger.workbooks.sheet import CITY_REGULATOR, Column, RowCheck, Sender, Sheet


def partnership_has_start(rows: Rows, today: date) -> None:
    """An end without a start says nothing: without a start the bank is no 合作银行 at all."""
    for position, (start, end) in enumerate(zip(rows.values("starts_on"), rows.values("ends_on"), strict=True)):
        if start is None and end is not None and (position, "starts_on") not in rows.bad_cells:
            rows.find(
                position,
                "ends_on",
                "有合作终止日而没有合作起始日",
                "请补填合作起始日；只登记银行名称的，两个日期都留空",
            )


def something_paid(rows: Rows, today: date) -> None:
    """A repayment pays principal or interest."""
    for position, (principal, interest) in enumerate(
        zip(rows.values("principal_fen"), rows.values("interest_fen"), strict=True)
    ):
        if principal == 0 and not interest and (position, "interest_fen") not in rows.bad_cells:
            rows.find(position, "principal_fen", "还本与付息金额都为 0", "还本、付息至少一项大于 0")


def rates_within_ceilings(rates: Sequence[Rate]) -> RowCheck:
    """A check that a year's own rate is not above the ceiling of its year (最高不超过)."""
    of_item = {rate.item: rate for rate in rates}

    def check(rows: Rows, today: date) -> None:
        values = zip(rows.values("year"), rows.values("item"), rows.values("rate_e4"), strict=True)
        for position, (year, item, rate) in enumerate(values):
            if None not in (year, item, rate):
                refuse_above_ceiling(rows, position, of_item[item], year, rate)

    return check


# the offices that keep the rosters, each its own kinds of qualification (威财金〔2023〕2号 第十一、十二条)
_BY_SCIENCE, _BY_INDUSTRY = models.QUALIFICATIONS[:3], models.QUALIFICATIONS[3:]
_BANK_ITSELF = Sender("bank", "bank")

ENTERPRISES = Sheet(
    "企业",
    "贷款企业名录",
    models.EnterpriseFact,
    (
        columns.uscc(key=True),
        Column("企业名称", "name", "name", cells.read_name, f"{CITY_NAME}样例精密仪器有限公司", "营业执照上的全称"),
        Column(
            "区市",
            "county",
            "choice",
            cells.read_county,
            COUNTIES[0],
            f"企业注册地；注册地在{CITY_NAME}以外的填 {OUTSIDE}",
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
            kept=True,
        ),
    ),
    defines="enterprise",
    refuses=(
        "代码校验位不符：核对营业执照；代码确实如此的，在「代码核验」填 已核验（只放过校验位，位数和字符仍须正确）。",
    ),
    link="enterprise_id",
    senders=(CITY_REGULATOR, Sender("tech"), Sender("industry")),
)
QUALIFICATIONS = Sheet(
    "资质",
    "企业科技资质及有效期",
    models.QualificationFact,
    (
        columns.uscc(key=True),
        columns.choice("资质类别", "category", models.QUALIFICATIONS, "第四条所列资质", key=True),
        columns.day("有效期起", "valid_from", "2022-11-01", "有效期第一天", key=True),
        columns.day("有效期止", "valid_to", "2025-10-31", "有效期最后一天；长期有效留空", optional=True),
    ),
    checks=(in_order("valid_from", "valid_to", "有效期止早于有效期起"),),
    refuses=("有效期止早于有效期起。",),
    link="enterprise_id",
    senders=(
        CITY_REGULATOR,
        Sender("tech", "category", _BY_SCIENCE),
        Sender("industry", "category", _BY_INDUSTRY),
    ),
)
PARTNERSHIPS = Sheet(
    "合作银行",
    "银行名录及科技支行合作期间",
    models.PartnershipFact,
    (
        columns.bank(),
        columns.day(
            "合作起始日", "starts_on", "2022-01-01", "合作第一天；只登记、不是合作银行的留空", key=True, optional=True
        ),
        columns.day("合作终止日", "ends_on", "2026-12-31", "合作最后一天；未终止留空", optional=True),
    ),
    defines="bank",
    checks=(in_order("starts_on", "ends_on", "合作终止日早于合作起始日"), partnership_has_start),
    refuses=("合作终止日早于合作起始日。", "有合作终止日而没有合作起始日：补填起始日；只登记名称的两个都留空。"),
)
BANK_CHANGES = Sheet(
    "银行变更",
    "银行更名，或被另一家银行承继（吸收合并）",
    models.BankChangeFact,
    (
        Column("原名称", "old_name", "name", cells.read_name, columns.bank().example, "变更前的名称", key=True),
        columns.day("变更日", "changed_on", "2024-06-01", "更名或承继的日期"),
        columns.choice("类别", "kind", models.BANK_CHANGES, "更名（同一家银行）或承继（并入另一家银行）"),
        Column("现名称", "new_name", "name", cells.read_name, "样例新名银行", "更名后的名称，或承继的银行"),
        columns.document_no(),
    ),
    checks=(not_in_future("changed_on"),),
    refuses=(
        "原名称不是已登记银行的名称；更名的现名称已是另一家银行的名称；承继的现名称不是已登记银行的名称，或承继成环。",
        "变更日在今天之后；一家银行被承继两次。",
    ),
)
CALENDAR = Sheet(
    "工作日历",
    "国务院放假调休安排（补充或更正）",
    models.CalendarFact,
    (
        columns.day("日期", "day", "2027-01-01", "放假或调休上班的日期", key=True),
        columns.choice("类型", "kind", models.DAY_KINDS, "放假 或 上班"),
    ),
)
LPR = Sheet(
    "LPR",
    "一年期贷款市场报价利率",
    models.LprFact,
    (
        columns.day("公布日期", "announced_on", "2026-09-21", "全国银行间同业拆借中心公布的日期", key=True),
        columns.percent("一年期LPR(%)", "rate_e4", 3.0, "一年期 LPR"),
    ),
)
_PRODUCTS = tuple(product for programme in PROGRAMMES.values() for product in programme.products)
LOANS = Sheet(
    "贷款",
    "银行发放的贷款",
    models.LoanFact,
    (
        columns.bank(),
        columns.note(),
        Column(
            "合同编号", "contract_no", "code", cells.read_code, "HT2023-0001", "贷款合同编号（文本）", optional=True
        ),
        columns.choice("业务品种", "product", _PRODUCTS, "一笔贷款只属于一个品种"),
        columns.uscc(),
        columns.wan("贷款金额(万元)", "amount_fen", 1000, "发放金额"),
        columns.day("发放日", "disbursed_on", "2023-07-03", "实际放款日"),
        columns.day("到期日", "due_on", "2024-07-03", "借据到期日，展期的在「展期」表另填"),
        columns.percent("年利率(%)", "rate_e4", 4.0, "贷款年利率"),
        columns.choice("担保方式", "guarantee", models.GUARANTEES, "主要担保方式"),
        columns.uploaded("2023-07-05"),
        columns.project(optional=True),
        columns.enterprise_name(),
    ),
    defines="loan",
    checks=(
        not_in_future("disbursed_on"),
        not_in_future("uploaded_on"),
        in_order("disbursed_on", "due_on", "到期日早于发放日"),
    ),
    invariants=(LOAN_HISTORIES, UPLOAD_WAIVERS, REPORTED_BALANCES),
    refuses=(
        "到期日早于发放日，或发放日、资料上传日在今天之后。",
        "企业名称（可以不填）不是该代码的企业现在或曾经登记的名称。",
        "更正发放日、金额后，与已入库的还款、展期、年末余额、上传豁免对不上。",
    ),
    amount="amount_fen",
    link="loan_id",
    senders=(CITY_REGULATOR, _BANK_ITSELF),
)
REPAYMENTS = Sheet(
    "还款",
    "还本付息",
    models.RepaymentFact,
    (
        columns.bank(),
        columns.note(),
        columns.day("还款日", "paid_on", "2023-09-21", "实际还款日", key=True),
        columns.wan("还本金额(万元)", "principal_fen", 0, "归还本金，只付息填 0", least=0),
        columns.wan("付息金额(万元)", "interest_fen", 10.5, "支付利息，可空", least=0, optional=True),
        columns.uploaded("2023-09-22"),
    ),
    checks=(not_in_future("paid_on"), not_in_future("uploaded_on"), something_paid),
    invariants=(LOAN_HISTORIES, UPLOAD_WAIVERS),
    refuses=(
        "还款日早于发放日，或还款日、资料上传日在今天之后。",
        "还本、付息都为 0。",
        "累计还本超过贷款金额。本金还清以后又付的利息照收。",
    ),
    amount="principal_fen",
    link="loan_id",
    senders=(CITY_REGULATOR, _BANK_ITSELF),
)
EXTENSIONS = Sheet(
    "展期",
    "贷款展期",
    models.ExtensionFact,
    (
        columns.bank(),
        columns.note(),
        columns.day("展期日", "extended_on", "2024-06-20", "展期协议生效日，不晚于当时的到期日", key=True),
        columns.day("新到期日", "new_due_on", "2024-12-20", "展期后的到期日，须晚于原到期日"),
        columns.uploaded("2024-06-21"),
    ),
    checks=(in_order("extended_on", "new_due_on", "新到期日早于展期日"), not_in_future("uploaded_on")),
    invariants=(LOAN_HISTORIES, UPLOAD_WAIVERS),
    refuses=(
        "展期日早于发放日、晚于当时的到期日，或不早于结清日。",
        "新到期日不晚于当时的到期日，或资料上传日在今天之后。",
    ),
    link="loan_id",
    senders=(CITY_REGULATOR, _BANK_ITSELF),
)
REVOCATIONS = Sheet(
    "撤销",
    "撤销某笔贷款的支持",
    models.RevocationFact,
    (
        columns.bank(),
        columns.note(),
        columns.day("认定日", "found_on", "2024-03-01", "认定违规的日期"),
        columns.document_no("认定文号", "威样例〔2024〕2号", "认定文件的文号"),
        Column("事由", "cause", "text", cells.read_text, "提供虚假材料", "撤销的原因"),
    ),
    link="loan_id",
)
DISQUALIFICATIONS = Sheet(
    "取消资格",
    "取消企业或银行的扶持资格",
    models.DisqualificationFact,
    (
        Column(
            "主体",
            "subject",
            "name",
            cells.read_name,
            columns.EXAMPLE_USCC,
            "企业的统一社会信用代码，或银行名称",
            key=True,
        ),
        columns.day("取消日", "barred_on", "2024-03-01", "取消资格的日期"),
        columns.document_no(),
    ),
    refuses=("主体既不是已登记企业的代码，也不是已登记银行的名称。",),
)

PLATFORM_STARTS = Sheet(
    "资料平台启用",
    "从哪一天起，上传日以资料平台收到的日期为准",
    models.PlatformStartFact,
    (
        Column(
            "范围", "extent", "name", cells.read_name, CITY, "全市，或一家银行的名称；银行自己的行先于全市", key=True
        ),
        columns.day("启用日", "starts_on", "2026-01-01", "这一天及以后发生的业务，以平台收到资料的日期为准"),
        columns.document_no(),
    ),
    refuses=("范围既不是 全市，也不是已登记银行的名称。",),
)
OBJECTIONS = Sheet(
    "异议",
    "公示期内收到的异议及处理结果",
    models.ObjectionFact,
    (
        columns.year(),
        columns.uscc(key=True),
        columns.day("收到日", "received_on", "2024-02-05", "收到异议的日期", key=True),
        Column("事项", "matter", "text", cells.read_text, "认为贴息月数应为 12 个月", "异议的内容"),
        Column("处理结果", "outcome", "text", cells.read_text, "维持原审核结果", "尚未处理的留空", optional=True),
        columns.day("处理日", "settled_on", "2024-02-09", "处理完毕的日期；尚未处理的留空", optional=True),
        Column(
            "处理文号",
            "document_no",
            "text",
            cells.read_text,
            "威样例复〔2024〕1号",
            "答复文件的文号；尚未处理的留空",
            optional=True,
        ),
    ),
    checks=(
        not_in_future("received_on"),
        not_in_future("settled_on"),
        in_order("received_on", "settled_on", "处理日早于收到日"),
        all_or_none("outcome", "settled_on", "document_no"),
    ),
    refuses=(
        "收到日、处理日在今天之后，或处理日早于收到日。",
        "处理结果、处理日、处理文号只填了一部分。",
        "已入库的异议补填处理结果而没有 `--amend`：同一年度、企业、收到日的行，内容变了就是更正。",
    ),
)


def year_rates(rates: Sequence[Rate], senders: Sequence[Sender]) -> Sheet:
    """年度比例: the rates that the documents let a year have of its own. senders: who sends some, beside the city's finance."""
    items = tuple(rate.item for rate in rates)
    hint = f"{'、'.join(items[:-1])}或{items[-1]}"
    return Sheet(
        "年度比例",
        "某年度低于上限的补助比例",
        models.YearRateFact,
        (
            columns.year(),
            columns.choice("补助项目", "item", items, hint, key=True),
            columns.percent("比例(%)", "rate_e4", 0.8, "不得超过文件规定的上限"),
        ),
        checks=(rates_within_ceilings(rates),),
        refuses=("比例高于文件规定的上限。",),
        senders=(Sender("finance"), *senders),
    )


def fund_totals(funds: Sequence[str], senders: tuple[Sender, ...]) -> Sheet:
    """资金总量: what there is for a year of each fund that a document is limited by. senders: who sends which."""
    return Sheet(
        "资金总量",
        "某年度某项资金的总额",
        models.FundTotalFact,
        (
            columns.year(),
            columns.choice("资金", "fund", funds, "文件实行总量控制的资金", key=True),
            columns.wan("金额(万元)", "amount_fen", 300, "下达或批准的总额", least=0),
        ),
        amount="amount_fen",
        senders=senders,
    )


ALWAYS = (
    ENTERPRISES, QUALIFICATIONS, PARTNERSHIPS, BANK_CHANGES, CALENDAR, LPR, LOANS, REPAYMENTS, EXTENSIONS, REVOCATIONS, DISQUALIFICATIONS,
    PLATFORM_STARTS, OBJECTIONS,
)  # fmt: skip
