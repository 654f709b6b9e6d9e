"""The lines, enterprises and claims of a review, for the CSV, the workbook and the explanations alike."""

from typing import Any

from sqlalchemy import Select, and_, func

from ledger import models
from ledger.facts.of_lines import with_enterprises
from ledger.models.base import aliased
from ledger.programmes.export_credit import tables
from ledger.programmes.export_credit.year import DOCUMENT
from reports.report import LineColumn
from reports.runs.run_lines import Lines

_Query = Select[*tuple[Any, ...]]

run, paid_run = models.Run, aliased(models.Run)
enterprise, enterprise_fact = models.Enterprise, models.EnterpriseFact
line, company, claim = tables.CreditLine, tables.CreditEnterprise, tables.CreditClaim
premium, market_fact, matching_fact = tables.CreditPremiumFact, tables.CreditMarketFact, tables.CreditMatchingFact
(_USUAL_CURRENCY,) = DOCUMENT.values(DOCUMENT.ends).names("currency")


def _of_run(query: _Query) -> _Query:
    return (
        with_enterprises(query, line)
        .join_from(line, run, run.id == line.run_id)
        .join_from(line, premium, premium.id == line.premium_fact_id)
        .outerjoin_from(line, market_fact, market_fact.id == line.market_fact_id)
    )


def _enterprises_of_run(query: _Query) -> _Query:
    return with_enterprises(query, company).join_from(company, run, run.id == company.run_id)


def _claims_of_run(query: _Query) -> _Query:
    """Of claims: insurer, voucher, enterprise and county are those of the line that paid."""
    paid_by = and_(line.run_id == claim.paid_run_id, line.line_no == claim.paid_line_no)
    return (
        with_enterprises(query.join_from(claim, line, paid_by), line)
        .join_from(claim, run, run.id == claim.run_id)
        .join_from(claim, paid_run, paid_run.id == claim.paid_run_id)
        .join_from(line, premium, premium.id == line.premium_fact_id)
    )


def _fen(model: Any, name: str, header: str) -> LineColumn:
    return LineColumn(f"{name}_fen", header, "fen", getattr(model, f"{name}_fen"))


_YEAR = LineColumn("year", "年度", "count", run.year)
_WHO = (
    LineColumn("county", "区市", "text", enterprise_fact.county),
    LineColumn("uscc", "统一社会信用代码", "text", enterprise.uscc),
    LineColumn("enterprise", "企业名称", "text", enterprise_fact.name),
)
_INSURER = LineColumn("insurer", "承保机构", "text", premium.insurer)
_POLICY = LineColumn("policy_no", "保单号", "text", premium.policy_no)
_VOUCHER = LineColumn("voucher_no", "缴费凭证号", "text", premium.voucher_no)
_COUNTRY = LineColumn("country", "国家地区", "text", premium.country)
_PAID_ON = LineColumn("paid_on", "缴费日", "date", premium.paid_on)

LINES = Lines(
    line,
    (
        LineColumn("run", "运行号", "count", line.run_id),
        _YEAR,
        *_WHO,
        _INSURER,
        _POLICY,
        _VOUCHER,
        _COUNTRY,
        LineColumn("market", "市场", "text", line.market),
        LineColumn("kinds", "险种", "text", premium.kinds),
        LineColumn("currency", "币种", "text", func.coalesce(premium.currency, _USUAL_CURRENCY)),
        _PAID_ON,
        LineColumn("premium_fen", "实缴保费", "fen", premium.premium_fen),
        _fen(line, "refunded", "退费"),
        _fen(line, "net", "净保费"),
        LineColumn("rate_percent", "支持比例(%)", "percent", line.rate_e4),
        _fen(line, "demand", "应支持金额"),
        _fen(line, "subsidy", "支持金额"),
        LineColumn("reasons", "不符合原因", "text", line.reasons),
    ),
    (
        LineColumn("line_no", "序号", "count", line.line_no),
        LineColumn("other_kinds", "其他险种", "text", line.other_kinds),
        LineColumn("listed_market", "名录市场", "text", market_fact.market, optional=True),
        LineColumn("listed_on", "列入日", "date", market_fact.listed_on, optional=True),
        LineColumn("delisted_on", "移出日", "date", market_fact.delisted_on, optional=True),
    ),
    (enterprise.id.label("enterprise_id"),),
    _of_run,
    "保费",
    ("insurer", "voucher_no", "country"),
    ("subsidy_fen",),
    listed="lines",
)
ENTERPRISES = Lines(
    company,
    (
        LineColumn("run", "运行号", "count", company.run_id),
        _YEAR,
        *_WHO,
        _fen(company, "net", "净保费"),
        _fen(company, "subsidy", "市级支持"),
        _fen(company, "matching", "区市配套"),
        _fen(company, "over", "超出净保费"),
    ),
    (),
    (),
    _enterprises_of_run,
    "企业",
    ("uscc",),
    ("subsidy_fen",),
)
CLAIMS = Lines(
    claim,
    (
        LineColumn("run", "运行号", "count", claim.run_id),
        _YEAR,
        LineColumn("paid_year", "支付年度", "count", paid_run.year),
        *_WHO,
        _INSURER,
        _VOUCHER,
        _COUNTRY,
        _fen(claim, "claim", "追缴金额"),
    ),
    (
        _PAID_ON,
        LineColumn("paid_fen", "已付支持", "fen", line.subsidy_fen),
        LineColumn("net_then_fen", "支付时净保费", "fen", line.net_fen),
        _fen(claim, "refunded", "累计退费"),
        _fen(claim, "net_now", "现净保费"),
        _fen(claim, "kept", "应留支持"),
        _fen(claim, "before", "此前已追缴"),
    ),
    (line.enterprise_fact_id, enterprise.id.label("enterprise_id"), paid_run.approved_document),
    _claims_of_run,
    "退费追缴",
    ("insurer", "voucher_no", "country", "paid_year"),
    ("claim_fen",),
    claims=True,
    listed="claims",
)
ALL = (LINES, CLAIMS)  # the enterprises are sums of the lines
