"""Why this amount, or why nothing, for one premium (a voucher and country), and what is claimed back of it.

Nothing is computed anew: every figure comes from the line, the claim and their run as they were stored.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from ledger import money
from ledger.accounts.scope import EVERYTHING, Scope
from ledger.errors import NotFound
from ledger.law.conditions import Condition
from ledger.money import wan_text, wan_words
from ledger.programmes.export_credit import law as policy
from ledger.programmes.export_credit.year import FUND, KEY_RATE, OTHER_RATE, life
from ledger.runs.settlement import STATE_NAMES, RunRecord, choose_run
from reports.export_credit import lineage
from reports.export_credit.lines import CLAIMS, claim, premium
from reports.lineage import evidence, sources
from reports.lineage.explanation import NOTE, Explanation, Point, judged
from reports.runs.run_lines import Row

_ARTICLE = "第11条"
_BY_CODE: dict[str, Condition] = {condition.code: condition for condition in policy.CONDITIONS}


def explain(
    connection: Connection, run: RunRecord, insurer: str, voucher_no: str, country: str, scope: Scope = EVERYTHING
) -> Explanation:
    """A premium's explanation; NotFound when it is not on file. scope: whose eyes it is for."""
    known = lineage.of_premium(connection, run, insurer, voucher_no, country)
    named = f"{insurer} 凭证 {voucher_no}（{country}）"
    rows, claims = [dict(each.row) for each in known.lines], [dict(found) for found in known.claims]
    if not rows and not claims:
        return _not_listed(connection, run, named, insurer, voucher_no, country)
    points = sources.points(connection, known, lineage.LINEAGE, scope)
    conclusions = []
    for row in rows:
        points += [*conditions_of(run, row), *_amounts(run, row)]
        conclusions.append(_conclusion(row))
    for found in claims:
        points += _claim_points(found)
        conclusions.append(f"追缴 {found['paid_year']} 年度已付的 {wan_words(found['claim_fen'])}")
    for later in _later_claims(connection, run, insurer, voucher_no, country):
        amount = wan_words(later["claim_fen"])
        points.append(
            Point(
                "追缴", f"{later['year']} 年度追缴本年度已付", NOTE, _ARTICLE, "",
                f"{later['year']} 年度第 {later['run']} 号运行追缴 {amount}",
                f"；缘由见 tiexi explain {voucher_no} --insurer {insurer} --country {country} --year {later['year']}",
            )
        )  # fmt: skip
        conclusions.append(f"其后 {later['year']} 年度追缴本年度已付的 {amount}")
    return Explanation(_subject(run, named, (rows or claims)[0]), "。".join(conclusions), points)


def _later_claims(connection: Connection, run: RunRecord, insurer: str, voucher_no: str, country: str) -> list[Row]:
    """What later years claim back of what the run paid on a premium, by year. Of a year counts its approved run, else its
    latest trial."""
    columns = [column.source.label(column.name) for column in CLAIMS.columns]
    query = CLAIMS.joined(select(*columns)).where(
        claim.paid_run_id == run.id, premium.insurer == insurer, premium.voucher_no == voucher_no,
        premium.country == country,
    )  # fmt: skip
    found = [dict(row) for row in connection.execute(query.order_by(claim.run_id)).mappings()]
    counted = {year: choose_run(connection, run.programme, year).id for year in {row["year"] for row in found}}
    return sorted((row for row in found if counted[row["year"]] == row["run"]), key=lambda row: row["year"])


def conditions_of(run: RunRecord, row: Row) -> list[Point]:
    """Each condition as a stored line was judged by it, with its figures."""
    return list(judged(policy.CONDITIONS, row, _figures(run, row)))


def _conclusion(row: Row) -> str:
    amount = f"保费支持 {wan_words(row['subsidy_fen'])}" if row["subsidy_fen"] else "无保费支持"
    codes = [code for code in row["reasons"].split(";") if code]
    return amount + evidence.stopped_by(codes, _BY_CODE)


def _subject(run: RunRecord, named: str, row: Row | None = None) -> str:
    who = f"（{row['enterprise']}，{row['uscc']}，{row['county']}）" if row else ""
    return f"{named}{who} {run.year} 年度审核，第 {run.id} 号运行（{STATE_NAMES[run.state]}，截止日 {run.as_of}）"


def _not_listed(
    connection: Connection, run: RunRecord, named: str, insurer: str, voucher_no: str, country: str
) -> Explanation:
    """Why a premium on file has no line in a review; NotFound where there is none on file."""
    query = select(premium.paid_on).where(
        premium.insurer == insurer, premium.voucher_no == voucher_no, premium.country == country,
        premium.retired_by.is_(None),
    )  # fmt: skip
    found = connection.execute(query).first()
    if found is None:
        raise NotFound(f"没有 {named} 的在库缴费；请核对承保机构、缴费凭证号与国家地区")
    text = f"缴费日 {found.paid_on} 不在 {run.year} 年内，也没有因退费追缴"
    if found.paid_on.year == run.year:
        text = "该笔在审核之后才录入或更正；重新审核后可以解释"
    return Explanation(_subject(run, named), f"未列入本次审核：{text}", [])


