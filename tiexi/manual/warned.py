"""The page of the manual on warnings, made from their kinds and the figures in use."""

from collections.abc import Iterator

from ledger.warnings.kinds import KINDS
from tiexi.manual.markdown import table


def warned() -> Iterator[str]:
    """提示: every kind, when it is said, where it is shown, and what to do."""
    yield "# 提示"
    yield ""
    yield from _HEAD.splitlines()
    yield ""
    yield from table(
        ("代码", "是什么", "何时提示", "判断的时候"),
        ((f"`{kind.code}`", kind.title, kind.said_when, _moment(kind.code, kind.settled)) for kind in KINDS),
    )
    yield from _REST.splitlines()


def _moment(code: str, settled: bool) -> str:
    if code == "P_VOUCHER":
        return "拨付"
    return "试算；`tiexi warnings --year`" if settled else "导入、试算；`tiexi warnings`"


_HEAD = """\
可能、但多半不对的数据：照样导入、照样计算，不拒绝，也不改任何金额，只是在付钱之前说清楚。表中的界限是本系统自己定的，不是文件规定的。"""

_REST = """\
「高于」「超过」「低于」「不足」都不含界限本身：恰为 15%、1%、10 年整、30 天的不提示；金额的「达到」含界限。期限在「贷款」表看到期日，在「展期」表看新到期日。

## 在哪里看

- `tiexi import`：文件中新增和更正的行；与库中相同、不改变什么的行不提示。`--json` 在 `warnings` 中；`--errors` 退回的工作簿里提示用另一种颜色标出，没有问题只有提示的用 `--warnings 请核对.xlsx` 写出。重复、同名与库中的行、文件中在它之前的行相比。
- `tiexi settle`、`tiexi review`：本次运行的贷款，到截止日为止的数据。作出运行时判断一次并留存，`tiexi status`、`sign`、`approve` 显示的就是这些：几条，前三条。
- `tiexi warnings`：现在库中的全部；加 `--year` 只看该年度的贷款，并判断逾期和未报余额（按该年度的运行，没有运行的按今天）。
- `tiexi pay`：凭证号。

## 怎么办

核对原件。确实有误的，改好以 `tiexi import 文件 --amend 原因` 更正，或以 `tiexi void` 撤回后重报，再试算一次；原件如此的，不必做什么。\
"""
