"""What is refused on the way of a run, each in one sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


At = Callable[[str], Run]


REFUSED: list[tuple[str, tuple[str, ...], str]] = [
    ("trial", ("status", "99"), "没有第 99 号运行"),
    ("trial", ("status", "9" * 30), "没有第 999"),
    ("trial", ("approve", "99", "--by", "x", "--document", "y"), "没有第 99 号运行"),
    ("trial", ("approve", "1", "--by", "x", "--document", "y"), "尚未初审签署：环翠区、荣成市、高区"),
    ("signed", ("approve", "1", "--by", " 录　入 员", "--document", "y"), "已报送过数据，不能再审核"),
    (
        "trial",
        ("sign", "1", "--county", "市外", "--by", "x", "--document", "y"),
        "市外的企业不在支持范围（第三条），没有区市为其初审",
    ),
    ("trial", ("return", "99", "--county", "高区", "--by", "x", "--reason", "y"), "没有第 99 号运行"),
    ("trial", ("check", "1", "--bank", "样例一行", "--note", "A1", "--result", "相符", "--by", "x"), "还没有抽查"),
    ("trial", ("allot", "1", "--by", "x", "--document", "y"), "尚未审核通过，不能下达"),
    ("allotted", ("allot", "1", "--by", "x", "--document", "y"), "已经下达，不能下达"),
    ("allotted", ("close", "1", "--by", "x", "--document", "y"), "还有 45.00 万元没有到达银行或企业"),
    ("approved", ("close", "1", "--by", "x", "--document", "y"), "尚未下达，不能办结"),
    ("approved", ("reverse", "1", "--reason", "x"), "第 1 号分录是「计提」，不能冲销"),
    ("approved", ("reverse", "999", "--reason", "x"), "没有第 999 号分录"),
    ("trial", ("balance", "2023"), "还没有审核通过的运行，没有账可查"),
    ("trial", ("balance", "1999"), "1999 年度不能按威财金〔2023〕2号结算"),
    ("approved", ("balance", "2023", "--as-of", "2098-01-01"), "2098-01-01 在今天"),
    (
        "approved",
        ("balance", "2023", "--as-of", "2024-02-19"),
        "第 1 号运行于 2024-02-20 审核通过，2024-02-19 还没有应付",
    ),
    ("approved", ("balance", "2023", "--programme", "拨投贷保"), "还没有试算；请先运行 tiexi review 2023"),
    ("trial", ("export", "journal", "2023", "-o", "x"), "还没有分录"),
    ("trial", ("pay", "2023", "--blank", "x.xlsx"), "还没有审核通过的运行，没有待拨付的资金"),
    ("trial", ("sample", "99"), "没有第 99 号运行"),
]


@pytest.mark.parametrize(
    ("stage", "arguments", "expected"), REFUSED, ids=lambda part: " ".join(part) if isinstance(part, tuple) else ""
)
def test_a_refusal_is_one_sentence(
    at: At, tmp_path: Path, stage: str, arguments: tuple[str, ...], expected: str
) -> None:
    tiexi = at(stage)
    before = sorted(path.name for path in tmp_path.iterdir())
    for json_option in ((), ("--json",)) if arguments[0] != "export" else ((),):
        code, out, err = tiexi(*arguments, *json_option)
        assert (code, out) == (1, "") and err.startswith("拒绝：") and len(err.splitlines()) == 1
        assert expected in err, err
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix not in (".db-shm", ".db-wal")) == before


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("status", "甲"), "「甲」不是运行号"),
        (("sample", "1", "--share", "0"), "选项 --share：「0.00%」应大于 0%、不超过 100%"),
        (("sample", "1", "--share", "101%"), "「101%」比例超过 100%"),
        (("sample", "1", "--share", "-5%"), "选项 --share"),
        (("sample", "1", "--share", "abc"), "「abc」不是数字"),
        (("sample", "1", "--seed", " "), "选项 --seed：不能为空"),
        (("sign", "1", "--county", "烟台", "--by", "x", "--document", "y"), "「烟台」不是已知的区市"),
        (("sign", "1", "--county", "高区", "--document", "y"), "缺少选项 --by"),
        (("sign", "1", "--county", "高区", "--by", " ", "--document", "y"), "选项 --by：不能为空"),
        (("return", "1", "--county", "高区", "--by", "x"), "缺少选项 --reason"),
        (("check", "1", "--by", "x"), "请给出抽查清单，或同时给出 --bank、--note、--result"),
        (("check", "1", "没有.xlsx", "--by", "x"), "没有文件 没有.xlsx"),
        (("check", "1", "--bank", "x", "--note", "y", "--result", "对", "--by", "x"), "「对」不是已知的核查结果"),
        (("approve", "1", "--by", "x"), "缺少选项 --document"),
        (("approve", "1", "--by", "x", "--document", "y", "--date", "明天"), "选项 --date"),
        (("pay", "2023"), "请给出一个拨付文件，或用 --blank 写出待拨付的行"),
        (("pay", "某年", "x.xlsx"), "「某年」不是年份"),
        (("reverse", "1"), "缺少选项 --reason"),
        (("balance", "2023", "--programme", "别的"), "「别的」不是已知的项目"),
        (("export", "journal", "2023"), "缺少选项 --output"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)  # fmt: skip
def test_wrong_usage_is_one_sentence(at: At, arguments: tuple[str, ...], expected: str) -> None:
    code, out, err = at("trial")(*arguments)
    assert (code, out) == (2, "") and err.startswith("用法有误：") and expected in err, err


def test_a_list_that_cannot_be_written(at: At, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("x")
    tiexi = at("approved")
    for arguments in (("sample", "1", "--share", "20%", "-o", "文件/a.xlsx"), ("pay", "2023", "--blank", "文件/a.xlsx"),
                      ("export", "journal", "2023", "-o", "文件/a")):  # fmt: skip
        code, _, err = tiexi(*arguments)
        assert code == 3 and "无法写入" in err
