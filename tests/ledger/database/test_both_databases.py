"""SQLite and PostgreSQL agree: every row of every table, every file and every word on the terminal, byte for byte."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import postgresql_server
import worlds
from databases import address, dump, fresh_engine
from examples import some
from ledger import lifecycle
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.importer import import_file
from ledger.programmes import PROGRAMMES
from ledger.runs import settlement
from reports.tech_branch import annexes, claims, lines
from reports.writing import files
from samples import BANK, USCC, base, loan, repayment
from sheets import Sheets, write_sheets
from stamps import stop_stamps
from tiexi import cli
from tiexi.demo import job

pytestmark = pytest.mark.postgresql_only
TODAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def both(database: str, set_today: Callable[[date], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server, and clocks that say the same twice: ours, and those from which files are stamped."""
    set_today(TODAY)
    stop_stamps(monkeypatch)


def on_both(work: Callable[[Engine, Path], Any]) -> Any:
    """Does the same on both databases, each in a folder of its own; whatever comes of it must be the same."""
    found = []
    for database in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as name:
            (folder := Path(name) / "工作").mkdir()
            engine = fresh_engine(Path(name), database)
            try:
                result = work(engine, folder)
                written = {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}
                found.append((result, dump(engine), written))
            finally:
                engine.dispose()
    postgresql_server.drop_databases()
    (result, rows, written), (other_result, other_rows, other_written) = found
    assert other_result == result
    assert other_rows == rows
    assert other_written == written
    return result


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("tiexi.db"))


# --- random worlds ------------------------------------------------------------------------------------------------------


@contextmanager
def workbooks(*parts: Sheets) -> Iterator[list[Path]]:
    """A workbook for each part, written once: no two are the same bytes, since each holds the time of its making."""
    with tempfile.TemporaryDirectory() as name:
        full = ({sheet: rows for sheet, rows in part.items() if rows} for part in parts)
        yield [write_sheets(Path(name) / f"报送{number}.xlsx", part) for number, part in enumerate(full) if part]


def take(engine: Engine, path: Path) -> Any:
    """Imports a workbook, and gives what became of it."""
    outcome = import_file(engine, path, "测试")
    return outcome.refusal, [finding.line() for finding in outcome.findings], outcome.taken


def settle(engine: Engine, programme: str, year: int, as_of: date | None) -> Any:
    try:
        return settlement.settle(engine, PROGRAMMES[programme], year, as_of, "测试")
    except Refused as refusal:
        return str(refusal)


def export(engine: Engine, run: settlement.RunRecord, folder: Path) -> None:
    """Lines, claims and 附件2 of a run."""
    with db.reading(engine) as connection:
        files.write_text(folder / f"明细{run.id}.csv", lines.lines_csv(connection, run.id))
        files.write_text(folder / f"追缴{run.id}.csv", claims.claims_csv(connection, run.id))
        annexes.annex2(connection, run, folder / f"附件2-{run.id}.xlsx")


GENERATE = (Phase.reuse, Phase.generate)  # a smaller example is not worth minutes of databases


@settings(max_examples=some(8), phases=GENERATE)
@given(data=st.data())
def test_any_settlement(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds())
    as_of = data.draw(worlds.as_of_dates(year))
    with workbooks(sheets) as (path,):

        def work(engine: Engine, folder: Path) -> Any:
            outcome = take(engine, path)
            run = settle(engine, "tech_branch", year, as_of)
            if not isinstance(run, str):
                export(engine, run, folder)
            return outcome, run

        on_both(work)


@settings(max_examples=some(8), phases=GENERATE)
@given(data=st.data())
def test_any_review(data: st.DataObject) -> None:
    year, sheets = data.draw(worlds.years_and_worlds("chokepoint"))
    with workbooks(sheets) as (path,):
        on_both(lambda engine, _: (take(engine, path), settle(engine, "chokepoint", year, None)))


def batches(sheets: Sheets, seed: int) -> Sequence[Sheets]:
    """The sheets in three parts: repayments and revocations come in any of them, excuses in the last."""
    pick = Random(seed)
    parts: list[dict[str, list[Any]]] = [{name: [] for name in sheets} for _ in range(3)]
    for name, rows in sheets.items():
        for row in rows:
            place = pick.choice((0, 0, 1, 2)) if name in ("还款", "撤销") else 2 if name == "上传豁免" else 0
            parts[place][name].append(row)
    return parts


def test_three_years_with_news_of_the_past() -> None:
    with workbooks(*batches(worlds.random_world(5, 250, 2024), 5)) as paths:

        def work(engine: Engine, folder: Path) -> Any:
            found = []
            for year, path in zip((2023, 2024, 2025), paths, strict=True):
                found.append(take(engine, path))
                run = settle(engine, "tech_branch", year, date(year + 1, 1, 31))
                assert not isinstance(run, str), run
                export(engine, lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True), folder)
                lifecycle.allot(engine, run.id, "出纳", "样例下达")
                found.append(run)
            return found

        assert any(run.summary["claims_fen"] for run in on_both(work)[1::2])


