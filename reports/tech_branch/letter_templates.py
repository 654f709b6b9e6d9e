"""The kept templates of this document's letters: what stands in them. An office may put its own in their place (--template).

`python -m reports.tech_branch.letter_templates` writes them into templates/; a test fails when they lag behind.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.writing.official_letter import (
    ATTACHED,
    BODY,
    DATED,
    HEADING,
    NOTE,
    RECEIVER,
    SIGNED,
    TITLE,
    Each,
    Rows,
    Text,
    keep,
)

FOLDER = Path(__file__).parent / "templates"
_END = (Text(BODY, ""), Text(SIGNED, "{{ 落款 }}"), Text(SIGNED, DATED))
_BASIS = Text(NOTE, "依据：{{ 依据 }}")

_APPLICATION = (
    Text(TITLE, "关于申请{{ 年度 }}年度\n科技支行贷款专项资金的报告"),
    Text(RECEIVER, "{{ 主送 }}："),
    Text(
        BODY, "根据《{{ 办法 }}》（{{ 文号 }}）第十八条，我行统计、稽核了{{ 年度 }}年度符合条件的贷款，现将情况报告如下。"
    ),
    Each("部分", "各部分", (
        Text(HEADING, "{{ 部分.标题 }}"),
        Text(BODY, "（一）贷款余额。{{ 部分.余额 }}"),
        Rows(
            ("区市", "笔数", "年末余额", "申请贴息", "申请奖补"), "行", "部分.区市表",
            ("{{ 行.区市 }}", "{{ 行.笔数 }}", "{{ 行.余额 }}", "{{ 行.贴息 }}", "{{ 行.奖补 }}"), (32, 20, 34, 35, 35), whole=True,
        ),
        Text(BODY, "（二）稽核结果。{{ 部分.稽核 }}"),
        Each("", "部分.稽核表", (
            Rows(
                ("代码", "条件", "条款", "笔数", "年末余额"), "行", "部分.稽核表",
                ("{{ 行.代码 }}", "{{ 行.条件 }}", "{{ 行.条款 }}", "{{ 行.笔数 }}", "{{ 行.余额 }}"), (36, 46, 24, 16, 34), 3,
            ),
        )),
        Text(BODY, "（三）申请金额。{{ 部分.申请 }}"),
        Each("", "部分.贷款表", (
            Rows(
                ("借据编号", "企业名称", "贷款期限", "年末余额", "申请贴息贷款", "申请奖补贷款"), "行", "部分.贷款表",
                ("{{ 行.借据 }}", "{{ 行.企业 }}", "{{ 行.期限 }}", "{{ 行.余额 }}", "{{ 行.贴息基数 }}", "{{ 行.奖补基数 }}"),
                (28, 34, 22, 24, 24, 24), 3,
            ),
        )),
    )),
    Text(NOTE, "金额单位：万元。{{ 说明 }}"),
    _BASIS,
    Text(BODY, ""),
    Text(SIGNED, "{{ 落款 }}（盖章）"),
    Text(SIGNED, DATED),
    Text(BODY, "负责人：　　　　　复核人：　　　　　经办人："),
)  # fmt: skip

_COVER = (
    Text(TITLE, "关于申请{{ 年度 }}年度科技支行贷款\n财政补助专项资金的函"),
    Text(RECEIVER, "{{ 主送 }}："),
    Text(
        BODY,
        "根据《{{ 办法 }}》（{{ 文号 }}）第十七条，我们对{{ 区市 }}{{ 年度 }}年度科技支行贷款业务进行了初审。{{ 概况 }}",
    ),
    Each("", "银行表", (
        Rows(
            ("银行名称", "笔数", "年末余额", "申请贴息贷款", "申请贴息", "申请奖补贷款", "申请奖补"), "行", "银行表",
            ("{{ 行.银行 }}", "{{ 行.笔数 }}", "{{ 行.余额 }}", "{{ 行.贴息基数 }}", "{{ 行.贴息 }}", "{{ 行.奖补基数 }}", "{{ 行.奖补 }}"),
            (27, 9, 24, 24, 24, 24, 24), whole=True,
        ),
    )),
    Text(NOTE, "金额单位：万元。申请贴息、申请奖补为总额控制以前的需求。依据：{{ 依据 }}"),
    Text(BODY, "{{ 未通过 }}"),
    Text(BODY, "现将专项资金申请表报上，请予审核。", last=True),
    Text(BODY, ""),
    Text(ATTACHED, "附件：{{ 附件 }}"),
    *_END,
)  # fmt: skip

_PROPOSAL = (
    Text(TITLE, "关于{{ 年度 }}年度科技支行贷款\n财政补助专项资金分配意见的函"),
    Text(RECEIVER, "{{ 主送 }}："),
    Text(
        BODY, "根据《{{ 办法 }}》（{{ 文号 }}）第十七条，我局对各区市报送的{{ 年度 }}年度专项资金申请进行了审核，提出分配意见如下。"
    ),
    Text(HEADING, "一、审核情况"),
    Text(BODY, "{{ 概况 }}"),
    Text(BODY, "{{ 抽查 }}"),
    Text(HEADING, "二、分配意见"),
    Text(BODY, "{{ 分配 }}"),
    Rows(
        ("区市", "笔数", "贴息", "其中市级", "其中县级", "奖补", "其中市级", "其中县级"), "行", "区市表",
        ("{{ 行.区市 }}", "{{ 行.笔数 }}", "{{ 行.贴息 }}", "{{ 行.贴息市级 }}", "{{ 行.贴息县级 }}", "{{ 行.奖补 }}", "{{ 行.奖补市级 }}", "{{ 行.奖补县级 }}"),
        (15, 9, 22, 22, 22, 22, 22, 22), whole=True,
    ),
    Each("控制", "总额控制", (Text(BODY, "{{ 控制 }}"),)),
    Text(HEADING, "三、追缴"),
    Text(BODY, "{{ 追缴 }}", last=True),
    Text(NOTE, "金额单位：万元。依据：{{ 依据 }}"),
    Text(BODY, ""),
    Text(ATTACHED, "附件：{{ 附件 }}"),
    *_END,
)  # fmt: skip

TEMPLATES: dict[str, Sequence[Any]] = {
    "application": _APPLICATION,
    "cover": _COVER,
    "proposal": _PROPOSAL,
}


if __name__ == "__main__":
    keep(FOLDER, TEMPLATES)
