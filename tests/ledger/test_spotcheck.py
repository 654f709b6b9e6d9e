"""抽查: the draw itself, its record, the check list on paper, the results that come back, and what they stop."""

import shlex
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

import lives
from ledger import spotcheck
from ledger.database import db
from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.intake.void import void
from ledger.runs.settlement import RunRecord, read_run
from ledger.spotcheck import Drawing, Entry
from reports.runs import check_list
from tiexi import cli

pytestmark = pytest.mark.sqlite_only


# --- on record --------------------------------------------------------------------------------------------------------


@pytest.fixture
def trial(tmp_path: Path) -> tuple[Engine, RunRecord]:
    """A trial run that every county has signed."""
    engine = lives.at_stage(tmp_path, "signed")
    with db.reading(engine) as connection:
        return engine, read_run(connection, 1)


Trial = tuple[Engine, RunRecord]


def sample(engine: Engine, run: RunRecord, share_e4: int = 100_000, seed: str | None = None) -> tuple[Drawing, bool]:
    return spotcheck.sample(engine, run.id, share_e4, seed, lives.CHECKER)


def entries(engine: Engine, drawing: Drawing, outcome: str = "ok", remark: str | None = None) -> list[Entry]:
    with db.reading(engine) as connection:
        lines = {one.line_no: one for one in spotcheck._candidates(connection, drawing.run_id)}
    drawn = [lines[one.line_no] for one in drawing.lines]
    return [Entry(one.bank, one.note_no, outcome, remark) for one in drawn]


def enter(engine: Engine, run: RunRecord, *found: Entry) -> int:
    return spotcheck.enter(engine, run.id, list(found), lives.CHECKER)


def test_a_drawing_is_recorded_once_and_can_be_repeated(trial: Trial) -> None:
    engine, run = trial
    first, new = sample(engine, run)
    assert new and first.seed == run.fingerprint
    assert sample(engine, run) == (first, False)
    other, new = sample(engine, run, seed="别的种子")
    assert new and other.id != first.id
    third = lives.settle(engine)  # the same facts, hence the same seed and lines
    drawn, _ = sample(engine, third)
    assert [one.line_no for one in drawn.lines] == [one.line_no for one in first.lines]


def test_the_whole_city_is_covered(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run, 1)
    with db.reading(engine) as connection:
        lines = {one.line_no: one for one in spotcheck._candidates(connection, run.id)}
    drawn = [lines[one.line_no] for one in drawing.lines]
    assert {one.bank for one in drawn} == {lives.ONE, lives.TWO, lives.THREE}
    assert {one.county for one in drawn} == {*lives.COUNTIES, "市外"}  # the third bank lends to nobody else
    assert drawing.total_fen == run.summary["interest_fen"] + run.summary["bonus_fen"]
    assert drawing.drawn_fen == sum(one.fen for one in drawn)


def test_after_approval_the_list_is_only_written_again(tmp_path: Path) -> None:
    engine = lives.at_stage(tmp_path, "approved")
    assert spotcheck.sample(engine, 1, 200_000, None, "谁")[1] is False
    with pytest.raises(Refused, match="不能再抽查"):
        spotcheck.sample(engine, 1, 300_000, None, "谁")
    with pytest.raises(Refused, match="抽查结果不能再改"):
        spotcheck.enter(engine, 1, [Entry(lives.ONE, "A1", "ok", None)], "谁")


# --- results ----------------------------------------------------------------------------------------------------------


def test_every_drawn_line_needs_a_result(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run)
    found = entries(engine, drawing)
    assert enter(engine, run, *found[:-1]) == len(found) - 1
    with pytest.raises(Refused, match=f"还有 1 笔没有结果：{found[-1].bank} {found[-1].note_no}"):
        lives.approve(engine, run)
    enter(engine, run, found[-1])
    assert lives.approve(engine, run).state == "approved"


def test_a_finding_blocks_until_it_is_resolved(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run)
    first, *rest = entries(engine, drawing)
    enter(engine, run, *rest, Entry(first.bank, first.note_no, "finding", "缺放款通知书"))
    with pytest.raises(Refused, match=f"1 笔不符没有解决.*{first.note_no}（缺放款通知书）"):
        lives.approve(engine, run)
    with pytest.raises(Refused, match="不能改记「相符」"):
        enter(engine, run, first)
    with pytest.raises(Refused, match="须填写说明"):
        enter(engine, run, Entry(first.bank, first.note_no, "resolved", None))
    enter(engine, run, Entry(first.bank, first.note_no, "resolved", "已补交"))
    assert lives.approve(engine, run).state == "approved"