def test_a_larger_review() -> None:
    with workbooks(worlds.random_world(3, 150, 2023, "chokepoint")) as (path,):

        def work(engine: Engine, folder: Path) -> Any:
            found = [take(engine, path)]
            for year in (2023, 2024):
                run = settle(engine, "chokepoint", year, None)
                found += [run, lifecycle.approve(engine, run.id, "审核人", "样例文号", solo=True)]
            return found

        on_both(work)


# --- the whole program --------------------------------------------------------------------------------------------------


def test_the_demonstration(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All that the demonstration does: imports, signatures, approvals, payments, annexes, reviews, reconciliation."""

    def work(engine: Engine, folder: Path) -> str:
        with monkeypatch.context() as patched:
            open_engine = db.open_engine
            patched.setattr(job.db, "open_engine", lambda _: open_engine(address(engine)))
            patched.setattr(job.portal, "run", lambda *_: None)  # copies a database file, which a server has not
            patched.chdir(folder)
            job.run(Path("demo"))
        # the last screen names the database, which lies elsewhere each time
        return capsys.readouterr().out.replace(str(folder), "")

    said = on_both(work)
    assert "三个年度的结算" in said
    assert re.search("文件库/：[0-9]+ 个文件，按散列值分放", said)
    assert not re.search("：[0-9a-f]{64}", said)  # nobody opens a file by its hash


CLEAN = loan("C", **{"贷款金额(万元)": 300.5, "年利率(%)": 4.35})
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("init",), ("init",),
    ("import", "a.xlsx", "坏.xlsx", "a.xlsx", "--errors", "改.xlsx"), ("import", "a.xlsx", "--json"),
    ("settle", "2023", "--as-of", "2024-01-31"), ("settle", "2023", "--as-of", "2024-01-31", "--json"),
    ("settle", "2022"), ("settle", "2099"), ("explain", "R", "--bank", BANK, "--year", "2023"),
    ("explain", "没有", "--bank", BANK, "--year", "2023"), ("void", "贷款", BANK, "R", "--reason", "误录"),
    ("void", "贷款", BANK, "R", "--reason", "误录"), ("approve", "1", "--by", "x", "--document", "y"),
    ("settle", "2023", "--as-of", "2024-01-31"), ("status", "3"), ("approve", "3", "--by", "审核人", "--document", "威样例〔2024〕1号"),
    ("import", "更正.xlsx"), ("import", "更正.xlsx", "--amend", "录入有误"), ("void", "贷款", BANK, "A", "--reason", "误录"),
    ("export", "annex1", "2023", "-o", "附件1"), ("export", "annex2", "2023", "-o", "附件2.xlsx"),
    ("export", "lines", "2023", "-o", "明细.csv"), ("export", "claims", "2023", "-o", "追缴.csv"),
    ("reconcile", "附件2.xlsx"), ("reconcile", "附件2.xlsx", "--json"), ("verify", "附件2.xlsx"),
    ("trace", "a.xlsx", "-o", "去向.csv"), ("trace", "a.xlsx", "--json"), ("trace", "坏.xlsx"),
    ("simulate", "2023", "--set", "interest.rate=0.8%"), ("simulate", "2023", "--set", "cap=100万", "--json"),
    ("review", "2023"), ("settle", "2024", "--as-of", "2025-01-31"), ("export", "claims", "2024", "-o", "追缴2024.csv"),
    ("status",), ("balance", "2023"), ("audit",), ("explain", "C", "--bank", BANK, "--year", "2024", "--json"),
)  # fmt: skip


def test_every_command_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIEXI_SOLO", "1")
    sheets = {
        "还款": [repayment("C", date(2024, 3, 4), 300.5)],
        "撤销": [{"银行名称": BANK, "借据编号": "A", "认定日": date(2024, 6, 3), "认定文号": "文", "事由": "挪用"}],
        "预算": [{"年度": 2023, "范围": "全市", "金额(万元)": 9.99}],
        "取消资格": [{"主体": USCC, "取消日": date(2026, 6, 3), "批准文号": "文"}],
    }

    books = {
        "a.xlsx": base(loan(), loan("R", **{"年利率(%)": 9}), CLEAN, **sheets),
        "坏.xlsx": base(loan(担保方式="无"), 预算=[{"年度": 1, "范围": "x", "金额(万元)": -1}]),
        "更正.xlsx": {"贷款": [loan(担保方式="保证")]},
    }
    for name, rows in books.items():
        write_sheets(tmp_path / name, rows)

    def work(engine: Engine, folder: Path) -> list[tuple[int, str, str]]:
        monkeypatch.chdir(folder)
        for name in books:
            shutil.copy(tmp_path / name, folder)
        found = []
        for arguments in COMMANDS:
            code = cli.run(["--database", address(engine), *arguments])
            shown = engine.url.render_as_string(hide_password=True)
            out, err = (text.replace(shown, "数据库") for text in capsys.readouterr())
            found.append((code, out, err))
        return found

    ends = list(zip(COMMANDS, on_both(work), strict=True))
    assert [(arguments, end) for arguments, end in ends if end[0] not in (0, 1)] == []
    assert 5 < sum(code for _, (code, _, _) in ends) < len(COMMANDS) // 2
