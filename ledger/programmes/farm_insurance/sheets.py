"""The intake sheets that only 威财金〔2023〕11号 reads, and what their rows must fulfil."""

from dataclasses import replace
from functools import partial

from ledger.counties import CITY_NAME, COUNTIES, OUTSIDE
from ledger.programmes.farm_insurance import checks, tables, words
from ledger.programmes.farm_insurance.records import INSURERS, PRODUCTS
from ledger.programmes.farm_insurance.year import DOCUMENT, year_end
from ledger.programmes.rates import Rate
from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.cells import BadCell, Cell
from ledger.workbooks.row_checks import in_order, not_in_future
from ledger.workbooks.sheet import Column, Sender, Sheet

RATES = (
    Rate("特色险市级", DOCUMENT, "class_3_city", year_end),
    Rate("特色险中央", DOCUMENT, "class_1_central", year_end),
)
_MOST = 999_999_999  # things that a cell counts


def _county(value: Cell) -> str:
    found = cells.read_county(value)
    if found == OUTSIDE:
        raise BadCell(f"{OUTSIDE}没有区市财政", f"应为以下之一：{'、'.join(COUNTIES)}")
    return found


def _counted(header: str, field: str, example: int, hint: str, optional: bool = False) -> Column:
    read = partial(cells.read_count, most=_MOST)
    return Column(header, field, "count", read, example, hint, optional=optional)


def _word(header: str, field: str, known: tuple[str, ...], example: str, hint: str, key: bool = False) -> Column:
    return Column(header, field, "choice", cells.one_of(known, header), example, hint, key=key, choices=known)


def _product(key: bool = False, optional: bool = False) -> Column:
    hint = "险种编号（文本），一个区市的一个险种一个编号" + ("；不限险种的留空" if optional else "")
    return Column("险种编号", "product_no", "code", cells.read_code, "TSX-001", hint, key=key, optional=optional)


def _insurer(key: bool = True, optional: bool = False) -> Column:
    hint = "保险公司或农业互助保险组织的名称，前后一致" + ("；不限机构的留空" if optional else "")
    example = f"样例财产保险{CITY_NAME}公司"
    return Column("承保机构", "insurer", "name", cells.read_name, example, hint, key=key, optional=optional)


def _object(key: bool = False) -> Column:
    return Column("标的", "object", "name", cells.read_name, "样例茶叶", "保险标的，与目录一致", key=key)


def _county_column(key: bool = False) -> Column:
    hint = "险种所在的区市"
    return Column("区市", "county", "choice", _county, COUNTIES[1], hint, key=key, choices=COUNTIES)


