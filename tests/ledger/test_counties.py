"""The city is a file: another one, with other counties and offices, needs no code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from ledger import counties
from ledger.counties import BUNDLED, COUNTY_RANK, OUTSIDE, THE_CITY, read_city
from ledger.errors import BadSetting, Refused
from samples import BANK, ENTERPRISE, OTHER_USCC, PARTNER, QUALIFICATION, USCC, loan
from sheets import write_sheets

ROOT = Path(__file__).resolve().parent.parent.parent
OTHER = {
    "name": "青岬",
    "full_name": "青岬市",
    "counties": [
        {"name": "西岬县"},
        {"name": "东岬区", "long_forms": ["东岬新城管理委员会"]},
        {"name": "环翠区"},  # a name that another city has too
    ],
    "offices": {
        "financial_regulator": "青岬市金融工作局",
        "county_financial_regulator": "区县金融办",
        "science_bureau": "青岬市科技局",
        "finance_bureau": "青岬市财政局",
        "county_finance_bureau": "区县财政局",
        "commerce_bureau": "青岬市商务局",
    },
}


def written(path: Path, raw: Any) -> Path:
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    return path


def test_the_bundled_city_is_in_the_order_of_every_list() -> None:
    assert read_city(BUNDLED) == THE_CITY
    assert list(COUNTY_RANK) == [*THE_CITY.counties, OUTSIDE]


def test_a_county_in_any_accepted_form(tmp_path: Path) -> None:
    city = read_city(written(tmp_path / "city.yaml", OTHER))
    for text in ("东岬区", "青岬东岬区", "青岬市东岬区", "东岬新城管理委员会", "青岬市东岬新城管理委员会"):
        assert city.county_of(text) == "东岬区"
    assert city.county_of(OUTSIDE) == OUTSIDE
    assert {city.county_of(text) for text in ("高区", "青岬市", "青岬", "")} == {None}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counties": []}, "至少要有一个区市"),
        ({"counties": [{"name": "甲区"}, {"name": "甲区"}]}, "不能重复"),
        ({"counties": [{"name": "甲区", "long_forms": ["甲区"]}]}, "不能重复"),
        ({"counties": [{"name": OUTSIDE}]}, "不能是 市外"),
        ({"counties": [{"name": 1}]}, "区市名称"),
        ({"counties": "甲区"}, "counties"),
        ({"counties": [{"names": "甲区"}]}, "counties"),
        ({"name": ""}, "name"),
        ({"full_name": None}, "full_name"),
        ({"offices": {}}, "offices.financial_regulator"),
        ({"offices": {**OTHER["offices"], "mayor": "x"}}, "offices"),  # type: ignore[dict-item]
        ({"mayor": "x"}, "内容"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadSetting, match="城市文件 .*city.yaml .*随程序提供") as refused:
        read_city(written(tmp_path / "city.yaml", OTHER | change))
    assert words in str(refused.value)


@pytest.mark.parametrize("data", [b"- a", b"a: [", b"\xff", b""], ids=["list", "no YAML", "no text", "empty"])
def test_what_is_no_city_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "city.yaml").write_bytes(data)
    with pytest.raises(BadSetting, match="城市文件"):
        read_city(tmp_path / "city.yaml")
    with pytest.raises(BadSetting, match="无法读取"):
        read_city(tmp_path / "none.yaml")


def test_a_county_of_another_city_is_refused_not_sorted_somewhere() -> None:
    with pytest.raises(Refused, match="区市「某区」.*TIEXI_CITY"):
        COUNTY_RANK["某区"]


# --- another city from its file -----------------------------------------------------------------------------------------


_SEVERAL = """
import contextlib, io, json, sys
from tiexi import cli
ends = []
for line in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        ends.append([cli.run(line)])
    ends[-1].append(said.getvalue())
