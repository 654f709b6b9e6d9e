"""告知书: to one enterprise or to all, loan by loan, with nothing of others; templates of an office's own."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest

import lives
from ledger.database import db
from ledger.money import wan_words
from ledger.programmes import PROGRAMMES
from ledger.programmes.tech_branch import law
from ledger.runs import settlement
from lives import CODES, NAMES, ONE, TWO
from reports.parties import letter_template
from reports.parties import letters as enterprise_letters
from reports.tech_branch import letter_words, letters, lineage
from reports.writing import letters as writer
from reports.writing import official_letter, progress
from reports.writing.official_letter import BODY, Text
from samples import base, loan
from tiexi import cli


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def at(stage: str) -> Any:
        engine = lives.at_stage(tmp_path, stage)
        monkeypatch.setenv("TIEXI_DATABASE_URL", f"sqlite:///{tmp_path / 'tiexi.db'}")
        return engine

    return at


def words(path: Path) -> str:
    """All text of a document, its tables' cells last."""
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_every_code_that_bars_interest_has_a_cure_for_the_enterprise() -> None:
    assert {one.code for one in law.CONDITIONS if one.takes(law.INTEREST)} == set(letter_words.CURES)


def test_a_template_is_laid_out_as_an_official_letter() -> None:
    document = docx.Document(str(letter_template.PATH))
    section = document.sections[0]
    sizes = (
        section.page_width,
        section.page_height,
        section.top_margin,
        section.bottom_margin,
        section.left_margin,
        section.right_margin,
    )
    assert [round(size.mm) for size in sizes if size is not None] == [210, 297, 37, 35, 28, 26]
    title, body = document.paragraphs[0], document.paragraphs[2]
    assert title.runs[0].font.size is not None and title.runs[0].font.size.pt == 22
    assert body.runs[0].font.size is not None and body.runs[0].font.size.pt == 16
    spacing = document.styles["Normal"].paragraph_format.line_spacing  # type: ignore[attr-defined]
    assert spacing.pt == 28
    assert "PAGE" in section.footer._element.xml and "PAGE" in section.even_page_footer._element.xml


def test_a_letter_tells_what_was_paid_and_by_which_articles(opened: Any, tmp_path: Path) -> None:
    engine = opened("approved")
    with db.reading(engine) as connection:
        run = settlement.read_run(connection, 1)
        (told,) = letters.told_of(connection, run, date(2024, 3, 8), CODES[0])
        lines = [row for row in lineage.explained(connection, run) if row["uscc"] == CODES[0]]
    engine.dispose()
    path = tmp_path / "告知书.docx"
    assert cli.run(["export", "letter", "2023", "--uscc", CODES[0], "--until", "2099-03-08", "-o", str(path)]) == 0
    text = words(path)
    assert [one["贴息"] for one in told["各笔"]] == [wan_words(row["interest_fen"]) for row in lines]
    for row in lines:
        assert f"{row['bank']}　借据 {row['note_no']}" in text
        assert f"贴息 {wan_words(row['interest_fen'])}" in text
    assert NAMES[0] in text and "2099-03-08 前（含当日）" in text and "第五条" in text and "样例审〔2024〕1号" in text
    assert "尚未审核通过" not in text and "奖补" not in text.replace("优先保障贴息", "")


def test_a_letter_says_why_not_and_what_may_be_done(opened: Any, tmp_path: Path, capsys: Any) -> None:
    opened("trial").dispose()
    path = tmp_path / "告知书.docx"
    assert cli.run(["export", "letter", "2023", "--uscc", CODES[2], "-o", str(path)]) == 0
    text = words(path)
    assert "利率上限（第五条，R_RATE）不符合：年利率 9.00%，上限为 LPR" in text
    assert "合同利率与上述不符的" in text and "提出异议" in text and "尚未审核通过" in text
    for other in (0, 1, 3, 4):
        assert NAMES[other] not in text and CODES[other] not in text
    assert cli.run(["export", "letter", "2023", "--uscc", CODES[0][:-1], "-o", str(path)]) == 1
    for wrong in (
        ["-o", str(path)],
        ["--all", "--uscc", CODES[0], "-o", str(path)],
        ["--uscc", CODES[0], "-o", str(path.with_suffix(".doc"))],
    ):
        assert cli.run(["export", "letter", "2023", *wrong]) == 2
        said = capsys.readouterr().err
        assert "--uscc、--all 应当写而且只写一个" in said or "应以 .docx 结尾" in said


def test_a_capped_loan_tells_the_used_part_of_the_cap_and_not_whose(engine: Any, take: Any) -> None:
    loans = [
        loan("A", 发放日=date(2023, 4, 10), 资料上传日=date(2023, 4, 11), 到期日=date(2024, 4, 10), **{"贷款金额(万元)": 2000}),
        loan("B", **{"贷款金额(万元)": 1500}),
    ]  # fmt: skip
    take(base(*loans))
    run = settlement.settle(engine, PROGRAMMES["tech_branch"], 2023, date(2024, 1, 31), "测试")
    with db.reading(engine) as connection:
        (told,) = letters.told_of(connection, run, date(2024, 3, 8))
    second = told["各笔"][1]
    said = "".join([second["结论"], *second["理由"]])
    assert "单户上限尚余 1,000.00 万元" in said and "2,000.00" not in said and "借据 A" not in said