def test_what_was_resolved_stays_so(trial: Trial) -> None:
    """An older list sent again does not make a finding as if it had never been."""
    engine, run = trial
    drawing, _ = sample(engine, run)
    first, *_ = entries(engine, drawing)
    for outcome, remark in (("finding", "缺页"), ("resolved", "已补交")):
        enter(engine, run, Entry(first.bank, first.note_no, outcome, remark))
    with pytest.raises(Refused, match="已由「不符」记为「已解决」（已补交），不能改记「相符」；该行的核查结果请留空"):
        enter(engine, run, first)
    with db.reading(engine) as connection:
        assert [one.outcome for one in spotcheck.entered(connection, run.id)] == ["finding", "resolved"]


def test_of_many_findings_some_are_named_and_the_command_works_as_typed(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run, 1_000_000)
    found = entries(engine, drawing, "finding", "缺页")
    assert len(found) > 5
    enter(engine, run, *found)
    with pytest.raises(Refused) as refused:
        lives.approve(engine, run)
    sentence = str(refused.value)
    assert f"还有 {len(found)} 笔不符没有解决" in sentence and sentence.count("（缺页）") == 5 and "） 等；" in sentence
    arguments = shlex.split(sentence[sentence.index("tiexi check") :])[1:]
    url = engine.url.render_as_string(hide_password=False)
    assert cli.run(["--database", url, *arguments]) == 0
    with db.reading(engine) as connection:
        results = [one.outcome for one in spotcheck.results(connection, run.id).values()]
    assert Counter(results) == {"finding": len(found) - 1, "resolved": 1}


@pytest.mark.parametrize("word", ["样例一行", "测试A&B银行（威海）", '丙"引号\\银行', "LJ 2023;rm"])
def test_a_name_is_shown_as_it_has_to_be_typed(word: str) -> None:
    assert shlex.split(spotcheck._as_typed(word)) == [word]


def test_a_new_trial_does_not_shake_a_finding_off(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run)
    first, *rest = entries(engine, drawing)
    enter(engine, run, *rest, Entry(first.bank, first.note_no, "finding", "账实不符"))
    second = lives.settle(engine)
    lives.sign(engine, second)
    with pytest.raises(Refused, match=r"不符没有解决（第 1 号运行）.*tiexi check 1"):
        lives.approve(engine, second)
    enter(engine, run, Entry(first.bank, first.note_no, "resolved", "已查清"))
    with pytest.raises(Refused, match="第 1 号运行已抽查过，重新试算的第 2 号运行也须抽查"):
        lives.approve(engine, second)
    drawing, _ = sample(engine, second)
    enter(engine, second, *entries(engine, drawing))
    assert lives.approve(engine, second).state == "approved"


def test_a_second_drawing_adds_to_the_first(trial: Trial) -> None:
    """Nobody gets another sample by trying seeds: all that were drawn count."""
    engine, run = trial
    first, _ = sample(engine, run, 1)
    second, _ = sample(engine, run, 1_000_000, "再来")
    enter(engine, run, *entries(engine, first))
    with pytest.raises(Refused, match="笔没有结果"):
        lives.approve(engine, run)
    enter(engine, run, *entries(engine, second))
    assert lives.approve(engine, run).state == "approved"


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Entry(lives.ONE, "无此", "ok", None), "不在第 1 号运行的抽查清单中"),
        (Entry(lives.ONE, "A1", "finding", None), "为「不符」，须填写说明"),
        (Entry(lives.ONE, "A1", "resolved", "好了"), "没有待解决的「不符」"),
    ],
)
def test_a_result_that_does_not_follow_is_refused_with_all_beside_it(trial: Trial, entry: Entry, expected: str) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run, 1_000_000)
    good = next(one for one in entries(engine, drawing) if one.note_no != "A1")
    with pytest.raises(Refused, match=expected):
        enter(engine, run, good, entry)
    with db.reading(engine) as connection:
        assert spotcheck.results(connection, run.id) == {}


def test_the_same_result_again_changes_nothing(trial: Trial) -> None:
    engine, run = trial
    drawing, _ = sample(engine, run)
    found = entries(engine, drawing)
    assert enter(engine, run, *found) == len(found) and enter(engine, run, *found) == 0


