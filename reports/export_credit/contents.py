"""What there is to report of 出口信保."""

from reports.contents import Contents
from reports.report import Beside, Export, Subject, Trial, letter_export

CONTENTS = Contents(
    trial=Trial(
        "credit",
        "审核",
        True,
        """审核一个年度的短期出口信用保险保费支持（威商务发〔2023〕1号 第11条），给出按区市、按市场的合计、追缴与运行号。

        审核范围：当年 1 月 1 日至 12 月 31 日缴费的保费，一张凭证、一个国家（地区）一行。可审核 2023 至 2025 年度。

        \b
        例：tiexi credit 2023 --as-of 2024-01-31
        """,
        "短期出口信用保险保费支持的审核（威商务发〔2023〕1号）",
    ),
    gives={"credit": "保费支持"},
    given={"credit": "信保支持"},
    claimed={"credit": "信保支持"},
    line_sheets=("信保缴费",),
    exports=(
        Export(
            "credit",
            "保费支持明细表",
            """短期出口信用保险保费支持明细表（.xlsx，按企业小计，未通过、配套、追缴各有一表），或全部审核明细（.csv）。

            \b
            例：tiexi export credit 2023 -o 保费支持明细表.xlsx
                tiexi export credit 2023 -o 保费支持.csv
            """,
            "reports.export_credit.exports:credit",
            suffixes=(".xlsx", ".csv"),
            forms=("xlsx", "csv"),
        ),
        Export(
            "credit-enterprises",
            "信保企业",
            """出口信保各企业的净保费、市级支持、区市配套与超出（CSV，每个企业一行），供其他程序读取。

            \b
            例：tiexi export credit-enterprises 2023 -o 信保企业.csv
            """,
            "reports.export_credit.exports:enterprises",
            forms=("csv",),
        ),
        Export(
            "credit-claims",
            "信保追缴",
            """出口信保该年度审核发现的追缴（CSV，每笔每支付年度一行），供其他程序读取。

            \b
            例：tiexi export credit-claims 2024 -o 信保追缴.csv
            """,
            "reports.export_credit.exports:claims",
            forms=("csv",),
        ),
        Export(
            "notice",
            "公示名单",
            """拟支持名单公示表，按企业；不含账户信息。

            \b
            例：tiexi export notice 2023 --programme 出口信保 -o 公示名单.xlsx
            """,
            "reports.export_credit.exports:notice",
        ),
        Export(
            "payments",
            "拨付计划",
            """保费支持资金拨付计划：按收款单位，并附大写金额。

            \b
            例：tiexi export payments 2023 --programme 出口信保 -o 拨付计划.xlsx
            """,
            "reports.export_credit.exports:payments",
        ),
        letter_export(
            """给一家企业（--uscc），或各写一封给全部企业（--all）的告知书：逐笔写明保费支持多少、依据哪一条，或为什么没有。Word 文档。

            \b
            例：tiexi export letter 2023 --programme 出口信保 --all -o 告知书/
            """,
            "reports.export_credit.letters:write",
        ),
    ),
    subjects=(
        Subject(
            "insurer",
            "承保机构",
            "说明该机构的一笔出口信保缴费，编号为缴费凭证号",
            "出口信保缴费",
            "tiexi explain JF2023-0001 --insurer 样例信保 --country 巴西 --year 2023",
            "reports.export_credit.explain:explain",
            beside=Beside(
                "country", "国家地区", "与 --insurer 一起，说明出口信保缴费中这个国家地区的一行，编号为缴费凭证号"
            ),
        ),
    ),
    lines_named="reports.export_credit.lines:ALL",
    problems_named="reports.export_credit.problems:problems",
    kinds_named="reports.export_credit.checks:KINDS",
    lineage_named="reports.export_credit.lineage:LINEAGE",
    cut_named="reports.export_credit.cut:totals",
    totals_named="reports.export_credit.totals:totals",
    shown_named="reports.export_credit.totals_shown:Totals",
    notice_named="reports.export_credit.payout:noticed",
    signed_named="reports.export_credit.totals:signed",
)
