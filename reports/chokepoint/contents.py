"""What there is to report of 拨投贷保."""

from reports.contents import Contents
from reports.report import Export, Option, Subject, Trial, letter_export

_TABLES = (".xlsx", ".csv")

CONTENTS = Contents(
    trial=Trial(
        "review",
        "审核",
        False,
        """集中审核一个年度的拨投贷保（威政办发〔2023〕8号），给出按区市、银行、保险公司、投资机构的合计与运行号。

        审核范围：上年 12 月 16 日至当年 12 月 15 日发放的卡脖子攻关贷、缴费的保单、批准的研发补助和股权投资。可审核 2023、2024 年度。

        \b
        例：tiexi review 2023
        """,
        "拨投贷保的集中审核（威政办发〔2023〕8号）",
    ),
    gives={"subsidy": "补助"},
    given={"subsidy": "补助、认定"},
    line_sheets=("贷款", "保单", "研发补助", "股权投资"),
    exports=(
        Export(
            "new-loans",
            "新增贷款明细表",
            """银行机构年度新增贷款明细表（.xlsx，按银行小计，未通过的另表列明原因），或全部审核明细（.csv）。

            \b
            例：tiexi export new-loans 2023 -o 新增贷款明细表.xlsx
                tiexi export new-loans 2023 -o 新增贷款.csv
            """,
            "reports.chokepoint.exports:new_loans",
            suffixes=_TABLES,
        ),
        Export(
            "premiums",
            "保费补贴明细表",
            """科技保险保费补贴明细表（.xlsx，按企业小计，未通过的另表列明原因），或全部审核明细（.csv）。

            \b
            例：tiexi export premiums 2023 -o 保费补贴明细表.xlsx
                tiexi export premiums 2023 -o 保费补贴.csv
            """,
            "reports.chokepoint.exports:premiums",
            suffixes=_TABLES,
        ),
        Export(
            "performance",
            "绩效指标",
            """年度绩效评价的指标（第十五条）：拨、投、贷、保和联动，本年、上年、变化，各附计算公式和来源。只有数字，不评分。

            \b
            例：tiexi export performance 2023 --programme 拨投贷保 -o 绩效指标.xlsx
            """,
            "reports.chokepoint.performance:write",
            suffixes=(".xlsx",),
        ),
        Export(
            "notice",
            "公示名单",
            """拟补助名单公示表（第十五条）：谁、哪个项目、多少，附公示首日与末日；不含账户信息。

            \b
            例：tiexi export notice 2023 -o 公示名单.xlsx
                tiexi export notice 2023 --first-day 2023-12-25 --days 7 -o 公示名单.xlsx
            """,
            "reports.chokepoint.exports:notice",
            options=(
                Option("first_day", "day", "日期", "公示首日（工作日）；默认为审核截止日之后的第一个工作日"),
                Option(
                    "days",
                    "number",
                    "天数",
                    "公示的工作日数，1 至 30；默认 5（办法未定天数，此为解释口径）",
                    "工作日数",
                    range(1, 31),
                ),
            ),
        ),
        Export(
            "payments",
            "拨付计划",
            """次年补助资金拨付计划（第十五条）：按收款单位合计，并附大写金额。

            \b
            例：tiexi export payments 2023 -o 拨付计划.xlsx
            """,
            "reports.chokepoint.exports:payments",
        ),
        Export(
            "register",
            "台账",
            """拨投贷保台账：每个企业的拨、投、贷、保并列，另按项目、按投资机构合计。

            \b
            例：tiexi export register 2023 -o 台账.xlsx
            """,
            "reports.chokepoint.exports:register",
        ),
        Export(
            "returns",
            "季报",
            """季报（第十、十二、十三条）：每家银行、保险公司、投资机构一份，另有全市汇总，写入文件夹 OUT。

            \b
            例：tiexi export returns 2023 --quarter 3 -o 季报/
            """,
            "reports.chokepoint.exports:returns",
            options=(Option("quarter", "number", "季度", "1 至 4", "季度", range(1, 5), required=True),),
            of_run=False,
        ),
        letter_export(
            """给一家企业（--uscc），或各写一封给全部企业（--all）的告知书：逐笔写明保费补贴、研发补助多少、依据哪一条，或为什么没有。Word 文档。

            \b
            例：tiexi export letter 2023 --programme 拨投贷保 --all -o 告知书/
            """,
            "reports.chokepoint.letters:write",
        ),
    ),
    subjects=(
        Subject(
            "bank",
            "银行",
            "说明该银行的一笔贷款，编号为借据编号",
            "贷款",
            "tiexi explain JJ2023-0001 --bank 蓝鲸银行 --year 2023",
            "reports.chokepoint.explain:explain_loan",
            how="卡脖子攻关贷按该年度的审核",
            own="reports.chokepoint.explain:is_own",
        ),
        Subject(
            "insurer",
            "保险公司",
            "说明该公司的一份保单，编号为保单号",
            "保单",
            "tiexi explain BD2023-0001 --insurer 样例财险 --year 2023",
            "reports.chokepoint.explain:explain_policy",
        ),
        Subject(
            "investor",
            "投资机构",
            "说明该机构的一笔股权投资，编号为投资编号",
            "股权投资",
            "tiexi explain TZ2023-0001 --investor 样例创投 --year 2023",
            "reports.chokepoint.explain:explain_investment",
        ),
        Subject(
            "project",
            "项目编号",
            "说明该项目的研发补助，不写编号",
            "研发补助",
            "tiexi explain --project KBZ-001 --year 2023",
            "reports.chokepoint.explain:explain_grants",
            numbered=False,
        ),
    ),
    kinds_named="reports.chokepoint.checks:KINDS",
    problems_named="reports.chokepoint.problems:problems",
    lines_named="reports.chokepoint.lines:ALL",
    cut_named="reports.chokepoint.cut:totals",
    return_named="reports.chokepoint.exports:one_return",
    lineage_named="reports.chokepoint.lineage:LINEAGE",
    totals_named="reports.chokepoint.totals:totals",
    shown_named="reports.chokepoint.totals_shown:Totals",
    notice_named="reports.chokepoint.payout:noticed",
    signed_named="reports.chokepoint.totals:signed",
)