def test_no_results_before_a_drawing(trial: Trial) -> None:
    engine, run = trial
    with pytest.raises(Refused, match="还没有抽查；请先运行 tiexi sample 1"):
        enter(engine, run, Entry(lives.ONE, "A1", "ok", None))


# --- on paper ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(trial: Trial, tmp_path: Path) -> tuple[Engine, RunRecord, Path]:
    """A check list that was written."""
    engine, run = trial
    drawing, _ = sample(engine, run)
    path = tmp_path / "清单.xlsx"
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, run, drawing, path)
    return engine, run, path


Listed = tuple[Engine, RunRecord, Path]


def cells_of(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[sheet].values)


def test_the_list_shows_figures_and_the_uploaded_rows_beside_them(listed: Listed) -> None:
    _, run, path = listed
    form = cells_of(path, "抽查清单")
    assert form[1][0] == "2023年度科技支行贷款专项资金抽查清单"
    rows = [row for row in form[4:] if isinstance(row[0], int)]
    assert {row[2] for row in rows} == {lives.ONE, lives.TWO, lives.THREE}
    a1 = next(row for row in rows if row[4] == "A1")
    assert a1[5:12] == (1000, "2023-07-03", "2024-07-03", 4, 1000, 9, 4.765764)
    assert a1[12] in ("区市至少一笔", "银行至少一笔", "金额占比")
    sources = [row for row in cells_of(path, "原始行") if row[0] == a1[0]]
    by_sheet = {row[3]: row for row in sources}
    assert set(by_sheet) == {"贷款", "企业", "资质", "合作银行", "年末余额", "上传豁免", "历史享受年限"}
    content, file, row_number, version, uploader = by_sheet["贷款"][4:9]
    assert "贷款金额(万元) 1,000.00" in content and "年利率(%) 4.00" in content and "担保方式 信用" in content
    assert (file, row_number, version, uploader) == ("报送0.xlsx", 2, 1, lives.TYPIST)
    notes = dict(row[:2] for row in cells_of(path, "说明"))
    assert (
        notes["运行号"] == "1"
        and notes["抽查种子"] == run.fingerprint
        and "不低于 10.00%" in notes["抽查比例（按金额）"]
    )


def test_the_rows_beside_the_figures_are_those_that_the_run_saw(tmp_path: Path) -> None:
    """What came in, was amended or withdrawn since is not what the figures were made from."""
    engine = lives.at_stage(tmp_path, "signed")
    with db.reading(engine) as connection:
        run = read_run(connection, 1)
    drawing, _ = sample(engine, run, 1_000_000)
    before, after = tmp_path / "前.xlsx", tmp_path / "后.xlsx"
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, run, drawing, before)
    waiver, repaid = lives.city()["上传豁免"][0], lives.city()["还款"][0]
    lives.take(engine, tmp_path, {"还款": [{**repaid, "还本金额(万元)": 200}]}, amend_reason="金额录错")
    lives.take(engine, tmp_path, {"还款": [lives._repaid(lives.ONE, "A1", date(2024, 3, 1), 10)]})
    void(engine, BY_NAME["上传豁免"], [waiver["银行名称"], waiver["借据编号"], waiver["业务日"]], "录错", lives.TYPIST)
    with db.reading(engine) as connection:
        check_list.write_checklist(connection, run, drawing, after)
    assert cells_of(after, "原始行") == cells_of(before, "原始行")
    engine.dispose()


def filled(path: Path, change: Callable[[int, dict[str, Any]], None]) -> Path:
    """The list with its results filled in: change(row number from 0, the row by header)."""
    book = openpyxl.load_workbook(path)
    page = book["结果录入"]
    headers = [cell.value for cell in page[1]]
    for number, row in enumerate(page.iter_rows(min_row=2)):
        values = {header: cell.value for header, cell in zip(headers, row, strict=True)}
        change(number, values)
        for header, cell in zip(headers, row, strict=True):
            cell.value = values[header]
    book.save(path)
    return path


