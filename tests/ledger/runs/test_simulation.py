"""What if: nothing set changes nothing, other values give what the reference computation gives, and nothing is stored."""

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import worlds
from databases import address, dump, set_up
from examples import some
from ledger import lifecycle
from ledger.counties import COUNTIES
from ledger.database import db
from ledger.errors import Refused
from ledger.law.document import document
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.runs.simulation import Simulation, UnreadableSetting, assume, read_setting, simulate
from programmes.tech_branch import oracle, oracle_figures
from reports.tech_branch import simulation
from samples import ENTERPRISE, USCC, base, loan
from tiexi.cli import run as command

PROGRAMME = PROGRAMMES["tech_branch"]
AS_OF = date(2024, 1, 31)


def what_if(engine: Engine, year: int, *texts: str, as_of: date | None = None) -> Simulation:
    with db.reading(engine) as connection:
        return simulate(connection, PROGRAMME, year, [read_setting(PROGRAMME, text) for text in texts], as_of)


# --- what people write --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("interest.rate=0.8%", "interest.rate", 8_000), ("interest_rate=0.8", "interest.rate", 8_000),
        ("贴息比例＝０．８％", "interest.rate", 8_000), ("bonus.rate = 0.55 %", "bonus.rate", 5_500),
        ("margin=80个基点", "margin", 8_000), ("margin=0.8个百分点", "margin", 8_000), ("MARGIN=80BP", "margin", 8_000),
        ("cap=2000万", "cap", 2_000_000_000), ("cap=2,000万元", "cap", 2_000_000_000), ("单户上限=0.2亿", "cap", 2_000_000_000),
        ("cap=2000", "cap", 2_000_000_000), ("cap=0", "cap", 0), ("term.days=330天", "term.days", 330),
        ("years=3年", "years", 3), ("upload.days=7个工作日", "upload.days", 7), ("city.share=30%", "city.share", 300_000),
        ("year.months=6个月", "year.months", 6), ("budget.全市=1.2亿", "budget.全市", 12_000_000_000),
        ("budget.威海经济技术开发区=100万", "budget.经区", 100_000_000), ("预算.环翠区=无", "budget.环翠区", None),
        ("lpr.gap=60", "lpr.gap", 60), ("city.share=100%", "city.share", 1_000_000), ("term.days=10000", "term.days", 10_000),
    ],
)  # fmt: skip
def test_settings_as_people_write_them(text: str, key: str, value: int | None) -> None:
    found = read_setting(PROGRAMME, text)
    assert (found.key, found.value) == (key, value)


@pytest.mark.parametrize(
    "text",
    ["", "cap", "cap=", "=1", "cap=多", "cap=-1", "cap=1.0000001万", "cap=3天", "foo=1", "budget.烟台=1万", "budget=1万",
     "years=2.5", "interest.rate=101%", "city.share=100.0001%", "term.days=10001", "interest.rate=0.00001%", "year.months=0", "upload.days=0", "cap=" + "9" * 30,
     "interest.rate=无", "categories=1"],
)  # fmt: skip
def test_unreadable_settings(text: str) -> None:
    with pytest.raises(UnreadableSetting):
        read_setting(PROGRAMME, text)


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(UnreadableSetting, match=r"interest\.rate.*cap.*budget"):
        read_setting(PROGRAMME, "foo=1")


def test_one_thing_is_set_once() -> None:
    with pytest.raises(UnreadableSetting, match="不止一次"):
        assume([read_setting(PROGRAMME, "cap=1"), read_setting(PROGRAMME, "单户上限=2")])


def test_every_number_of_the_document_can_be_set() -> None:
    numbers = {name for name, parameter in document("tech_branch").parameters.items() if parameter.unit != "names"}
    assert {name.parameter for name in PROGRAMME.assumable.numbers} == numbers


# --- before and after ---------------------------------------------------------------------------------------------------

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "interest.rate": st.sampled_from(["0.8%", "1.2%", "0"]),
        "bonus.rate": st.sampled_from(["0.3%", "1%"]),
        "cap": st.sampled_from(["500万", "2000万", "5000万"]),
        "margin": st.sampled_from(["0", "80个基点", "1%"]),
        "term.days": st.sampled_from(["300", "359天", "361天"]),
        "years": st.sampled_from(["0年", "2", "9"]),
        "city.share": st.sampled_from(["0", "33.3333%", "100%"]),
        "upload.days": st.sampled_from(["3个工作日", "8"]),
        "budget.全市": st.sampled_from(["0", "12.345678万", "无"]),
        "budget.环翠区": st.sampled_from(["3万", "无"]),
    },
)


