"""What there is to report of 科技支行贷款."""

from reports.contents import Contents
from reports.report import TEMPLATE, Export, Option, Subject, Trial, letter_export

CONTENTS = Contents(
    trial=Trial(
        "settle",
        "试算",
        True,
        """试算一个年度的科技支行贷款贴息与奖补，给出按区市、按银行的合计、追缴与运行号。

        \b
        例：tiexi settle 2023 --as-of 2024-01-31
        """,
        "科技支行贷款贴息、奖补的结算（威财金〔2023〕2号）",
    ),
    gives={"interest": "贴息", "bonus": "奖补"},
    given={"interest": "贴息", "bonus": "奖补"},
    claimed={"interest": "贴息", "bonus": "奖补"},
    line_sheets=("贷款",),
    exports=(
        Export(
            "annex1",
            "附件1",
            """附件1 专项资金申请表：一个区市一份；不给 --county 时，各区市分别写入文件夹 OUT。

            \b
            例：tiexi export annex1 2023 --county 某区 -o 附件1.xlsx
                tiexi export annex1 2023 -o 附件1/
            """,
            "reports.tech_branch.exports:annex1",
            options=(Option("county", "county", "区市", "只导出一个区市"),),
        ),
        Export(
            "annex2",
            "附件2",
            """附件2 专项资金审核汇总表（全市）。

            \b
            例：tiexi export annex2 2023 -o 附件2.xlsx
            """,
            "reports.tech_branch.exports:annex2",
        ),
        Export(
            "budget",
            "预算测算",
            """预算测算（第十六条）：按今天仍在用的贷款，YEAR 年末要安排多少贴息、奖补，分区市、银行；余额增减 10%、20% 的情景，
            年限与上限的影响，历年结算与增长。不依据运行，不写入数据库。

            \b
            例：tiexi export budget 2026 -o 预算测算.xlsx
            """,
            "reports.tech_branch.budget:write",
            suffixes=(".xlsx",),
            of_run=False,
        ),
        Export(
            "performance",
            "绩效指标",
            """年度绩效评价的指标（第二十条；拨投贷保第十五条）：本年、上年、变化，各附计算公式和来源；分区市、银行、资质、拨付环节。只有数字，不评分。

            \b
            例：tiexi export performance 2025 -o 绩效指标.xlsx
                tiexi export performance 2023 --programme 拨投贷保 -o 绩效指标.xlsx
            """,
            "reports.tech_branch.performance:write",
            suffixes=(".xlsx",),
        ),
        Export(
            "charts",
            "图",
            """七张图，各有 SVG 和 PNG，写入文件夹 OUT：各区市、各银行补助，预算使用，各代码拦下的笔数，五年补助，利率与 LPR，拨付各环节天数。
            须先装画图的程序库：pip install 'tiexi[charts]'。

            \b
            例：tiexi export charts 2025 -o 图/
            """,
            "reports.tech_branch.charts:write",
        ),
        Export(
            "application",
            "专项资金申请报告",
            """一家银行的专项资金申请报告（第十八条）：贷款余额、稽核结果（按代码）、申请金额和签章；承继的银行单列一部分。Word 文档。

            \b
            例：tiexi export application 2023 --bank 蓝鲸银行 -o 申请报告.docx
            """,
            "reports.tech_branch.applications:application",
            options=(
                Option("bank", "bank", "银行", "哪家银行；曾用的名称也可以", required=True),
                TEMPLATE,
            ),
            suffixes=(".docx",),
            template="reports.tech_branch:application",
        ),
        Export(
            "cover",
            "申请文件",
            """一个区市的申请文件（第十七条）：初审情况，各银行申请的贴息、奖补，附件为附件1；特色农产品保险为奖补资金申请报告。Word 文档。

            \b
            例：tiexi export cover 2023 --county 某区 -o 申请文件.docx
                tiexi export cover 2023 --programme 特色农产品保险 \\
                    --county 某区 -o 报告.docx
            """,
            "reports.tech_branch.applications:cover",
            options=(
                Option("county", "county", "区市", "哪个区市", required=True),
                TEMPLATE,
            ),
            suffixes=(".docx",),
            template="reports.tech_branch:cover",
        ),
        Export(
            "proposal",
            "资金分配意见",
            """市级的资金分配意见（第十七条）：审核和抽查情况，各区市贴息、奖补及市县分担，总额控制，追缴；附件为附件2。Word 文档。

            \b
            例：tiexi export proposal 2023 -o 资金分配意见.docx
                tiexi export proposal 2023 --programme 特色农产品保险 -o 分配意见.docx
            """,
            "reports.tech_branch.applications:proposal",
            options=(TEMPLATE,),
            suffixes=(".docx",),
            template="reports.tech_branch:proposal",
        ),
        letter_export(
            """给一家企业（--uscc），或各写一封给全部企业（--all，OUT 为文件夹）的告知书：逐笔写明得到多少、依据哪一条，或为什么没有；
            可以怎样补正、提出异议，到哪天为止。不含别的企业的数字。Word 文档。

            \b
            例：tiexi export letter 2023 --uscc 代码 -o 告知书.docx
                tiexi export letter 2023 --all -o 告知书/
                tiexi export letter 2023 --programme 出口信保 --all -o 告知书/
            """,
            "reports.tech_branch.letters:write",
        ),
        Export(
            "lines",
            "明细",
            """全部结算明细（CSV，每笔一行，含未通过的代码），供其他程序读取。

            \b
            例：tiexi export lines 2023 -o 明细.csv
            """,
            "reports.tech_branch.exports:lines",
        ),
        Export(
            "claims",
            "追缴",
            """该年度结算发现的追缴（CSV，每笔每支付年度一行），供其他程序读取。

            \b
            例：tiexi export claims 2024 -o 追缴.csv
            """,
            "reports.tech_branch.exports:claims",
        ),
        Export(
            "papers-due",
            "资料到期清单",
            """资料尚未上传的业务（第十七条）：今天起 N 个工作日内到期的，和已经逾期的，按银行。

            \b
            例：tiexi export papers-due -o 资料.xlsx
                tiexi export papers-due --within 3 -o 资料.xlsx
            """,
            "reports.tech_branch.papers:papers_due",
            options=(
                Option(
                    "within", "number", "N", "今天起几个工作日内到期，0 至 60，0 为今天；默认 5", "工作日数", range(61)
                ),
            ),
            suffixes=(".xlsx",),
            of_run=False,
            of_year=False,
        ),
    ),
    subjects=(
        Subject(
            "bank",
            "银行",
            "说明该银行的一笔贷款，编号为借据编号",
            "贷款",
            "tiexi explain JJ2023-0001 --bank 蓝鲸银行 --year 2023",
            "reports.tech_branch.explain:explain",
            how="科技支行贷款按该年度的结算",
            own="reports.tech_branch.explain:is_own",
        ),
    ),
    check_list_named="reports.tech_branch.checklist:write_checklist",
    uploaded_rows_named="reports.tech_branch.checklist:uploaded_rows",
    simulated_named="reports.tech_branch.simulation_words:SIMULATED",
    simulation_shown_named="reports.tech_branch.simulation_shown:Simulated",
    grounds_named="ledger.programmes.tech_branch.clawback:GROUNDS",
    kinds_named="reports.tech_branch.checks:KINDS",
    due_named="reports.tech_branch.due:due",
    problems_named="reports.tech_branch.problems:problems",
    lines_named="reports.tech_branch.claims:ALL",
    cut_named="reports.tech_branch.cut:totals",
    lineage_named="reports.tech_branch.lineage:LINEAGE",
    totals_named="reports.tech_branch.totals:totals",
    shown_named="reports.tech_branch.totals_shown:Totals",
    signed_named="reports.tech_branch.totals:signed",
    charts_named="reports.tech_branch.charts:of_run",
)