_SHEETS = (
    Sheet(
        "特色目录",
        "省级地方优势特色农产品保险目录",
        tables.CatalogueFact,
        (
            _object(key=True),
            _word("大类", "category", words.CATEGORIES, words.CATEGORIES[1], "目录中的大类"),
            columns.day("列入日", "listed_on", "2022-07-01", "列入目录的第一天", key=True),
            columns.day("移出日", "delisted_on", "2026-12-31", "在目录的最后一天；仍在目录留空", optional=True),
        ),
        checks=(in_order("listed_on", "delisted_on", "移出日早于列入日"),),
        refuses=("移出日早于列入日。",),
    ),
    Sheet(
        "特色险种",
        "各区市的特色农产品保险险种",
        tables.ProductFact,
        (
            _product(key=True),
            Column("险种名称", "name", "name", cells.read_name, "样例茶叶目标价格保险", "险种全称"),
            _county_column(),
            _word("类别", "product_class", words.CLASSES, words.CLASSES[1], "第七条的类别"),
            _object(),
            _word("中央险种", "central", words.CENTRAL, words.CENTRAL[0], "与中央财政补贴险种的关系"),
        ),
        defines="product",
        checks=(checks.class_one_objects,),
        invariants=(PRODUCTS,),
        refuses=(
            "第一类的标的不是温室大棚、苹果、桃。",
            "更正类别、区市后，已入库的二类分担、一票否决对不上。",
        ),
        link="product_id",
    ),
    Sheet(
        "险种备案",
        "险种向市财政局备案",
        tables.FilingFact,
        (
            _product(key=True),
            columns.day("报备日", "filed_on", "2022-11-15", "报送备案的日期", key=True),
            columns.day("备案成功日", "accepted_on", "2022-12-20", "备案成功的日期；未成功留空", optional=True),
            Column(
                "备案文号", "document_no", "text", cells.read_text, "威样例备〔2022〕1号", "备案的文号，可空", optional=True
            ),
        ),
        checks=(in_order("filed_on", "accepted_on", "备案成功日早于报备日"),),
        refuses=("备案成功日早于报备日。",),
        link="product_id",
    ),
    Sheet(
        "往年奖补",
        "险种首次享受省级、市级奖补的年度",
        tables.PriorSupportFact,
        (
            _product(key=True),
            _word("级别", "level", words.LEVELS, words.LEVELS[0], "省级 或 市级", key=True),
            columns.year("首次享受年度", "first_year", key=False),
        ),
        link="product_id",
    ),
    Sheet(
        "特色承保",
        "承保机构某年度某险种的承保情况",
        tables.InsuranceFact,
        (
            columns.year(),
            _product(key=True),
            _insurer(),
            columns.day("首单起期", "started_on", "2023-04-01", "当年第一张保单的保险起期"),
            _counted("保单件数", "policies", 120, "当年保单件数"),
            columns.wan("保费(万元)", "premium_fen", 200, "当年保费总额"),
            columns.wan("农户保费(万元)", "farmer_fen", 80, "其中农户缴纳的，没有的填 0", least=0),
            columns.wan("赔款(万元)", "claims_fen", 150, "当年赔款，没有的填 0", least=0),
            _counted("投保户数", "households", 350, "只作打印，可空", optional=True),
            _counted("投保数量", "quantity", 6000, "只作打印，可空", optional=True),
        ),
        checks=(checks.started_within_year, not_in_future("started_on"), checks.policies_counted, checks.farmer_within),
        invariants=(INSURERS,),
        refuses=("首单起期不在该年度，或在今天之后。", "保单件数小于 1。", "农户保费超过保费。"),
        amount="premium_fen",
        link="product_id",
    ),
    Sheet(
        "区市补贴",
        "承保机构的保费补贴申请和区市财政的拨付",
        tables.CountyPaymentFact,
        (
            _insurer(),
            Column("申请单号", "request_no", "code", cells.read_code, "SQ2023-001", "申请单号（文本），分次拨付的分行填", key=True),
            _product(),
            columns.year(key=False),
            columns.day("申请日", "requested_on", "2023-06-10", "承保机构提出申请的日期"),
            columns.wan("申请金额(万元)", "requested_fen", 100, "本行申请的保费补贴"),
            columns.day("拨付日", "paid_on", "2023-08-01", "区市财政拨付的日期；未拨付留空", optional=True),
            columns.wan("拨付金额(万元)", "paid_fen", 100, "拨付的金额；未拨付留空", optional=True),
            Column("拨款凭证号", "payment_no", "code", cells.read_code, "BK2023-001", "拨款凭证号（文本）", optional=True),
        ),
        checks=(
            checks.paid_whole_or_not,
            checks.paid_within_requested,
            in_order("requested_on", "paid_on", "拨付日早于申请日"),
            not_in_future("requested_on"),
            not_in_future("paid_on"),
        ),
        refuses=(
            "拨付日、拨付金额、拨款凭证号只填了一部分。",
            "拨付金额超过申请金额，拨付日早于申请日，申请日或拨付日在今天之后。",
        ),
        amount="requested_fen",
    ),
    Sheet(
        "特色申请",
        "区市奖补资金申请报告的收到日",
        tables.ApplicationFact,
        (
            columns.year(),
            _product(key=True),
            columns.day("收到日", "received_on", "2024-01-31", "市财政局收到该险种申请的日期"),
        ),
        checks=(not_in_future("received_on"),),
        refuses=("收到日在今天之后。",),
        link="product_id",
    ),
    Sheet(
        "一票否决",
        "第六条所列情形的认定",
        tables.VetoFact,
        (
            _word("情形", "kind", words.VETOES, words.VETOES[2], "第六条第几项", key=True),
            _county_column(key=True),
            Column(
                "险种编号", "product_no", "code", cells.read_code, "TSX-001", "一、二不填；五必填；三、四不限险种的留空",
                key=True, optional=True,
            ),
            Column(
                "承保机构", "insurer", "name", cells.read_name, f"样例财产保险{CITY_NAME}公司",
                "一、二不填；三、四必填；五不限机构的留空", key=True, optional=True,
            ),
            columns.day("认定日", "found_on", "2022-03-01", "认定（处罚）的日期", key=True),
            columns.day("解除日", "lifted_on", "2022-12-31", "该情形的最后一天；仍在的留空，四不填", optional=True),
            columns.document_no("认定文号", "威样例〔2022〕3号", "认定文件的文号"),
        ),
        checks=(
            checks.veto_names_what_it_needs,
            in_order("found_on", "lifted_on", "解除日早于认定日"),
            not_in_future("found_on"),
        ),
        invariants=(PRODUCTS, INSURERS),
        refuses=(
            "一、二填了险种编号或承保机构；三、四没有承保机构；五没有险种编号；四填了解除日（撤销的处罚以 `void` 撤回该行）。",
            "险种不是该区市的；承保机构在「特色承保」表中没有任何一行；解除日早于认定日，认定日在今天之后。",
        ),
    ),
    Sheet(
        "二类分担",
        "第二类险种某年度的市级承担比例",
        tables.ShareFact,
        (
            columns.year(),
            _product(key=True),
            columns.percent("市级比例(%)", "rate_e4", 20, "开展时明确的市级承担比例，可为 0"),
            columns.document_no(),
        ),
        checks=(checks.share_within_rest,),
        invariants=(PRODUCTS,),
        refuses=("险种不是第二类；市级比例超过市县合计承担的比例。",),
        link="product_id",
    ),
    Sheet(
        "分配系数",
        "第二、三类中央奖补资金的分配系数",
        tables.CoefficientFact,
        (
            columns.year(),
            _word("类别", "product_class", words.CLASSES[1:], words.CLASSES[1], "第二类 或 第三类", key=True),
            Column("系数", "coefficient_e4", "factor", cells.read_factor, 1.5, "不小于 0，最多 4 位小数；没有的年度按 1"),
        ),
        checks=(checks.coefficient_not_negative,),
        refuses=("系数为负。",),
    ),
)  # fmt: skip

# 第八条: the counties apply, and say what they paid; all else is the office's own
_BY_COUNTIES = ("区市补贴", "特色申请")
_OFFICE, _COUNTY = Sender("agri"), Sender("county_finance", "product_no", anchor="product")
SHEETS: tuple[Sheet, ...] = tuple(
    replace(sheet, senders=(_OFFICE, _COUNTY) if sheet.name in _BY_COUNTIES else (_OFFICE,)) for sheet in _SHEETS
)
