"""What no article settles (第七条): rates, funds, coefficients and shares of the year, and where each came from."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from ledger import models, money
from ledger.programmes.farm_insurance import words
from ledger.runs.settlement import RunRecord
from reports.lineage import rules
from reports.lineage.rules import Fact

CITY_RATE, CENTRAL_RATE = "本年度第三类市级比例", "本年度第一类中央比例"  # as sheet 说明 calls them
COEFFICIENTS = {word: f"分配系数 {word}" for word in words.CLASSES[1:]}
_RATES = (
    (CITY_RATE, words.CITY_FUND, "city_rate_used", "class_3_city"),
    (CENTRAL_RATE, words.CENTRAL_FUND, "central_rate_used", "class_1_central"),
)
_FUNDS = (
    (words.CITY_FUND, "city_fund", "没有录入，不作总量控制"),
    (words.CENTRAL_FUND, "central_fund", "没有录入，没有中央奖补"),
)


def of_year(connection: Connection, run: RunRecord, sheet: str) -> list[Fact]:
    """The rows of a sheet for the year as the run saw them."""
    table = models.table_of(models.facts_of(sheet))
    scope = rules.Scope(run)
    found = rules.facts(connection, models.facts_of(sheet), table.c.year == run.year)
    return [fact for fact in found if scope.saw(fact) is None]


def where(fact: Fact) -> str:
    """Where a row came from, in words."""
    return f"{fact['file_name']} 表内第 {fact['sheet_row']} 行，{fact['uploader']} 报送"


def decided_notes(connection: Connection, run: RunRecord) -> Iterator[tuple[str, str]]:
    """Each decided value of the year and where it came from; where nothing is on file, what is gone by instead."""
    rates = {fact["item"]: fact for fact in of_year(connection, run, "年度比例")}
    for name, item, used, ceiling in _RATES:
        yield name, f"{money.percent_text(run.law[used])}%"
        own = rates.get(item)
        source = f"年度比例（{where(own)}）" if own else f"没有录入，按上限 {money.percent_text(run.law[ceiling])}%"
        yield f"{name}来源", source
    funds = {fact["fund"]: fact for fact in of_year(connection, run, "资金总量")}
    for fund, used, otherwise in _FUNDS:
        own, amount = funds.get(fund), run.law[used]
        yield f"资金总量 {fund}", f"{money.wan_words(amount)}（{where(own)}）" if own else otherwise
    kept = {fund: run.law[used] for fund, used, _ in _FUNDS if run.law[used] is not None}
    yield "本年度预算", "；".join(f"{fund} {money.wan_text(fen)} 万元" for fund, fen in kept.items()) or "未录入"
    yield from _coefficients(connection, run)
    for fact in of_year(connection, run, "二类分担"):
        share = f"{money.percent_text(fact['rate_e4'])}%，{fact['document_no']}"
        yield f"二类分担 {fact['product_no']}", f"市级 {share}（{where(fact)}）"


def _coefficients(connection: Connection, run: RunRecord) -> Iterator[tuple[str, str]]:
    on_file: dict[Any, Fact] = {fact["product_class"]: fact for fact in of_year(connection, run, "分配系数")}
    for word in words.CLASSES[1:]:
        own = on_file.get(word)
        yield COEFFICIENTS[word], money.percent_text(own["coefficient_e4"], 0) if own else "1"
        yield f"{COEFFICIENTS[word]}来源", f"分配系数（{where(own)}）" if own else "没有录入，按 1"
