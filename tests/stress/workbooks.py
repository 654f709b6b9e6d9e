"""Random legal writings of one workbook, which must all bring the same rows; what cannot be resolved must bring none.

    python -m tests.stress workbooks --seconds 120

Hypothesis chooses the freedoms that a writing takes and, where one fails, looks for the fewest that still do.
"""

import tempfile
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import samples
from databases import dump, fresh_engine
from ledger.intake.importer import import_file
from ledger.intake.sheets import BY_NAME
from sheets import write_sheets
from stress.writings import FREEDOMS, TRAPS, workbook
from stress.xml_writings import Writing

FACTS = {
    "企业": [
        samples.ENTERPRISE,
        {"统一社会信用代码": samples.OTHER_USCC, "企业名称": "样例<乙>&公司(威海)", "区市": "高区"},
    ],
    "资质": [samples.QUALIFICATION],
    "合作银行": [samples.PARTNER],
    "LPR": [{"公布日期": date(2023, 6, 20), "一年期LPR(%)": 3.55}],
    "贷款": [
        samples.loan("DR-001", **{"年利率(%)": 4.35}),
        samples.loan(
            "DR-002", **{"年利率(%)": 0.9875, "贷款金额(万元)": 1234.567891, "资料上传日": None, "合同编号": None}
        ),
        samples.loan("0003", **{"年利率(%)": 12.1, "贷款金额(万元)": 20230703}),
    ],
    "还款": [samples.repayment("DR-001", date(2023, 9, 1), 1.5, **{"付息金额(万元)": 0})],
    "年末余额": [{"年度": 2023, "银行名称": samples.BANK, "借据编号": "DR-001", "年末余额(万元)": 998.5}],
}


@dataclass(frozen=True)
class Problem:
    """A writing that did not bring what it should: the fewest freedoms with which that happens, and what was said."""

    freedoms: frozenset[str]
    seed: int
    trap: str
    said: str

    def __str__(self) -> str:
        trap = f", trap {self.trap!r}" if self.trap else ""
        return f"{', '.join(sorted(self.freedoms)) or 'plain'} (seed {self.seed}{trap}): {self.said}"


def _shape(sheet: str, header: str) -> str:
    return next(column.shape for column in BY_NAME[sheet].columns if column.header == header)


def _taken(path: Path, folder: Path) -> tuple[list[str], list[str]]:
    """All facts that an import brings, and what it says against the file."""
    engine = fresh_engine(folder)
    try:
        outcome = import_file(engine, path, "测试")
        said = [outcome.refusal] * bool(outcome.refusal) + [finding.line() for finding in outcome.findings]
        return [line for line in dump(engine) if _is_fact(line.split(" ", 1)[0])], said
    finally:
        engine.dispose()


def _is_fact(table: str) -> bool:
    return table.endswith("_facts") or table in ("enterprises", "banks", "projects", "loans")


@cache
def _expected() -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        rows, said = _taken(write_sheets(Path(name) / "样例.xlsx", FACTS), Path(name))
    assert said == []
    assert len(rows) > sum(map(len, FACTS.values()))
    return rows


def wrong_with(writing: Writing, folder: Path) -> str:
    """What a writing brings that it should not, '' when all is well."""
    path = folder / "样例.xlsx"
    path.write_bytes(workbook(FACTS, writing, _shape))
    rows, said = _taken(path, folder)
    if writing.trap:
        clear = len(said) == 1 and said[0].startswith("样例.xlsx：") and "\n" not in said[0]
        return "" if clear else f"not refused in one line: {said}"
    if said:
        return f"refused: {said[:3]}"
    if rows != _expected():
        wrong = [(ours, theirs) for ours, theirs in zip(rows, _expected(), strict=False) if ours != theirs]
        return f"other rows: {wrong[:3] or (len(rows), len(_expected()))}"
    return ""


def search(examples: int, seed: int, smallest: bool = True) -> Problem | None:
    """Looks for a writing that goes wrong among so many random ones; for the one with the fewest freedoms, if asked."""
    found: list[Problem] = []
    kinds = st.sampled_from(["", "", "", *TRAPS])
    phases = [Phase.generate, *[Phase.shrink] * smallest]

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        database=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.frozensets(st.sampled_from(FREEDOMS)), st.integers(0, 1 << 32), kinds)
    def one(used: frozenset[str], place: int, trap: str) -> None:
        said = wrong_with(Writing(used, place, trap), folder)
        if said:
            found.append(Problem(used, place, trap, said))
        assert not said

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            one()
        except AssertionError:
            return found[-1]  # hypothesis ends with the smallest
    return None


def main(seconds: float, seed: int) -> int:
    """Searches for so long; prints what it finds, and is 1 when that is anything."""
    began, tried, examples = time.monotonic(), 0, 25
    while time.monotonic() - began < seconds:
        problem = search(examples, seed + tried)
        if problem is not None:
            print("PROBLEM:", problem)
            return 1
        tried += 1
    print(f"{tried * examples} writings, all as they should be")
    return 0
