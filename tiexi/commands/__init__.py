"""The commands, one module per group. A command parses its options, opens the database, calls one function and prints.
May import every room; commands import one another not at all.

COMMANDS is what the help of `tiexi` lists, in the order of the work: name -> (module, short help). A module is loaded when
one of its commands is asked for, so that no command waits for what another needs. Each module lists its own in COMMANDS.
"""

from reports.programmes import trials

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("tiexi.commands.intake", "建立或升级数据库，装入随程序提供的 LPR 数据。可以重复运行。"),
    "template": (
        "tiexi.commands.intake",
        "写出空白报送工作簿：全部工作表、下拉选项、填写提示和示例行；或拨付用的两张表（--payments）；或一种公文的 Word 底稿（--of）。",
    ),
    "import": (
        "tiexi.commands.intake",
        "导入报送工作簿，或 CSV 文件（一个文件一张表）。每个文件要么全部导入，要么一行也不导入；问题一次全部列出。",
    ),
    "void": (
        "tiexi.commands.intake",
        "撤回误录的一行，或（--file）一个文件带来的全部行：记录保留，不再计入。审核通过的运行用过的行不能撤回。",
    ),
    **{trial.command: ("tiexi.commands.settle", trial.summary) for trial in trials()},
    "sign": ("tiexi.commands.life", "初审签署：区市金融监管部门对试算中本区市的部分签署（第十七条）。"),
    "return": ("tiexi.commands.life", "初审退回：区市认为本区市的部分有误，写明原因退回；再次签署即为解除。"),
    "sample": (
        "tiexi.commands.life",
        "抽查：按比例抽取贷款，每个区市、每家银行至少一笔，写出附原始报送行的抽查清单（第十七条）。",
    ),
    "check": ("tiexi.commands.life", "录入抽查结果：填好的抽查清单，或一笔。不符的在解决之前不能审核。"),
    "approve": (
        "tiexi.commands.life",
        "审核通过一次试算，使其成为该年度的正式结果，记账并封存。试算后数据有变动的，须重新试算。",
    ),
    "allot": ("tiexi.commands.life", "下达：财政部门下达审核通过的专项资金（第九条、第十九条），此后可以拨付。"),
    "close": ("tiexi.commands.life", "办结：每一分钱都已到达银行或企业之后，结束一次运行。未缴回的追缴仍然挂账。"),
    "status": (
        "tiexi.commands.status",
        "一次运行办到哪一步、由谁、何时、依据什么文号、还缺什么；不给 RUN 时列出全部运行。",
    ),
    "pay": (
        "tiexi.commands.money",
        "拨付：按第十九条逐级记账，FILE 为含「拨付」或「兑付回单」表的工作簿，或一份 CSV。整个文件要么全记，要么不记。",
    ),
    "reverse": (
        "tiexi.commands.money",
        "冲销一笔记错的拨付：原分录保留，另记一笔相反的。这笔钱已拨往下一环节的，先冲销其后的。",
    ),
    "balance": (
        "tiexi.commands.balance",
        "一个年度的每一分钱在哪里：各环节的金额，滞留在谁手里、多少天，还有多少追缴没有缴回。",
    ),
    "export": (
        "tiexi.commands.export",
        "导出附件、明细、追缴、问题清单、申请报告、告知书、公示、拨付计划、台账、季报和账簿，各是一个命令，见下。",
    ),
    "explain": ("tiexi.commands.explain", "说明为什么得到这个金额，或为什么没有：逐步列出条款、数字和日期。"),
    "find": (
        "tiexi.commands.find",
        "按名称或代码的任何一段找企业、银行、保险机构和投资机构：各年度得到什么（审核通过的运行，没有的按最近一次试算）。",
    ),
    "compare": (
        "tiexi.commands.compare",
        "两次运行对照：同一项目、同一年度的两次运行，各自的合计，每一笔每一列的不同，只在一次运行中的。",
    ),
    "statement": (
        "tiexi.commands.statement",
        "对账单：一家企业、银行、保险机构或投资机构在库的全部内容，各年度、各项目的贷款、审核结果、补助、追缴和拨付。",
    ),
    "warnings": ("tiexi.commands.warnings", "提示：在库数据中可能有误、请核对的行。不影响任何金额，也不妨碍办理。"),
    "trace": (
        "tiexi.commands.trace",
        "查一个已导入的文件每一行的去向：计入哪个附件的哪一行，因哪些代码未通过，或为什么没有用到。",
    ),
    "simulate": (
        "tiexi.commands.simulate",
        "测算：同样的数据，换用别的比例、上限、天数、预算，看各区市、各银行、各企业的增减。不写入数据库。",
    ),
    "reconcile": (
        "tiexi.commands.received",
        "核对一份导出后又经手的附件或明细表：与台账中它所写明的那次运行逐格比较。",
    ),
    "verify": (
        "tiexi.commands.received",
        "不用数据库，单凭一份附件或明细表本身能查出的问题：指纹、表与数据、合计、所见所印、市县 2:8、上限。",
    ),
    "audit": (
        "tiexi.commands.audit",
        "审计：逐链核对封存，逐行核对封存过的数据，重新计算每个审核通过的运行，核对账簿。",
    ),
    "serve": (
        "tiexi.commands.serve",
        "启动门户：各单位用浏览器，或用程序经 HTTP 办理。运行到收到 SIGTERM 或 Ctrl+C 为止。",
    ),
    "uploads": (
        "tiexi.commands.uploads",
        "报送文件：add 报送，list 列出，confirm 复核确认，return 退回，withdraw 撤下。以账号办理（环境变量 TIEXI_TOKEN）。",
    ),
    "papers": (
        "tiexi.commands.papers",
        "资料：add 上传，list 列出，due 到期未收齐的，relabel 改标，withdraw 撤下，verify 核对文件库，tidy 清理（第十七条）。",
    ),
    "jobs": ("tiexi.commands.jobs", "定时任务：list 列出，run 立即运行一项，start 启动调度。"),
    "user": (
        "tiexi.commands.accounts",
        "账号：add 建立，grant 授予角色，lock、unlock、reset、reset-totp、retire，list 列出。供管理服务器的人使用。",
    ),
    "token": (
        "tiexi.commands.accounts",
        "令牌：程序和命令行凭它以账号办理。add 发给，list 列出，revoke 吊销。供管理服务器的人使用。",
    ),
    "log": (
        "tiexi.commands.log",
        "访问日志：谁在何时从何处办了什么、结果如何。list 列出，export 导出，prune 清理半年以前的。",
    ),
    "config": (
        "tiexi.commands.config",
        "列出全部配置：值、来自何处（命令行、环境变量、配置文件或默认）、含义。口令不显示。",
    ),
    "backup": (
        "tiexi.commands.backup",
        "备份数据库到 OUT.db：其他人可以照常使用，得到的是开始备份那一刻的内容。写完即逐页检查，并与数据库逐表核对行数。",
    ),
    "restore": (
        "tiexi.commands.backup",
        "从备份恢复数据库：先检查备份，再整个换上，中途出错则保持原样。正有其他程序使用数据库时拒绝。",
    ),
    "demo": (
        "tiexi.commands.demo",
        "用虚构数据演示全过程：三个年度的报送、试算、审核、附件与解释，写入 FOLDER（默认 demo/）。",
    ),
}
