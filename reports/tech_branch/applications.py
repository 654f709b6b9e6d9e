"""What banks, counties and the city write to each other in January: 专项资金申请报告, 申请文件, 资金分配意见 (第十七, 十八条).

Every figure comes from the stored lines of a run. What is applied for is what it came to before any budget.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ledger import money, spotcheck
from ledger.counties import ALL_COUNTIES, COUNTIES, OFFICES
from ledger.errors import Refused
from ledger.facts.bank_names import bank_names_of
from ledger.money import wan_text, wan_words
from ledger.programmes.tech_branch import law
from ledger.programmes.tech_branch.year import DOCUMENT
from ledger.runs.settlement import RunRecord
from reports.report import Written
from reports.tech_branch import lineage
from reports.tech_branch.letter_templates import FOLDER
from reports.tech_branch.lines import enterprise_fact, loan
from reports.tech_branch.problems import cut_words
from reports.writing import letters
from reports.writing.numbers import chinese_number

Row = Mapping[str, Any]
_COMMON = ("年度", "办法", "文号", "主送", "落款", "依据")
KNOWN = {
    "application": (*_COMMON, "各部分", "说明"),
    "cover": (*_COMMON, "区市", "概况", "银行表", "未通过", "附件"),
    "proposal": (*_COMMON, "概况", "抽查", "分配", "区市表", "总额控制", "追缴", "附件"),
}
NEEDED: dict[str, Sequence[str]] = {
    "application": ("年度", "各部分", "落款"),
    "cover": ("年度", "区市", "银行表"),
    "proposal": ("年度", "分配", "区市表"),
}


def application(connection: Connection, run: RunRecord, path: Path, bank: str, template: Path | None = None) -> Written:
    """A bank's 专项资金申请报告 (第十八条); a bank that it took over has a heading of its own."""
    names = bank_names_of(connection, run)
    bank_id = names.id_of(bank)
    if bank_id is None:
        raise Refused(f"没有银行「{bank}」；请核对名称", "，或用 tiexi find 查找")
    form = _form("application", template)
    rows = list(lineage.explained(connection, run, loan.bank_id.in_([bank_id, *names.predecessors(bank_id)])))
    if not rows:
        raise Refused(f"{run.year} 年度第 {run.id} 号运行中没有{names.printed(bank_id)}的贷款")
    own = [bank_id, *sorted(names.predecessors(bank_id), key=names.printed)]
    parts = [
        _part(chinese_number(place), names.printed(number), [row for row in rows if row["bank_id"] == number])
        for place, number in enumerate(own, start=1)
    ]
    values = {
        **_common(run),
        "主送": OFFICES["financial_regulator"],
        "落款": names.printed(bank_id),
        "各部分": parts,
        "说明": "申请贴息、申请奖补为总额控制以前的需求；同一笔有几项不符合的，各项都计入。",
    }
    letters.write(path, form, values)
    return Written([(path, f"{len(rows)} 笔")])


def cover(connection: Connection, run: RunRecord, path: Path, county: str, template: Path | None = None) -> Written:
    """A county's 申请文件 (第十七条), with its 附件1."""
    if county not in COUNTIES:
        raise Refused(f"{county}不在支持范围（第三条），没有申请文件；应为以下之一：{'、'.join(COUNTIES)}")
    form = _form("cover", template)
    rows = list(lineage.explained(connection, run, enterprise_fact.county == county))
    if not rows:
        raise Refused(f"{run.year} 年度第 {run.id} 号运行中没有{county}的贷款")
    asked = [row for row in rows if row["interest_base_fen"] or row["bonus_base_fen"]]
    table = [_sums_row("银行", name, part) for name, part in _grouped(asked, lambda row: row["bank"])]
    stopped = [row for row in rows if row["reasons"]]
    sums = _sums(asked)
    values = {
        **_common(run),
        "区市": county,
        "主送": f"{OFFICES['county_finance_bureau']}、{OFFICES['financial_regulator']}",
        "落款": f"{county}（{OFFICES['county_financial_regulator']}）",
        "概况": f"共 {len(rows)} 笔贷款，年末余额 {wan_words(_sums(rows)['balance'])}；符合条件申请补助的 {len(asked)} 笔，"
        f"申请贴息 {wan_words(sums['interest'])}，申请奖补 {wan_words(sums['bonus'])}。",
        "银行表": [*table, _sums_row("银行", "合计", asked)] if asked else [],
        "未通过": f"有条件不符合或待核实的 {len(stopped)} 笔：{_codes_words(stopped)}。"
        if stopped
        else "没有不符合条件的贷款。",
        "附件": f"{county}{run.year}年度科技支行贷款专项资金申请表",
    }
    letters.write(path, form, values)
    return Written([(path, f"{len(asked)} 笔")])