def _figures(run: RunRecord, row: Row) -> dict[str, str]:
    """What the sentences of the conditions may speak of."""
    others = row["other_kinds"]
    return {
        "county": row["county"],
        "paid_on": str(row["paid_on"]),
        "life": life(),
        "kinds": row["kinds"],
        "other_kinds": f"（其中 {others} 不在其列）" if others else "",
        "supported": "、".join(run.law["kinds"]),
        "currency": row["currency"],
        "supported_currency": "、".join(run.law["currency"]),
        "premium": wan_text(row["premium_fen"]),
        "refunded": wan_text(row["refunded_fen"]),
        "net": wan_text(row["net_fen"]),
    }


# --- the amounts --------------------------------------------------------------------------------------------------------


def _amounts(run: RunRecord, row: Row) -> Iterator[Point]:
    yield from demand_of(run, row)
    text = "条件未全部通过，没有支持" if row["reasons"] else _shared(run, row)
    yield Point("金额", "支持金额", NOTE, _ARTICLE, "", text)


def demand_of(run: RunRecord, row: Row) -> Iterator[Point]:
    """How a premium's market and rate give its demand, before any fund."""
    yield Point("金额", "市场", NOTE, _ARTICLE, "", _market(run, row))
    yield Point("金额", "支持比例", NOTE, _ARTICLE, "", _rate(run, row))
    if not row["reasons"]:
        rate = money.percent_text(row["rate_percent"])
        text = f"净保费 {wan_words(row['net_fen'])} × {rate}% = {wan_words(row['demand_fen'])}（四舍五入到分）"
        yield Point("金额", "应支持金额", NOTE, _ARTICLE, "", text)


def _market(run: RunRecord, row: Row) -> str:
    if row["listed_market"] is None:
        text = f"{row['paid_on']} {row['country']} 不在任何名录期内，按{row['market']}"
    else:
        span = f"{row['listed_on']} 至 {row['delisted_on'] or '今'}"
        text = f"{row['paid_on']} {row['country']} 在「{row['listed_market']}」名录（{span}），为{row['market']}"
    return (
        f"{text}；同一天列入几种的，以{'、'.join((*run.law['key_markets'], *run.law['other_market']))}的次序在前的为准"
    )


def _rate(run: RunRecord, row: Row) -> str:
    is_key = row["market"] in run.law["key_markets"]
    item, name = (KEY_RATE, "key_rate") if is_key else (OTHER_RATE, "other_rate")
    ceiling, used = run.law[name], run.law[f"{name}_used"]
    own = "按上限" if used == ceiling else f"按「年度比例」表本年度的 {money.percent_text(used)}%"
    return f"{row['market']}用{item}，上限 {money.percent_text(ceiling)}%，{own}"


def _shared(run: RunRecord, row: Row) -> str:
    budget, asked = run.law["budget"], run.summary["demand_fen"]
    end = f"，由市级支付 {wan_words(row['subsidy_fen'])}"
    if budget is None:
        return f"没有录入本年度{FUND}的资金总量，不作控制{end}"
    if asked <= budget:
        return f"全部应支持 {wan_words(asked)}，不超过资金总量 {wan_words(budget)}{end}"
    return (
        f"全部应支持 {wan_words(asked)}，超过资金总量 {wan_words(budget)}：按应支持金额占比分摊"
        f"（余下的分按小数部分大小逐一补足）{end}"
    )


# --- what is claimed back -----------------------------------------------------------------------------------------------


def _claim_points(found: Row) -> Sequence[Point]:
    """One claim: the payment, the refunds that take it back, and the amounts."""
    year = f"{found['paid_year']} 年度"
    paid, kept, before = (wan_words(found[name]) for name in ("paid_fen", "kept_fen", "before_fen"))
    now, then = wan_words(found["net_now_fen"]), wan_words(found["net_then_fen"])
    run = f"第 {found['paid_run_id']} 号运行（{found['approved_document']}），{found['county']}"
    return (
        Point("追缴", f"{year}已付", NOTE, _ARTICLE, "", f"{run}：净保费 {then}，支持 {paid}"),
        Point(
            "追缴", f"{year}追缴原因", NOTE, _ARTICLE, "",
            f"截至本次截止日累计退费 {wan_words(found['refunded_fen'])}，净保费现为 {now}，少于支付时的 {then}",
        ),
        Point(
            "追缴", f"{year}追缴金额", NOTE, _ARTICLE, "",
            f"应留 {paid} × {now} / {then} = {kept}（四舍五入到分）；已付 {paid} − 应留 {kept} − 此前已追缴 {before} = "
            f"本次追缴 {wan_words(found['claim_fen'])}，缴回市级",
        ),
    )  # fmt: skip
