"""Runs: the same facts give the same lines, an approval notices what changed, a closed year never moves."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

import worlds
from databases import set_up
from ledger import lifecycle, models
from ledger.database import db
from ledger.errors import EnvironmentFailed, Refused
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from ledger.setup import initialise
from product import lines_of
from samples import BANK, USCC, base, loan, repayment

TECH = PROGRAMMES["tech_branch"]
JAN = {year: date(year + 1, 1, 31) for year in (2023, 2024, 2025)}


def settle(engine: Engine, year: int = 2023, as_of: date | None = None) -> settlement.RunRecord:
    return settlement.settle(engine, TECH, year, as_of or JAN[year], "测试")


def approve(engine: Engine, run: settlement.RunRecord) -> settlement.RunRecord:
    return lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)


def test_settling_twice_gives_the_same(take: Callable[..., Any], engine: Engine) -> None:
    take(base(loan("A"), loan("B", 发放日=date(2023, 8, 1))))
    first, second = settle(engine), settle(engine)
    assert first.id != second.id
    assert first.fingerprint == second.fingerprint
    assert first.summary == second.summary
    assert lines_of(engine, first) == lines_of(engine, second)


def test_the_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    sheets = worlds.random_world(7, 60, 2024)
    found = []
    for number, turn in enumerate((1, -1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        engine = set_up(folder, {name: rows[::turn] for name, rows in list(sheets.items())[::turn]})
        run = settle(engine, 2024)
        found.append((run.fingerprint, lines_of(engine, run)))
        engine.dispose()
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "change",
    [
        {"贷款": [loan("B")]},
        {"还款": [repayment("A", date(2023, 12, 1), 1)]},
        {"还款": [repayment("A", date(2024, 1, 31), 1000)]},
        {"年末余额": [{"年度": 2023, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1000}]},
        {"预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 99999}]},
        {"年度比例": [{"年度": 2023, "补助项目": "贴息", "比例(%)": 1}]},
        {"撤销": [{"银行名称": BANK, "借据编号": "A", "认定日": date(2024, 1, 31), "认定文号": "x", "事由": "y"}]},
        {"历史享受年限": [{"统一社会信用代码": USCC, "截至年度": 2022, "已享受年限": 1}]},
        {"年限豁免": [{"统一社会信用代码": USCC, "年度": 2023, "批准文号": "x"}]},
        {"企业": [{"统一社会信用代码": USCC, "企业名称": "改名", "区市": "环翠区"}]},
        {"贷款": [loan("A", **{"年利率(%)": 4.1})]},
        {
            "资质": [
                {
                    "统一社会信用代码": USCC,
                    "资质类别": "高新技术企业",
                    "有效期起": date(2022, 11, 1),
                    "有效期止": date(2026, 1, 1),
                }
            ]
        },
    ],
    ids=lambda change: "、".join(change),
)
def test_approval_notices_what_changed(take: Callable[..., Any], engine: Engine, change: dict[str, Any]) -> None:
    take(base())
    run = settle(engine)
    take(change, amend_reason="更正")
    if (
        next(iter(change)) == "年度比例"
    ):  # the year's own rate equals the ceiling: nothing that the run used is different
        assert approve(engine, run).state == "approved"
        return
    with pytest.raises(Refused, match="试算后数据有变动"):
        approve(engine, run)
    assert approve(engine, settle(engine)).state == "approved"


@pytest.mark.parametrize(
    "later",
    [
        {"贷款": [loan("B", 发放日=date(2024, 1, 2), 到期日=date(2025, 2, 1))]},
        {"还款": [repayment("A", date(2024, 2, 1), 1000)]},
        {"撤销": [{"银行名称": BANK, "借据编号": "A", "认定日": date(2024, 2, 1), "认定文号": "x", "事由": "y"}]},
        {"年末余额": [{"年度": 2024, "银行名称": BANK, "借据编号": "A", "年末余额(万元)": 1}]},
        {"LPR": [{"公布日期": date(2026, 9, 21), "一年期LPR(%)": 3}]},
        {"预算": [{"年度": 2024, "范围": "全市", "金额(万元)": 1}]},
        {"企业": [{"统一社会信用代码": "91110000600037341L", "企业名称": "样例乙", "区市": "高区"}]},
    ],
    ids=lambda later: "、".join(later),
)
def test_approval_is_not_disturbed_by_what_the_run_did_not_use(
    take: Callable[..., Any], engine: Engine, later: dict[str, Any]
) -> None:
    take(base())
    run = settle(engine)
    take(later)
    assert approve(engine, run).state == "approved"


def test_one_approved_run_a_year_and_none_before_a_later_one(take: Callable[..., Any], engine: Engine) -> None:
    take(base(loan(到期日=date(2026, 7, 3))))
    first, again, later = settle(engine), settle(engine), settle(engine, 2024)
    done = approve(engine, first)
    assert (done.state, done.approved_by, done.approved_document) == ("approved", "审核人", "样例文号")
    with pytest.raises(Refused, match="无需再次审核"):
        approve(engine, first)
    with pytest.raises(Refused, match="每个年度只能通过一次"):
        approve(engine, again)
    with pytest.raises(Refused, match="试算后数据有变动"):  # the years enjoyed have changed with the approval
        approve(engine, later)
    approve(engine, settle(engine, 2024))
    early = settle(engine, 2023)
    with pytest.raises(Refused, match="每个年度只能通过一次"):
        approve(engine, early)


def test_an_earlier_year_cannot_follow_a_later_one(take: Callable[..., Any], engine: Engine) -> None:
    take(base(loan(到期日=date(2026, 7, 3))))
    approve(engine, settle(engine, 2024))
    run = settle(engine, 2023)
    with pytest.raises(Refused, match="2024 年度已审核通过"):
        approve(engine, run)


def test_an_approved_run_keeps_its_figures_whatever_comes_later(take: Callable[..., Any], engine: Engine) -> None:
    take(base())
    run = approve(engine, settle(engine))
    before = lines_of(engine, run)
    take({"贷款": [loan("A", **{"年利率(%)": 9, "贷款金额(万元)": 1})], "企业": [
        {"统一社会信用代码": USCC, "企业名称": "改名", "区市": "高区"}]}, amend_reason="更正")  # fmt: skip
    assert lines_of(engine, run) == before
    with db.reading(engine) as connection:
        assert settlement.choose_run(connection, "tech_branch", 2023).id == run.id


def test_choosing_a_run(take: Callable[..., Any], engine: Engine) -> None:
    take(base())
    first, second = settle(engine), settle(engine)
    with db.reading(engine) as connection:
        assert settlement.choose_run(connection, "tech_branch", 2023).id == second.id
        assert settlement.choose_run(connection, "tech_branch", 2023, first.id).id == first.id
        with pytest.raises(Refused, match="2024 年度还没有试算"):
            settlement.choose_run(connection, "tech_branch", 2024)
        with pytest.raises(Refused, match="不是 2024 年度"):
            settlement.choose_run(connection, "tech_branch", 2024, first.id)
    approve(engine, first)
    with db.reading(engine) as connection:
        assert settlement.choose_run(connection, "tech_branch", 2023).id == first.id


def test_a_run_keeps_the_law_it_used(take: Callable[..., Any], engine: Engine) -> None:
    take(
        base(
            年度比例=[{"年度": 2023, "补助项目": "贴息", "比例(%)": 0.8}],
            预算=[{"年度": 2023, "范围": "高区", "金额(万元)": 5}],
        )
    )
    law = settle(engine).law
    assert (law["rate_margin"], law["interest_cap"], law["interest_rate_used"]) == (9_000, 3_000_000_000, 8_000)
    assert law["budgets"] == {"高区": 5_000_000}


def test_the_summary_is_the_sum_of_the_lines(tmp_path: Path) -> None:
    engine = set_up(tmp_path, worlds.random_world(11, 200, 2024))
    run = settle(engine, 2024)
    lines = lines_of(engine, run)
    assert run.summary["loans"] == len(lines)
    for name in ("balance", "interest", "interest_city", "interest_county", "bonus", "bonus_city", "bonus_county"):
        total = sum(line[f"{name}_fen"] for line in lines)
        assert run.summary[f"{name}_fen"] == total
        assert sum(part[f"{name}_fen"] for part in run.summary["counties"]) == total
        assert sum(part[f"{name}_fen"] for part in run.summary["banks"]) == total
    for code, stopped in run.summary["stopped"].items():
        assert stopped == sum(code in line["reasons"] for line in lines)
    pledged = sum(line["balance_fen"] for line in lines if line["guarantee"] in ("知识产权质押", "股权质押"))
    assert sum(part["pledged_fen"] for part in run.summary["banks"]) == pledged
    engine.dispose()


def test_an_empty_year_settles_to_nothing(engine: Engine) -> None:
    run = settle(engine)
    assert run.summary["loans"] == run.summary["interest_fen"] == 0
    assert approve(engine, run).state == "approved"


def test_a_refused_settlement_leaves_nothing(engine: Engine, take: Callable[..., Any]) -> None:
    take(base(loan(发放日=date(2003, 6, 4), 资料上传日=date(2003, 6, 4), 到期日=date(2024, 6, 4))))
    with pytest.raises(Refused, match="2003.*工作日历"):
        settle(engine)
    with db.reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(models.Run)).scalar_one() == 0


def test_a_database_that_is_not_set_up_says_so(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="tiexi init"):
        settle(db.open_engine(f"sqlite:///{tmp_path / 'leer.db'}"))


def test_init_can_be_repeated_and_keeps_what_users_did(take: Callable[..., Any], engine: Engine) -> None:
    take({"LPR": [{"公布日期": date(2023, 8, 21), "一年期LPR(%)": 3.46}]}, amend_reason="更正")
    assert initialise(engine) == 0
    with db.reading(engine) as connection:
        fact = models.LprFact
        query = select(fact.rate_e4).where(fact.announced_on == date(2023, 8, 21), fact.retired_by.is_(None))
        assert connection.execute(query).scalar_one() == 34_600


def test_a_newer_database_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for act in (lambda: initialise(engine), lambda: settle(engine)):
        with pytest.raises(EnvironmentFailed, match="比本程序新"):
            act()