def proposal(connection: Connection, run: RunRecord, path: Path, template: Path | None = None) -> Written:
    """The city's 资金分配意见 (第十七条), with its 附件2."""
    form = _form("proposal", template)
    total = run.summary
    by_county = {part["county"]: part for part in total["counties"]}
    table = [_shared(name, by_county[name]) for name in ALL_COUNTIES if name in by_county]
    claims = total["claims"]
    claimed = claims["interest_fen"] + claims["bonus_fen"]
    city, county = (
        total["interest_city_fen"] + total["bonus_city_fen"],
        total["interest_county_fen"] + total["bonus_county_fen"],
    )
    values = {
        **_common(run),
        "主送": OFFICES["finance_bureau"],
        "落款": OFFICES["financial_regulator"],
        "概况": f"全市共 {total['loans']} 笔贷款、{total['enterprises']} 家企业，年末余额 {wan_words(total['balance_fen'])}；"
        f"{total['paid_loans']} 笔有补助，贴息需求 {wan_words(total['interest_demand_fen'])}，奖补需求 {wan_words(total['bonus_demand_fen'])}。",
        "抽查": _check_words(connection, run),
        "分配": f"贴息 {wan_words(total['interest_fen'])}，奖补 {wan_words(total['bonus_fen'])}，合计 "
        f"{wan_words(total['interest_fen'] + total['bonus_fen'])}；其中市级承担 {wan_words(city)}，县级承担 {wan_words(county)}"
        f"（市级 {money.percent_text(run.law['city_share'], 0)}%，第六条）。",
        "区市表": [*table, _shared("合计", total)],
        "总额控制": cut_words(connection, run),
        "追缴": f"以前年度多付或应收回的 {claims['claims']} 条，共 {wan_words(claimed)}：贴息 {wan_words(claims['interest_fen'])}，"
        f"奖补 {wan_words(claims['bonus_fen'])}，另行追缴，不从上表抵扣。" if claims["claims"] else "没有需要追缴的以前年度补助。",
        "附件": f"{run.year}年度科技支行贷款专项资金审核汇总表",
    }  # fmt: skip
    letters.write(path, form, values)
    return Written([(path, f"{len(table)} 个区市，{total['paid_loans']} 笔")])


def _form(name: str, template: Path | None) -> letters.Template:
    return letters.Template(template or FOLDER / f"{name}.docx", KNOWN[name], NEEDED[name])


def _common(run: RunRecord) -> dict[str, Any]:
    approved = f"，{run.approved_document}" if run.approved_document else ""
    return {
        "年度": run.year,
        "办法": DOCUMENT.title,
        "文号": DOCUMENT.number,
        "依据": f"第 {run.id} 号运行（{run.standing}，截止日 {run.as_of}）{approved}",
    }