def test_the_list_comes_back_with_results(listed: Listed) -> None:
    engine, run, path = listed
    filled(path, lambda number, row: row.update({"核查结果": "不符" if number == 0 else " 相符 ", "说明": "缺页"}))
    found = check_list.read_results(path, run.id)
    assert [entry.outcome for entry in found][:2] == ["finding", "ok"]
    enter(engine, run, *found)
    with db.reading(engine) as connection:
        drawing = spotcheck.drawings(connection, run.id)[0]
        check_list.write_checklist(connection, run, drawing, path)
    assert [row[4] for row in cells_of(path, "结果录入")[1:3]] == ["不符", "相符"]  # shown there from then on


def test_results_are_asked_for_in_one_place_only(listed: Listed) -> None:
    _, _, path = listed
    headers = cells_of(path, "抽查清单")[3]
    assert "抽中原因" in headers and "核查结果" not in headers and "说明" not in headers


def test_the_enterprise_of_a_result_is_checked(listed: Listed) -> None:
    engine, run, path = listed
    filled(path, lambda number, row: row.update({"核查结果": "相符", "企业名称": "别的公司"} if number == 0 else {}))
    with pytest.raises(
        Refused, match=r"^清单\.xlsx \| 结果录入 \| 第 2 行：.* 的企业为「.*公司」，清单上是「别的公司」"
    ):
        enter(engine, run, *check_list.read_results(path, run.id))


def test_the_enterprise_of_a_result_may_have_another_name_since(listed: Listed, tmp_path: Path) -> None:
    engine, run, path = listed
    renamed = [{**row, "企业名称": f"{row['企业名称']}新"} for row in lives.city()["企业"]]
    lives.take(engine, tmp_path, {"企业": renamed}, amend_reason="更名")
    filled(path, lambda number, row: row.update({"核查结果": "相符"}))
    assert enter(engine, run, *check_list.read_results(path, run.id)) > 0


def test_the_list_says_in_full_how_it_was_drawn(listed: Listed) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "手册-审计.md").read_text(encoding="utf-8")
    notes = dict(row[:2] for row in cells_of(listed[2], "说明"))
    assert notes["抽取办法"] == spotcheck.METHOD and spotcheck.METHOD in manual


def test_the_results_have_words_to_choose_from(listed: Listed) -> None:
    page = openpyxl.load_workbook(listed[2])["结果录入"]
    assert [rule.formula1 for rule in page.data_validations.dataValidation] == ['"相符,不符,已解决"']


def test_lines_without_a_result_are_left_out_for_later(listed: Listed) -> None:
    _, run, path = listed
    filled(path, lambda number, row: row.update({"核查结果": "相符"} if number == 1 else {}))
    assert len(check_list.read_results(path, run.id)) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda number, row: row.update({"核查结果": "还行"}), r"清单\.xlsx \| 结果录入 \| 第 2 行 \| 核查结果列（E2）：「还行」不是已知的核查结果"),
        (lambda number, row: row.update({"借据编号": "A1", "银行名称": lives.ONE, "核查结果": "相符"}), "与第 .* 行重复；一笔贷款只填一行"),
        (lambda number, row: row.update({"借据编号": None, "核查结果": "相符"}), "借据编号列（C2）：不能为空"),
        (lambda number, row: None, "没有填写核查结果；请在「核查结果」列填 相符、不符、已解决"),
    ],
)  # fmt: skip
def test_bad_results_are_named_by_their_cell(listed: Listed, change: Any, expected: str) -> None:
    _, run, path = listed
    with pytest.raises(Refused, match=expected):
        check_list.read_results(filled(path, change), run.id)


def test_a_result_that_cannot_be_taken_is_named_by_its_row(listed: Listed) -> None:
    engine, run, path = listed
    filled(path, lambda number, row: row.update({"核查结果": "不符"}))
    with pytest.raises(Refused, match=r"^清单\.xlsx \| 结果录入 \| 第 2 行：.*须填写说明"):
        enter(engine, run, *check_list.read_results(path, run.id))


def test_the_list_of_another_run_is_refused(listed: Listed) -> None:
    _, _, path = listed
    with pytest.raises(Refused, match="是第 1 号运行的抽查清单，不是第 2 号的"):
        check_list.read_results(filled(path, lambda number, row: row.update({"核查结果": "相符"})), 2)


def test_any_other_workbook_is_refused(tmp_path: Path) -> None:
    other = openpyxl.Workbook()
    other.save(tmp_path / "别的.xlsx")
    with pytest.raises(Refused, match="没有工作表「结果录入」；应为 tiexi sample 1 写出的抽查清单"):
        check_list.read_results(tmp_path / "别的.xlsx", 1)