def oracle_with(sheets: dict[str, Any], year: int, as_of: date, given_settings: dict[str, str]) -> Any:
    """The reference computation with other constants, rates and budgets."""
    found = {key: read_setting(PROGRAMME, f"{key}={value}").value for key, value in given_settings.items()}
    constants = {
        "CAP_FEN": found.get("cap", oracle_figures.CAP_FEN),
        "LPR_MARGIN": Decimal(found.get("margin", 9_000)) / 10_000,
        "FULL_YEAR_DAYS": found.get("term.days", oracle_figures.FULL_YEAR_DAYS),
        "YEARS_LIMIT": found.get("years", oracle_figures.YEARS_LIMIT),
        "UPLOAD_WORKDAYS": found.get("upload.days", oracle_figures.UPLOAD_WORKDAYS),
        "CITY_PERCENT": Fraction(found.get("city.share", 200_000), 10_000),
    }
    rates = {"interest.rate": "贴息", "bonus.rate": "奖补"}
    kept = [row for row in sheets.get("年度比例", []) if row["年度"] != year or row["补助项目"] not in
            [item for key, item in rates.items() if key in found]]  # fmt: skip
    own = [
        {"年度": year, "补助项目": item, "比例(%)": Decimal(found[key]) / 10_000}
        for key, item in rates.items()
        if key in found
    ]
    scopes = {key.removeprefix("budget."): fen for key, fen in found.items() if key.startswith("budget.")}
    budgets = [
        row
        for row in sheets.get("预算", [])
        if row["年度"] != year or oracle_figures.county_of(row["范围"]) not in scopes
    ]
    budgets += [
        {"年度": year, "范围": scope, "金额(万元)": Decimal(fen) / 10**6}
        for scope, fen in scopes.items()
        if fen is not None
    ]
    with patch.multiple(oracle, **constants):
        return oracle.settle({**sheets, "年度比例": [*kept, *own], "预算": budgets}, year, as_of)