def _part(number: str, bank: str, rows: Sequence[Row]) -> dict[str, Any]:
    """One bank's part of a 专项资金申请报告."""
    sums, clean = _sums(rows), [row for row in rows if not row["reasons"]]
    asked = [row for row in rows if row["interest_base_fen"] or row["bonus_base_fen"]]
    stopped = [row for row in rows if row["reasons"]]
    new = [row for row in rows if row["year_end_no"] == 1]
    counties = [
        {"区市": name, "笔数": len(part), "余额": wan_text(_sums(part)["balance"]), "贴息": wan_text(_sums(part)["interest"]),
         "奖补": wan_text(_sums(part)["bonus"])}
        for name, part in (*_grouped(rows, lambda row: row["county"]), ("合计", rows))
    ]  # fmt: skip
    return {
        "标题": f"{number}、{bank}",
        "余额": f"列入结算的贷款 {len(rows)} 笔，年末余额 {wan_words(sums['balance'])}；其中当年新发放 {len(new)} 笔，"
        f"年末余额 {wan_words(_sums(new)['balance'])}。知识产权、股权质押 {_share(rows, law.PLEDGED, sums['balance'])}，"
        f"其他新型抵质押及信用 {_share(rows, law.UNSECURED, sums['balance'])}（第七条，按年末余额）。",
        "区市表": counties,
        "稽核": f"逐笔核对，各项条件全部符合的 {len(clean)} 笔，年末余额 {wan_words(_sums(clean)['balance'])}；"
        f"有条件不符合或待核实的 {len(stopped)} 笔，年末余额 {wan_words(_sums(stopped)['balance'])}"
        + ("，分项如下。" if stopped else "。"),
        "稽核表": _checked(stopped),
        "申请": f"申请补助的贷款 {len(asked)} 笔：贴息贷款 {wan_words(_total(asked, 'interest_base_fen'))}，申请贴息 {wan_words(sums['interest'])}；"
        f"奖补贷款 {wan_words(_total(asked, 'bonus_base_fen'))}，申请奖补 {wan_words(sums['bonus'])}。",
        "贷款表": [
            {"借据": row["note_no"], "企业": row["enterprise_name"], "期限": f"{row['disbursed_on']}—{row['due_on']}",
             "余额": wan_text(row["balance_fen"]), "贴息基数": wan_text(row["interest_base_fen"]), "奖补基数": wan_text(row["bonus_base_fen"])}
            for row in asked
        ],
    }  # fmt: skip


def _checked(stopped: Sequence[Row]) -> list[dict[str, Any]]:
    """稽核结果: what the system found, by code in the order of the conditions."""
    found = []
    for one in law.CONDITIONS:
        hit = [row for row in stopped if one.code in row["reasons"].split(";")]
        if hit:
            title = one.title + ("（待核实）" if one.held else "")
            balance = wan_text(_sums(hit)["balance"])
            found.append({"代码": one.code, "条件": title, "条款": one.article, "笔数": len(hit), "余额": balance})
    return found


def _codes_words(stopped: Sequence[Row]) -> str:
    return "；".join(f"{one['条件']}（{one['条款']}）{one['笔数']} 笔" for one in _checked(stopped))


def _share(rows: Sequence[Row], guarantees: Collection[str], whole: int) -> str:
    part = sum(row["balance_fen"] for row in rows if row["guarantee"] in guarantees)
    return f"{wan_words(part)}，占 {money.share_text(part, whole)}" if whole else wan_words(part)


def _total(rows: Iterable[Row], name: str) -> int:
    return sum(row[name] for row in rows)


def _sums(rows: Sequence[Row]) -> dict[str, int]:
    """Fen."""
    columns = {"balance": "balance_fen", "interest": "interest_demand_fen", "bonus": "bonus_demand_fen"}
    return {name: _total(rows, column) for name, column in columns.items()}


def _grouped(rows: Sequence[Row], key: Callable[[Row], str]) -> list[tuple[str, list[Row]]]:
    return [(name, list(part)) for name, part in groupby(rows, key=key)]


def _sums_row(header: str, name: str, rows: Sequence[Row]) -> dict[str, Any]:
    sums = _sums(rows)
    return {
        header: name, "笔数": len(rows), "余额": wan_text(sums["balance"]), "贴息基数": wan_text(_total(rows, "interest_base_fen")),
        "贴息": wan_text(sums["interest"]), "奖补基数": wan_text(_total(rows, "bonus_base_fen")), "奖补": wan_text(sums["bonus"]),
    }  # fmt: skip


def _shared(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "区市": name, "笔数": part["paid_loans"],
        **{f"{label}{whose}": wan_text(part[f"{key}{suffix}_fen"]) for key, label in (("interest", "贴息"), ("bonus", "奖补"))
           for suffix, whose in (("", ""), ("_city", "市级"), ("_county", "县级"))},
    }  # fmt: skip


def _check_words(connection: Connection, run: RunRecord) -> str:
    drawn = spotcheck.drawings(connection, run.id)
    lines = {one.line_no for drawing in drawn for one in drawing.lines}
    if not lines:
        return "本次运行没有抽查。"
    results = spotcheck.results(connection, run.id)
    wrong = sum(1 for one in results.values() if one.outcome != "ok")
    return f"抽查 {len(lines)} 笔，已填结果 {len(results)} 笔，其中不符 {wrong} 笔。"