def test_letters_to_all_are_as_many_as_enterprises_and_claims_are_told(opened: Any, tmp_path: Path) -> None:
    opened("second year").dispose()
    folder, far = tmp_path / "告知书", list[str]()
    token = progress.listener.set(far.append)
    assert cli.run(["export", "letter", "2024", "--all", "-o", str(folder)]) == 0
    progress.listener.reset(token)
    assert far == ["告知书，5 / 5"]
    found = {path.name: words(path) for path in folder.iterdir()}
    assert {name[4:22] for name in found} == set(CODES)
    revoked = found[f"告知书-{CODES[3]}-{NAMES[3]}.docx"]
    assert "需要收回的以前年度补助" in revoked and "R_REVOKED" in revoked and "2023 年度已付贴息" in revoked
    single = tmp_path / "一封.docx"
    assert cli.run(["export", "letter", "2024", "--uscc", CODES[3], "-o", str(single)]) == 0
    assert words(single) == revoked


def test_a_bank_that_was_taken_over_is_called_by_both_names(opened: Any, tmp_path: Path) -> None:
    engine = opened("filed")
    change = {"原名称": ONE, "变更日": "2024-01-01", "类别": "承继", "现名称": TWO, "批准文号": "函1号"}
    lives.take(engine, tmp_path, {"银行变更": [change]})
    lives.settle(engine)
    engine.dispose()
    path = tmp_path / "告知书.docx"
    assert cli.run(["export", "letter", "2023", "--uscc", CODES[0], "-o", str(path)]) == 0
    assert f"{ONE}（{TWO}承继）　借据 A1" in words(path)


# --- templates of an office's own -------------------------------------------------------------------------------------


def exported(tmp_path: Path, template: Path) -> int:
    out = tmp_path / "告知书.docx"
    return cli.run(["export", "letter", "2023", "--uscc", CODES[0], "--template", str(template), "-o", str(out)])


def of_parts(path: Path, *texts: str) -> Path:
    path.write_bytes(official_letter.made([Text(BODY, text) for text in texts]))
    return path


_WHOLE = (
    "{{ 年度 }}{{ 企业 }}{{ 结果 }}",
    "{%p for 贷款 in 各笔 %}",
    "{{ 贷款.标题 }}",
    "{%p endfor %}",
    "{{ 可以 | length }}",
)


def test_an_office_may_use_its_own_template(opened: Any, tmp_path: Path) -> None:
    opened("trial").dispose()
    assert exported(tmp_path, of_parts(tmp_path / "自用.docx", "某局用笺", *_WHOLE)) == 0
    assert words(tmp_path / "告知书.docx").startswith("某局用笺\n2023")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (_WHOLE[:1], "缺少 {{ 各笔 }}、{{ 可以 }}"),
        ((*_WHOLE, "{{ 密码 }}"), "用了没有的名称「密码」"),
        ((*_WHOLE, "{% for x in %}"), "标记写法有误：「{% for x in %}」"),
        ((*_WHOLE, "{% for x in 各笔 %}"), "标记写法有误：整段重复、条件的开头与结尾不成对"),
        ((*_WHOLE, "{{ 年度.__class__.__mro__ }}"), "填写时出错：用了不允许的写法"),
        ((*_WHOLE, "{{ 各笔[0].没有 }}"), "填写时出错：没有「没有」这一项"),
        ((*_WHOLE, "{{ 结果 | replace }}"), "填写时出错"),
        ((*_WHOLE, "{% include '/etc/passwd' %}"), "填写时出错"),
        ((*_WHOLE, "{% for x in range(9999999999) %}a{% endfor %}"), "填写时出错"),
        ((*_WHOLE, "{{ 年度 // 0 }}"), "填写时出错"),
        ((*_WHOLE, "{{ 结果 | 没有 }}"), "标记写法有误：没有名为「没有」的过滤器"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_serve_is_refused_in_a_sentence(
    opened: Any, tmp_path: Path, capsys: Any, texts: Any, said: str
) -> None:
    opened("trial").dispose()
    assert exported(tmp_path, of_parts(tmp_path / "自用.docx", *texts)) == 1
    told = capsys.readouterr().err
    assert said in told and "自用.docx" in told and "Traceback" not in told
    why = told.partition("自用.docx」")[2].partition("；请以")[0]
    assert not re.search("[a-z]{3,} [a-z]{2,}", re.sub("「.*?」", "", why)), why  # no English
    assert not (tmp_path / "告知书.docx").exists()


def test_what_is_no_document_is_refused(opened: Any, tmp_path: Path, capsys: Any) -> None:
    opened("trial").dispose()
    text = tmp_path / "文字.docx"
    text.write_text("{{ 年度 }}", encoding="utf-8")
    other = tmp_path / "别的.docx"
    with zipfile.ZipFile(other, "w") as package:
        package.writestr("a.txt", "x")
    hostile = tmp_path / "坏.docx"
    with zipfile.ZipFile(hostile, "w") as package:
        package.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    for path in (text, other, hostile):
        assert exported(tmp_path, path) == 1
        assert "不是 .docx 文档" in capsys.readouterr().err
    assert exported(tmp_path, tmp_path / "没有.docx") == 2


def test_names_with_marks_of_xml_and_of_templates_stay_text(tmp_path: Path) -> None:
    form = writer.Template(letter_template.PATH, enterprise_letters.KNOWN, enterprise_letters.NEEDED)
    values: dict[str, Any] = dict.fromkeys(enterprise_letters.KNOWN, "")
    values |= {"企业": '甲<b>&"乙\x02{{ 密码 }}', "各笔": [], "追缴": [], "可以": []}
    path = tmp_path / "一.docx"
    writer.write(path, form, values)
    assert re.search(re.escape('甲<b>&"乙{{ 密码 }}'), words(path))
