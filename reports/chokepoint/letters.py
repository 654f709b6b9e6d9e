"""告知书 of a review: what an enterprise got for its policies and its projects, one by one, and why, or why not.

A letter tells of the enterprise's own policies and grants only. The risk subsidy (风险资金补助) is the bank's and is not spoken of.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ledger.accounts.scope import EVERYTHING
from ledger.counties import OFFICES
from ledger.money import wan_words
from ledger.programmes.chokepoint.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.chokepoint.explain import (
    grant_amount,
    grant_conditions,
    policy_conditions,
    premium_amount,
)
from reports.chokepoint.lines import GRANTS, POLICIES, enterprise
from reports.lineage.explanation import Point
from reports.parties import letters
from reports.runs.run_lines import Row, read_whole
from reports.writing.numbers import chinese_number

CURES = {
    "R_REGION": "登记的区市有误的，请提交营业执照，由市科学技术局核对。",
    "R_REVOKED": "对取消资格的认定不服的，可以对该认定提出异议。",
    "C_PERIOD": "保险起期、批准日有误的，请提交保单或批准文件，申请补正；确在有效期以外的不享受。",
    "C_HNTE": "保险起期当日持有有效高新技术企业资质的，请提交证书，申请补正。",
    "C_PROJECT": "项目编号有误，或项目当时已在库的，请提交入库文件，申请补正。",
    "C_COVERAGE": "险种填报有误的，请由保险公司提交保单，申请补正。",
}  # every code of the conditions of policies and grants has its sentence: a test says so
_CODE = re.compile(r"（[0-9A-Z]{18}）")  # of another enterprise, whose project it is


def told_of(connection: Connection, run: RunRecord, until: date, uscc: str | None = None) -> Iterator[letters.Told]:
    """What the letters say, by enterprise in line order; Refused for one with neither policy nor grant."""
    where = () if uscc is None else (enterprise.uscc == uscc,)
    policies = _by_enterprise(read_whole(connection, POLICIES, run.id, *where))
    grants = _by_enterprise(read_whole(connection, GRANTS, run.id, *where))
    codes = list(dict.fromkeys([*policies, *grants]))
    if uscc is not None and not codes:
        raise letters.unknown(run, uscc, "保单和研发补助")
    for code in letters.telling(codes):
        yield _told(connection, run, policies.get(code, []), grants.get(code, []), until)


def _by_enterprise(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["uscc"], []).append(row)
    return found


def _told(
    connection: Connection, run: RunRecord, policies: Sequence[Row], grants: Sequence[Row], until: date
) -> letters.Told:
    premiums, granted = (
        sum(row[name] for row in rows) for rows, name in ((policies, "subsidy_fen"), (grants, "granted_fen"))
    )
    first = (policies or grants)[0]
    parts = [f"{len(policies)} 份保单的保费补贴合计 {wan_words(premiums)}"] if policies else []
    parts += [f"{len(grants)} 项研发补助合计 {wan_words(granted)}"] if grants else []
    codes = {code for row in (*policies, *grants) for code in row["reasons"].split(";") if code}
    office = OFFICES["science_bureau"]
    told = [_policy(connection, run, row) for row in policies] + [_grant(connection, run, row) for row in grants]
    return {
        **letters.common(run, DOCUMENT, "“拨投贷保”补助", office),
        "企业": first["enterprise"],
        "代码": first["uscc"],
        "结果": f"你单位{'，'.join(parts)}。{letters.standing_words(run)}",
        "各笔": [{**one, "标题": f"{chinese_number(number)}、{one['标题']}"} for number, one in enumerate(told, start=1)],
        "追缴": [],
        "可以": list(letters.may_do(CURES, codes, until, office, "保险公司或你单位")),
    }  # fmt: skip


def _policy(connection: Connection, run: RunRecord, row: Row) -> dict[str, Any]:
    what = f"实缴保费 {wan_words(row['premium_fen'])}，保险期间 {row['inception']} 至 {row['expiry']}。"
    title = f"{row['insurer']}　保单 {row['policy_no']}"
    points = policy_conditions(connection, run, row), list(premium_amount(connection, run, row, EVERYTHING))
    return _line(title, what, "保费补贴", row["subsidy_fen"], bool(row["reasons"]), *points)


def _grant(connection: Connection, run: RunRecord, row: Row) -> dict[str, Any]:
    title = f"项目 {row['project_no']}　{row['grant_year']} 年度研发投入"
    what = f"批准日 {row['approved_on']}。"
    points = grant_conditions(connection, run, row), [grant_amount(run, row)]
    return _line(title, what, "研发补助", row["granted_fen"], bool(row["reasons"]), *points)


def _line(
    title: str, what: str, gives: str, got: int, stopped: bool, conditions: Sequence[Point], amounts: Sequence[Point]
) -> dict[str, Any]:
    """One line of a letter: why not where a condition was not met, else how the amount comes about."""
    if stopped:
        why = [_CODE.sub("", text) for text in letters.why_not(conditions)]
        return {"标题": title, "结论": f"{what}不享受{gives}，原因如下。", "理由": why}
    why = [f"{one.title}（{one.article}）：{one.text}。" for one in amounts]
    return {"标题": title, "结论": f"{what}{gives} {wan_words(got)}。", "理由": why}


write = letters.writer(DOCUMENT, told_of)
