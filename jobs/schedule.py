"""The SCHEDULE: every job, when it is due and on which article. The one table to read or change.

Hours are the city's (Asia/Shanghai). Days that a document sets come from its YAML (LawDay); the others are the city's
own arrangement and stand here. docs/定时任务.md is made from this table.
"""

from jobs import chokepoint, export_credit, farm_insurance, registers, tech_branch
from jobs.job import Job
from jobs.rules import AfterQuarter, ByDays, Daily, FirstWorkday, OnDays, YearDay

REMINDERS = (YearDay(1, 10), YearDay(1, 20), YearDay(1, 27))  # ahead of the filing

SCHEDULE: tuple[Job, ...] = (
    Job(
        "year-end-trial",
        "年末试算与附件",
        FirstWorkday(8, 30, month=1),
        "威财金〔2023〕2号 第十七条",
        tech_branch.trial,
        finds="试算上年度；该年度已审核通过的不再试算",
        tells="市级：合计；区市：附件1",
        writes="`年末试算/`：附件1、附件2、明细",
    ),
    Job(
        "filing-reminder",
        "申请表报送提醒",
        ByDays(9, 0, days=(*REMINDERS, tech_branch.FILING)),
        "威财金〔2023〕2号 第十七条",
        tech_branch.filing,
        finds="最近一次试算中各区市已签署、已退回、未签署",
        tells="市级：一览；未签署、已退回的区市",
    ),
    Job(
        "papers-due",
        "资料上传到期提醒",
        Daily(8, 0),
        "威财金〔2023〕2号 第十七条",
        tech_branch.papers_due,
        finds="资料未上传、今天或下一工作日到期的发放、还款、展期（上传豁免的除外）",
        tells="各银行",
    ),
    Job(
        "short-loans",
        "实际占用不足期限提醒",
        Daily(8, 5),
        "威财金〔2023〕2号 第五条",
        tech_branch.fell_short,
        finds="约定满 1 年、办法施行以后提前结清而实际占用不足 360 天、尚未提醒过的贷款（第一次运行时为全部）",
        tells="各银行、市级",
    ),
    Job(
        "rosters-ending",
        "名录与合作期到期提醒",
        Daily(8, 10),
        "威财金〔2023〕2号 第四条、第六条",
        registers.rosters_ending,
        finds="离到期还有 `notice.days` 天、尚无续期的企业资质和合作期",
        tells="区市（资质）、银行和市级（合作期）",
    ),
    Job(
        "lpr-missing",
        "LPR 缺录提醒",
        Daily(17, 0),
        "威财金〔2023〕2号 第五条",
        registers.lpr_missing,
        finds="第一次入库的公布以来，每月 20 日（遇休息日顺延）应公布而该月尚无一次入库的 LPR，中间缺的也算",
        tells="市级",
    ),
    Job(
        "quarter-returns",
        "拨投贷保季报",
        AfterQuarter(9, 0, workdays=5),
        "威政办发〔2023〕8号 第十条、第十二条、第十三条",
        chokepoint.returns,
        finds="上一季度的季报（办法有效期内的季度）",
        tells="市级",
        writes="`季报/`：每家机构一份，全市汇总",
    ),
    Job(
        "review-reminder",
        "集中审核提醒",
        OnDays(9, 0, days=(YearDay(12, 1),)),
        "威政办发〔2023〕8号 第十四条",
        chokepoint.reminder,
        finds="本年度集中审核的截止日和已入库的笔数（可审核的年度）",
        tells="市级、各银行、各保险公司",
    ),
    Job(
        "yearly-review",
        "年度集中审核",
        OnDays(9, 30, days=(chokepoint.CUT_OFF,)),
        "威政办发〔2023〕8号 第十四条",
        chokepoint.review,
        finds="集中审核试算（可审核的年度）",
        tells="市级",
        writes="`集中审核/`：两张明细表",
    ),
    Job(
        "farm-reminder",
        "特色险申请截止提醒",
        ByDays(9, 10, days=farm_insurance.REMINDERS),
        "威财金〔2023〕11号 第八条",
        farm_insurance.reminder,
        finds="上年度承保的险种中没有申请、没有区市拨付、第二类没有市级比例的（可审核的年度）",
        tells="市级：各区市缺项数；区市：逐项",
    ),
    Job(
        "farm-payments-due",
        "特色险保费补贴拨付提醒",
        Daily(8, 15),
        "威财金〔2023〕11号 第十二条",
        farm_insurance.payments_due,
        finds="还没有拨付、15 天内满一个季度、尚未提醒过的保费补贴申请",
        tells="区市、市级",
    ),
    Job(
        "farm-review",
        "特色险年度审核",
        OnDays(9, 40, days=(farm_insurance.REVIEW,)),
        "威财金〔2023〕11号 第九条",
        farm_insurance.review,
        finds="申请截止后试算上年度（可审核的年度）",
        tells="市级",
        writes="`特色险/`：汇总表和各区市明细表",
    ),
    Job(
        "credit-review",
        "出口信保年度审核",
        OnDays(9, 30, days=(export_credit.REVIEW,)),
        "威商务发〔2023〕1号 第11条",
        export_credit.review,
        finds="上年度出口信保保费支持试算（可审核的年度）；已审核通过的不再试算",
        tells="市级",
        writes="`出口信保/`：保费支持明细表",
    ),
    Job(
        "years-forecast",
        "累计贴息年限预测",
        FirstWorkday(9, 0, month=11),
        "威财金〔2023〕2号 第五条",
        tech_branch.years_limit,
        finds="现有余额的企业中累计贴息已满年限的、本年度为最后一年的",
        tells="区市、市级",
    ),
    Job(
        "archive-term",
        "业务档案留存期满清单",
        FirstWorkday(9, 0, month=3),
        "威政办发〔2023〕8号 第十二条、第十三条",
        chokepoint.archives,
        finds="已结清的贷款、已到期的保单中留存期满的；只列示，不删除",
        tells="各银行、各保险公司",
    ),
)
BY_NAME = {job.name: job for job in SCHEDULE}
assert len(BY_NAME) == len(SCHEDULE)
