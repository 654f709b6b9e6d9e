"""The SCHEDULE: every job, when it is due and on which article. The one table to read or change.

Hours are the city's (Asia/Shanghai). Days that a document sets come from its YAML (LawDay); the others are the city's
own arrangement and stand here. docs/定时任务.md is made from this table.
"""

from jobs import chokepoint, forecast, loans, lpr, rosters, year_end
from jobs.job import Job
from jobs.rules import AfterQuarter, ByDays, Daily, FirstWorkday, OnDays, YearDay

REMINDERS = (YearDay(1, 10), YearDay(1, 20), YearDay(1, 27))  # ahead of the filing

SCHEDULE: tuple[Job, ...] = (
    Job(
        "year-end-trial",
        "年末试算与附件",
        FirstWorkday(8, 30, month=1),
        "威财金〔2023〕2号 第十七条",
        year_end.trial,
    ),
    Job(
        "filing-reminder",
        "申请表报送提醒",
        ByDays(9, 0, days=(*REMINDERS, year_end.FILING)),
        "威财金〔2023〕2号 第十七条",
        year_end.filing,
    ),
    Job("papers-due", "资料上传到期提醒", Daily(8, 0), "威财金〔2023〕2号 第十七条", loans.papers_due),
    Job("short-loans", "实际占用不足期限提醒", Daily(8, 5), "威财金〔2023〕2号 第五条", loans.fell_short),
    Job("rosters-ending", "名录与合作期到期提醒", Daily(8, 10), "威财金〔2023〕2号 第四条、第六条", rosters.ending),
    Job("lpr-missing", "LPR 缺录提醒", Daily(17, 0), "威财金〔2023〕2号 第五条", lpr.missing),
    Job(
        "quarter-returns",
        "拨投贷保季报",
        AfterQuarter(9, 0, workdays=5),
        "威政办发〔2023〕8号 第十条、第十二条、第十三条",
        chokepoint.returns,
    ),
    Job(
        "review-reminder",
        "集中审核提醒",
        OnDays(9, 0, days=(YearDay(12, 1),)),
        "威政办发〔2023〕8号 第十四条",
        chokepoint.reminder,
    ),
    Job(
        "yearly-review",
        "年度集中审核",
        OnDays(9, 30, days=(chokepoint.CUT_OFF,)),
        "威政办发〔2023〕8号 第十四条",
        chokepoint.review,
    ),
    Job(
        "years-forecast",
        "累计贴息年限预测",
        FirstWorkday(9, 0, month=11),
        "威财金〔2023〕2号 第五条",
        forecast.years_limit,
    ),
    Job(
        "archive-term",
        "业务档案留存期满清单",
        FirstWorkday(9, 0, month=3),
        "威政办发〔2023〕8号 第十二条、第十三条",
        chokepoint.archives,
    ),
)
BY_NAME = {job.name: job for job in SCHEDULE}
assert len(BY_NAME) == len(SCHEDULE)