print(json.dumps(ends))
"""


@pytest.fixture
def commands(tmp_path: Path) -> Any:
    """Runs lines of `tiexi` in a folder of the other city, as its offices would: one process for all of them, since a city is
    read when the program starts. All must end with 0, or as `expected`."""
    written(tmp_path / "城市.yaml", OTHER)
    environment = {**os.environ, "TIEXI_CITY": "城市.yaml", "PYTHONPATH": str(ROOT), "TIEXI_DATABASE_URL": ""}

    def tiexi(*lines: str, expected: int = 0, **variables: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", _SEVERAL, json.dumps([line.split() for line in lines])],
            capture_output=True, text=True, cwd=tmp_path, env=environment | variables, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        ends = json.loads(done.stdout)
        assert {code for code, _ in ends} == {expected}, ends
        return [said for _, said in ends]

    return tiexi


def cells_of(path: Path, sheet: str) -> list[str]:
    page = openpyxl.load_workbook(path)[sheet]
    return [str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.sqlite_only
def test_a_second_city_settles_a_year_without_code(commands: Any, tmp_path: Path) -> None:
    third = "91330100MA2AX0003J"
    firms = [
        {**ENTERPRISE, "企业名称": "青岬样例甲公司", "区市": "东岬新城管理委员会"},
        {**ENTERPRISE, "企业名称": "青岬样例乙公司", "区市": "青岬市西岬县", "统一社会信用代码": OTHER_USCC},
        {**ENTERPRISE, "企业名称": "外地样例丙公司", "区市": OUTSIDE, "统一社会信用代码": third, "代码核验": "已核验"},
    ]
    loans = [loan("A"), loan("B", 统一社会信用代码=OTHER_USCC), loan("C", 统一社会信用代码=third)]
    sheets = {
        "企业": firms,
        "资质": [{**QUALIFICATION, "统一社会信用代码": code} for code in (USCC, OTHER_USCC, third)],
        "合作银行": [PARTNER], "贷款": loans,
        "预算": [{"年度": 2023, "范围": "东岬区", "金额(万元)": 3}],
    }  # fmt: skip
    write_sheets(tmp_path / "报送.xlsx", sheets)
    write_sheets(tmp_path / "别处.xlsx", {"企业": [{**ENTERPRISE, "区市": "高区"}]})
    commands("init")
    (elsewhere,) = commands("import 别处.xlsx", expected=1)
    assert "应为以下之一：西岬县、东岬区、环翠区、市外" in elsewhere
    _, settled, _, _, compared, said, _, status, config, _ = commands(
        "import 报送.xlsx --uploader 录入员", "settle 2023 --as-of 2024-01-31", "export annex1 2023 -o 附件1",
        "export annex2 2023 -o 附件2.xlsx", "reconcile 附件2.xlsx", f"explain C --bank {BANK} --year 2023",
        "sign 1 --county 西岬县 --by 初审员 --document 样例1号", "status 1", "config", "template 空白.xlsx",
    )  # fmt: skip
    assert settled.index("西岬县") < settled.index("东岬区") < settled.index("市外")
    assert sorted(path.name for path in (tmp_path / "附件1").iterdir()) == [
        "附件1-东岬区-2023.xlsx", "附件1-西岬县-2023.xlsx",
    ]  # fmt: skip
    first = cells_of(tmp_path / "附件1" / "附件1-东岬区-2023.xlsx", "附件1")
    assert "青岬市科技支行贷款专项资金申请表" in first and any("区县金融办：（公章）" in text for text in first)
    second = cells_of(tmp_path / "附件2.xlsx", "附件2")
    assert "青岬市科技支行贷款专项资金审核汇总表" in second
    assert any("青岬市金融工作局：（公章）" in text for text in second)
    order = [text for text in second if re.search("西岬县|东岬区", text)]
    assert "西岬县" in order[0] and "东岬区" in order[-1]
    everything = [text for path in tmp_path.rglob("附件*.xlsx") for sheet in openpyxl.load_workbook(path).sheetnames
                  for text in cells_of(path, sheet)]  # fmt: skip
    of_this_city = [text for text in everything if "威海" in text and "威财金" not in text]
    assert [text for text in of_this_city if "管理办法" not in text] == []  # the document's own title names its city
    assert "一致" in compared
    assert "企业所属区市为市外，支持范围为青岬市各区市" in said
    assert "东岬区" in status
    assert "城市.yaml" in config
    assert "示例：西岬县" in cells_of(tmp_path / "空白.xlsx", "企业")


@pytest.mark.sqlite_only
def test_a_database_of_another_city_is_said_to_be_one(commands: Any, tmp_path: Path) -> None:
    write_sheets(
        tmp_path / "报送.xlsx",
        {"企业": [{**ENTERPRISE, "区市": "东岬区"}], "资质": [QUALIFICATION], "合作银行": [PARTNER], "贷款": [loan()]},
    )
    commands("init", "import 报送.xlsx")
    (said,) = commands("settle 2023 --as-of 2024-01-31", expected=1, TIEXI_CITY="")
    assert "区市「东岬区」" in said and "TIEXI_CITY" in said
    (said,) = commands("status", expected=2, TIEXI_CITY="没有.yaml")
    assert "城市文件 没有.yaml 无法读取" in said


def test_code_names_no_city() -> None:
    """Counties and the city's name stand in its file; the demonstration and the documents' own titles may speak of it."""
    words = [THE_CITY.name, *THE_CITY.counties]
    allowed = ("tiexi/demo/", "ledger/migrations/")
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {word}"
        for room in ("ledger", "reports", "jobs", "tiexi")
        for path in (ROOT / room).rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith(allowed)
        for word in words
        if word in path.read_text(encoding="utf-8")
    }
    assert found == set()
    assert THE_CITY.name == counties.CITY_NAME
