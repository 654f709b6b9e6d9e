"""The kept templates of this document's letters: a county's 奖补资金申请报告 (第八条), the city's 资金分配意见 (第九条).

`python -m reports.farm_insurance.official_templates` writes them into templates/; a test fails when they lag behind. What the system
does not know (第八条 (一) and (二)) is left for the county to write.
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
_MONEYS = ("{{ 行.省级 }}", "{{ 行.市级 }}", "{{ 行.中央 }}")

_COVER = (
    Text(TITLE, "关于申请{{ 年度 }}年度\n地方优势特色农产品保险奖补资金的报告"),
    Text(RECEIVER, "{{ 主送 }}："),
    Text(
        BODY,
        "根据《{{ 办法 }}》（{{ 文号 }}）第八条，现将{{ 区市 }}{{ 年度 }}年度特色农产品保险开展情况和奖补资金申请报告如下。",
    ),
    Text(HEADING, "一、基本情况"),
    Text(BODY, "（由区市填写：保险标的种养数量、总产值、占当地农林牧渔业总产值比重，规模化种植或者养殖程度等。）"),
    Text(HEADING, "二、保险方案"),
    Text(BODY, "（由区市填写：保险金额、保险责任、保险费率、经营主体、经营模式，财政扶持政策文件等。）"),
    Text(HEADING, "三、补贴情况"),
    Text(BODY, "{{ 补贴 }}"),
    Each("", "险种表", (
        Rows(
            ("险种名称", "承保机构", "投保数量", "户数", "保费规模", "农户承担", "区市已补贴"), "行", "险种表",
            ("{{ 行.险种 }}", "{{ 行.机构 }}", "{{ 行.数量 }}", "{{ 行.户数 }}", "{{ 行.保费 }}", "{{ 行.农户 }}", "{{ 行.区市 }}"),
            (36, 30, 18, 12, 20, 20, 20), 2,
        ),
    )),
    Text(HEADING, "四、申请金额"),
    Text(BODY, "{{ 申请 }}"),
    Each("", "申请表", (
        Rows(
            ("险种名称", "省级奖补", "市级奖补", "中央奖补"), "行", "申请表", ("{{ 行.险种 }}", *_MONEYS), (60, 32, 32, 32), 1,
        ),
    )),
    Text(NOTE, "金额单位：万元。申请金额按本系统的审核测算，以市级审核为准。依据：{{ 依据 }}"),
    Text(BODY, "以上材料真实，请予审核。", last=True),
    Text(BODY, ""),
    Text(ATTACHED, "附件：{{ 附件 }}"),
    Text(BODY, ""),
    Text(SIGNED, "{{ 落款 }}"),
    Text(SIGNED, DATED),
)  # fmt: skip

_PROPOSAL = (
    Text(TITLE, "关于{{ 年度 }}年度地方优势特色农产品保险\n奖补资金分配意见的函"),
    Text(RECEIVER, "{{ 主送 }}："),
    Text(
        BODY,
        "根据《{{ 办法 }}》（{{ 文号 }}）第九条，我们对各区市申请纳入奖补的{{ 年度 }}年度险种进行了评估审核，提出分配意见如下。",
    ),
    Text(HEADING, "一、审核情况"),
    Text(BODY, "{{ 概况 }}"),
    Text(BODY, "{{ 未通过 }}"),
    Text(HEADING, "二、分配意见"),
    Text(BODY, "{{ 分配 }}"),
    Rows(
        ("区市", "险种", "保费规模", "省级奖补", "市级奖补", "中央奖补", "合计"), "行", "区市表",
        ("{{ 行.区市 }}", "{{ 行.笔数 }}", "{{ 行.保费 }}", *_MONEYS, "{{ 行.合计 }}"), (20, 12, 25, 24, 25, 25, 25), whole=True,
    ),
    Text(HEADING, "三、提示"),
    Text(BODY, "{{ 提示 }}", last=True),
    Text(NOTE, "金额单位：万元。依据：{{ 依据 }}"),
    Text(BODY, ""),
    Text(ATTACHED, "附件：{{ 附件 }}"),
    Text(BODY, ""),
    Text(SIGNED, "{{ 落款 }}"),
    Text(SIGNED, DATED),
)  # fmt: skip

TEMPLATES: dict[str, Sequence[Any]] = {"cover": _COVER, "proposal": _PROPOSAL}

if __name__ == "__main__":
    keep(FOLDER, TEMPLATES)
