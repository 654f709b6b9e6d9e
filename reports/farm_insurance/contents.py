"""What there is to report of 特色农产品保险奖补."""

from reports.contents import Contents
from reports.report import TEMPLATE, Export, Option, Subject, Trial

CONTENTS = Contents(
    trial=Trial(
        "farm",
        "审核",
        False,
        """审核一个年度的特色农产品保险奖补（威财金〔2023〕11号），给出按区市的省级、市级、中央奖补与运行号。

        审核范围：该年度承保的各区市险种，截止日为次年 2 月 10 日。可审核 2023、2024 年度。

        \b
        例：tiexi farm 2023
        """,
        "特色农产品保险奖补的审核（威财金〔2023〕11号）",
    ),
    gives={"province": "省级奖补", "city": "市级奖补", "central": "中央奖补"},
    given={"province": "省级奖补", "city": "市级奖补", "central": "中央奖补"},
    line_sheets=("特色险种",),
    exports=(
        Export(
            "farm",
            "特色险汇总表",
            """地方优势特色农产品保险奖补资金汇总表（.xlsx，全市，按区市小计），或全部审核明细（.csv）。

            \b
            例：tiexi export farm 2023 -o 特色险汇总表.xlsx
                tiexi export farm 2023 -o 特色险.csv
            """,
            "reports.farm_insurance.exports:city",
            suffixes=(".xlsx", ".csv"),
            forms=("xlsx", "csv"),
        ),
        Export(
            "farm-county",
            "特色险审核明细表",
            """奖补资金审核明细表：一个区市一份，未通过的和提示另有表；不给 --county 时，各区市分别写入文件夹 OUT。

            \b
            例：tiexi export farm-county 2023 --county 某区 -o 特色险-某区.xlsx
                tiexi export farm-county 2023 -o 特色险/
            """,
            "reports.farm_insurance.exports:county",
            options=(Option("county", "county", "区市", "只导出一个区市"),),
            forms=("xlsx",),
        ),
        Export(
            "notice",
            "公示名单",
            """特色农产品保险拟奖补名单公示表：哪个区市、哪个险种、三项奖补各多少；不含账户信息。

            \b
            例：tiexi export notice 2023 --programme 特色农产品保险 -o 公示名单.xlsx
            """,
            "reports.farm_insurance.exports:notice",
        ),
        Export(
            "payments",
            "拨付计划",
            """特色农产品保险奖补资金拨付计划：按区市财政合计，并附大写金额。

            \b
            例：tiexi export payments 2023 --programme 特色农产品保险 -o 拨付计划.xlsx
            """,
            "reports.farm_insurance.exports:payments",
        ),
        Export(
            "cover",
            "奖补资金申请报告",
            """一个区市的奖补资金申请报告（第八条）：补贴情况和申请金额，附件为审核明细表；基本情况、保险方案由区市填写。Word 文档。

            \b
            例：tiexi export cover 2023 --programme 特色农产品保险 \\
                    --county 某区 -o 报告.docx
            """,
            "reports.farm_insurance.official:cover",
            options=(Option("county", "county", "区市", "哪个区市", required=True), TEMPLATE),
            suffixes=(".docx",),
            template="reports.farm_insurance:cover",
        ),
        Export(
            "proposal",
            "资金分配意见",
            """市级的特色农产品保险奖补资金分配意见（第九条）：审核情况，各区市三项奖补，提示；附件为汇总表。Word 文档。

            \b
            例：tiexi export proposal 2023 --programme 特色农产品保险 -o 分配意见.docx
            """,
            "reports.farm_insurance.official:proposal",
            options=(TEMPLATE,),
            suffixes=(".docx",),
            template="reports.farm_insurance:proposal",
        ),
    ),
    subjects=(
        Subject(
            "product",
            "险种编号",
            "说明一个特色农产品保险险种，不写编号",
            "险种",
            "tiexi explain --product TSX-001 --year 2023",
            "reports.farm_insurance.explain:explain",
            numbered=False,
        ),
    ),
    kinds_named="reports.farm_insurance.checks:KINDS",
    problems_named="reports.farm_insurance.problems:problems",
    barred_named="reports.farm_insurance.barred:barred",
    lines_named="reports.farm_insurance.lines:ALL",
    lineage_named="reports.farm_insurance.lineage:LINEAGE",
    cut_named="reports.farm_insurance.cut:totals",
    totals_named="reports.farm_insurance.totals:totals",
    shown_named="reports.farm_insurance.totals_shown:Totals",
    notice_named="reports.farm_insurance.payout:noticed",
    signed_named="reports.farm_insurance.totals:signed",
)
