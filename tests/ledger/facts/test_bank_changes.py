"""银行变更, sentence by sentence: bank_changes.yaml, by the commands and files that people have."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
import yaml

from samples import BANK, PARTNER, base, loan
from sheets import write_sheets
from tiexi import cli

pytestmark = pytest.mark.sqlite_only
CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("bank_changes.yaml").read_text(encoding="utf-8"))
HEIR = "样例大银行"
LEG_DAYS = {
    "市财政到区市财政": date(2024, 3, 5),
    "区市财政到金融监管部门": date(2024, 3, 8),
    "金融监管部门到银行": date(2024, 3, 12),
}
# what a case leaves out of a row, by sheet
LEFT_OUT: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "银行变更": lambda row: {"原名称": BANK, "变更日": date(2024, 1, 10), "批准文号": "威样例〔2024〕7号"},
    "还款": lambda row: {"银行名称": BANK, "资料上传日": row["还款日"]},
    "贷款": lambda row: loan(),
    "取消资格": lambda row: {"批准文号": "威样例〔2023〕3号"},
}
KEYS = {"报送", "拒绝", "命令", "退出码", "文件", "应含", "应不含", "依次", "办到下达", "拨付"}


class Desk:
    """A folder with a database, and the commands run there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys, self._sent = folder, capsys, 0

    def run(self, *arguments: str) -> tuple[int, str]:
        code = cli.run(["--database", f"sqlite:///{self._folder / 'tiexi.db'}", *arguments])
        said = self._capsys.readouterr()
        return code, said.out + said.err

    def do(self, step: dict[str, Any]) -> None:
        assert set(step) <= KEYS, step
        if "报送" in step:
            self._send(step["报送"], step.get("拒绝"))
        elif "办到下达" in step:
            year = str(step["办到下达"])
            for command in (f"settle {year} --as-of 2024-01-31", "approve 1 --by 张三 --document 样例文 --date 2024-02-20",
                            "allot 1 --by 李四 --document 样例文 --date 2024-03-01"):  # fmt: skip
                assert self.run(*command.split())[0] == 0, command
        elif "拨付" in step:
            self._pay(step["拨付"])
        else:
            code, said = self.run(*step["命令"].split())
            assert code == step.get("退出码", 0), said
            self._look(text_of(self._folder / step["文件"]) if "文件" in step else said, step)

    def _send(self, sheets: dict[str, list[dict[str, Any]]], refused: list[str] | None) -> None:
        self._sent += 1
        whole = {
            name: [{**LEFT_OUT.get(name, lambda row: {})(row), **row} for row in rows] for name, rows in sheets.items()
        }
        code, said = self.run("import", str(write_sheets(self._folder / f"报送{self._sent}.xlsx", whole)))
        assert code == (0 if refused is None else 1), said
        for words in refused or ():
            assert words in said.replace("\n", ""), said

    def _pay(self, instead: dict[str, str]) -> None:
        """Pays what there is to pay as far as the banks, with other names of banks where said."""
        path = self._folder / "拨付.xlsx"
        assert self.run("pay", "2023", "--blank", str(path))[0] == 0
        header, *rows = openpyxl.load_workbook(path)["拨付"].values
        named = [dict(zip(map(str, header), row, strict=True)) for row in rows]
        paid = [row for row in named if row["环节"] in LEG_DAYS]
        for number, row in enumerate(paid):
            row |= {"日期": LEG_DAYS[row["环节"]], "凭证号": f"样例{number}"}
            row["银行名称"] = instead.get(row["银行名称"], row["银行名称"])
        assert any(row["银行名称"] in instead.values() for row in paid) or not instead
        code, said = self.run(
            "pay", "2023", str(write_sheets(self._folder / "已拨付.xlsx", {"拨付": paid})), "--by", "李四"
        )
        assert code == 0, said

    @staticmethod
    def _look(text: str, step: dict[str, Any]) -> None:
        for words in step.get("应含", ()):
            assert words in text, (words, text)
        for words in step.get("应不含", ()):
            assert words not in text, (words, text)
        expected, place = step.get("依次", ()), 0
        for words in expected:
            place = text.find(words, place)
            assert place >= 0, (words, text)
            place += len(words)


def text_of(path: Path) -> str:
    """All that a file says, cell by cell."""
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig")
    if path.suffix == ".docx":
        document = docx.Document(str(path))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    book = openpyxl.load_workbook(path)
    values = [
        value for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value is not None
    ]
    return "\n".join(map(str, values))


@pytest.mark.parametrize("case", CASES, ids=lambda case: re.sub(r"\W+", "_", case["句"]))
def test_case(
    case: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIEXI_SOLO", "1")
    monkeypatch.setenv("COLUMNS", "160")
    desk = Desk(tmp_path, capsys)
    assert desk.run("init")[0] == 0
    world = base(loan("A"), loan("B"), loan("A", 银行名称=HEIR, 合同编号="HT-大"))
    desk.do({"报送": world | {"合作银行": [PARTNER, PARTNER | {"银行名称": HEIR}]}})
    for step in case["步骤"]:
        desk.do(step)


def test_every_case_expects_something() -> None:
    for case in CASES:
        assert any({"应含", "应不含", "依次", "拒绝", "拨付"} & set(step) for step in case["步骤"]), case["句"]