@settings(max_examples=some(15))
@given(data=st.data())
def test_after_is_what_the_reference_gives_with_such_values(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of, chosen = data.draw(worlds.as_of_dates(year)), data.draw(SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        engine = set_up(Path(folder), sheets)
        stored = dump(engine)
        try:
            expected: Any = oracle_with(sheets, year, as_of, chosen), oracle_with(sheets, year, as_of, {})
        except oracle_figures.Refused:
            expected = None
        try:
            found = what_if(engine, year, *(f"{key}={value}" for key, value in chosen.items()), as_of=as_of)
        except Refused:
            found = None  # type: ignore[assignment]
        assert dump(engine) == stored
        engine.dispose()
    assert (found is None) == (expected is None)
    if found is not None:
        for lines, reference in zip((found.after, found.before), expected, strict=True):
            names = ("note_no", "interest", "interest_city", "bonus", "bonus_city", "balance")
            assert [tuple(row) for row in lines[list(names)].to_numpy().tolist()] == [
                tuple(line["note_no"] if name == "note_no" else line[f"{name}_fen"] for name in names)
                for line in reference
            ]
            assert lines["reasons"].tolist() == [";".join(line["reasons"]) for line in reference]
        check_sums(found)


def check_sums(found: Simulation) -> None:
    """Counties and banks add up to the whole; every enterprise gains, loses or stays; codes reconcile."""
    total = simulation.overall(found)
    for column in ("county", "bank"):
        parts = simulation.by(found, column)
        for name in ("loans", "interest_fen", "bonus_fen", "total_fen"):
            for place in range(3):
                assert sum(part.of(name)[place] for part in parts) == total.of(name)[place]
    gains = simulation.gains(found, "uscc", "interest")
    assert sum(gains.values()) == len({*found.before["uscc"], *found.after["uscc"]})
    for row in simulation.codes(found):
        assert row["before"] + row["newly"] - row["no_longer"] == row["after"]
    loans = simulation.pairs(found)
    assert len(loans) == len(found.after)
    assert loans["interest_after"].sum() - loans["interest_before"].sum() == total.of("interest_fen")[2]


@pytest.fixture
def settled(tmp_path: Path, engine: Engine, take: Callable[..., Any]) -> Iterator[Engine]:
    """2023 with two loans, one refused for its rate, settled and approved."""
    take(base(loan(), loan("R", **{"年利率(%)": 4.5}), 预算=[{"年度": 2023, "范围": "全市", "金额(万元)": 15}]))
    run = settlement.settle(engine, PROGRAMME, 2023, AS_OF, "测试")
    lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)
    yield engine


def test_nothing_set_changes_nothing(settled: Engine) -> None:
    found = what_if(settled, 2023)
    assert found.run is not None and found.run.id == 1 and found.as_of == AS_OF
    assert not found.facts_changed and found.after.equals(found.before)
    assert {part.of("total_fen")[2] for part in (simulation.overall(found), *simulation.by(found, "bank"))} == {0}
    assert simulation.gains(found, "uscc", "interest") == {"gain": 0, "lose": 0, "same": 1}
    assert [(row["newly"], row["no_longer"]) for row in simulation.codes(found)] == [(0, 0)]


def test_a_looser_value_lets_a_loan_in_and_is_marked(settled: Engine) -> None:
    found = what_if(settled, 2023, "margin=1%", "budget.全市=无")
    assert [change.beyond for change in found.changes] == [9_000, None]
    assert simulation.codes(found) == [{"code": "R_RATE", "before": 1, "after": 0, "newly": 0, "no_longer": 1}]
    assert simulation.overall(found).of("interest_fen") == (10_000_000, 20_000_000, 10_000_000)
    assert simulation.overall(found).of("bonus_fen") == (5_000_000, 12_000_000, 7_000_000)
    assert simulation.gains(found, "bank", "bonus") == {"gain": 1, "lose": 0, "same": 0}


def test_marks_below_and_above_the_law(settled: Engine) -> None:
    marked = {text: what_if(settled, 2023, text).changes[0].beyond is not None for text in (
        "interest.rate=1%", "interest.rate=1.1%", "term.days=360", "term.days=359", "cap=3000万", "cap=3001万", "city.share=90%",
    )}  # fmt: skip
    assert list(marked.values()) == [False, True, False, True, False, True, False]


def test_an_as_of_date_takes_the_law_instead_of_the_approved_run(settled: Engine) -> None:
    found = what_if(settled, 2023, as_of=date(2024, 2, 1))
    assert found.run is None and found.as_of == date(2024, 2, 1) and found.before.equals(found.after)


def test_news_since_the_approval_is_said(settled: Engine, take: Callable[..., Any]) -> None:
    take({"贷款": [loan("新")]})
    found = what_if(settled, 2023)
    assert found.facts_changed and simulation.overall(found).of("loans") == (2, 3, 1)
    assert "-" in simulation.pairs(found)["reasons_before"].tolist()


def test_a_mere_change_of_name_is_no_news(settled: Engine, take: Callable[..., Any]) -> None:
    take({"企业": [{**ENTERPRISE, "企业名称": "威海样例新名公司"}]}, amend_reason="更名")
    found = what_if(settled, 2023)
    assert set(found.unset["enterprise_name"]) == {"威海样例新名公司"} and not found.facts_changed


def test_a_year_that_is_not_over_goes_by_todays_balances(
    engine: Engine, take: Callable[..., Any], set_today: Callable[[date], None]
) -> None:
    set_today(date(2023, 10, 9))
    take(base(loan(), 还款=[{"银行名称": "样例银行", "借据编号": "A", "还款日": date(2023, 9, 1), "还本金额(万元)": 400,
                             "资料上传日": date(2023, 9, 1)}]))  # fmt: skip
    found = what_if(engine, 2023, "interest.rate=0.5%")
    assert found.open_year and found.as_of == date(2023, 10, 9) and found.run is None
    assert simulation.overall(found).of("interest_fen") == (6_000_000, 3_000_000, -3_000_000)
    with pytest.raises(Refused, match="尚未结束"):
        what_if(engine, 2023, as_of=date(2023, 6, 1))


@pytest.mark.parametrize("year", [2022, 2027, 9999])
def test_a_year_outside_the_documents_life_is_refused(engine: Engine, year: int) -> None:
    with pytest.raises(Refused, match="第二十四条"):
        what_if(engine, year)


# --- the command --------------------------------------------------------------------------------------------------------


def test_the_command(settled: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = ["--database", address(settled)]
    stored = dump(settled)

    def tiexi(*arguments: str) -> tuple[int, str, str]:
        code = command([*database, "simulate", *arguments])
        return code, *capsys.readouterr()

    code, out, _ = tiexi("2023", "--set", "interest.rate=1.2%", "--set", "cap=500万", "-o", str(tmp_path / "对比.csv"))
    assert code == 0 and "超过现行上限 1.00%" in out and "未写入数据库" in out and "样例银行" in out
    rows = (tmp_path / "对比.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 3 and rows[0].startswith("year,county,bank,uscc") and USCC in rows[1]
    code, out, _ = tiexi("2023", "--set", "interest.rate=0.5%", "--json")
    found = json.loads(out)
    assert code == 0 and found["difference"]["interest_fen"] == -5_000_000 and found["run"] == 1
    assert [part["county"] for part in found["counties"]] == ["环翠区"] and COUNTIES[0] == "环翠区"
    code, _, err = tiexi("2023", "--set", "foo=1")
    assert code == 2 and "interest.rate" in err
    assert tiexi("2023", "--set", "cap=1", "--set", "cap=2")[0] == 2
    assert tiexi("2022")[0] == tiexi("2023", "--as-of", "2099-01-01")[0] == 1
    assert dump(settled) == stored
