"""The pages of the manual on the clock, the configuration and the logs, made from the SCHEDULE and the settings."""

from collections.abc import Iterator

from jobs.schedule import SCHEDULE
from jobs.scheduler import RETRY
from ledger.counties import COUNTIES
from ledger.database.locks import DEAD_MACHINE_SECONDS
from ledger.programmes import PROGRAMMES
from ledger.settings import EVERYBODY, FILE, FILE_NAME, FILE_VARIABLE, SETTINGS, Setting, Settings
from tiexi.manual.markdown import table


def clock() -> Iterator[str]:
    """定时任务: the SCHEDULE, and how the scheduler goes about it."""
    yield "# 定时任务"
    yield ""
    yield "按文件规定的时限自动试算、编制报表和提醒。时间一律为北京时间；「工作日」按国务院放假安排和「工作日历」表。"
    yield ""
    yield from table(
        ("任务", "内容", "何时", "依据"),
        ((f"`{job.name}`", job.title, job.when.words, job.article) for job in SCHEDULE),
    )
    yield from table(
        ("任务", "查什么", "通知谁", "写出（在 `output` 文件夹中）"),
        ((f"`{job.name}`", job.finds, job.tells, job.writes) for job in SCHEDULE),
    )
    yield from _CLOCK.format(
        dead=DEAD_MACHINE_SECONDS // 60, retry=RETRY.seconds // 60, sender="tiexi@example.org", everybody=EVERYBODY
    ).splitlines()


_CLOCK = """\
所有通知都写入 `通知/日期.txt`，一天一个文件；设了邮件服务器的同时发邮件，见[配置与日志](配置与日志.md)。

## 查看与手工运行

```text
tiexi jobs list                                        何时、下次、上次结果
tiexi jobs run papers-due                              立即运行，按今天
tiexi jobs run year-end-trial --date 2026-01-04        如同在那一天
tiexi jobs run papers-due --again                      已完成的再做一次，通知重发
```

- 同一任务同一天只完成一次：再运行只说明此前已完成。失败的可以重试，已经送出的邮件不再送。
- 邮件服务器拒收的那一封不影响其余各封；任务记为失败，写明哪些地址没有送到和原因，重试只送这些。
- 同一任务不会同时运行两次，两个进程、两台机器都一样：运行前先占位，SQLite 用数据库旁的 `….lock` 文件锁，PostgreSQL 用服务器的锁，再由唯一约束保证。与各机器的时钟无关。
- 进程中途死掉的，占位随即解除，下一次运行接手，原记录记为「被中断」；PostgreSQL 上那台机器断电、断网的，约 {dead} 分钟后解除。
- 占位属于与 PostgreSQL 的一个连接。中间有连接池的，要用会话模式（pgbouncer 的 `pool_mode = session`）。
- 每次运行都有记录：开始、结束、结果、数字、失败的原因。

## 调度

`tiexi jobs start` 在前台运行，收到 SIGTERM 或 Ctrl+C 后等正在运行的任务做完才停，退出码 0。

- 每项任务每天在它的钟点看一次是否到期，启动时也都看一次；到期而没有完成的就运行。
- 时钟被拨回或拨快的，一分钟之内按改正后的时钟重新查看，不必重新启动。
- 停机期间错过的，启动后补做一次，按原来应做的那一天；错过几次的只补最近一次。第一次启动以前的不补。
- 因数据库、文件系统、邮件服务器失败的，{retry} 分钟后重试；经判断被拒绝的，次日再看。
- 放假安排没有入库、推算不出日子的，`jobs list` 的下次时间写「某日前后，待工作日历」；到了那一天任务记为失败，并说明要在「工作日历」表录入哪一年。
- 可以在几台机器上同时启动，共用一个 PostgreSQL；每项任务每天只有一台会做。各机器的 `output` 宜指向同一个共享文件夹。

用 systemd 作为服务运行：`deploy/tiexi-jobs.service`，见[门户的运行](门户.md#第一次启动)。

`/etc/tiexi/secrets` 只有 root 可读，其中放口令：`TIEXI_DATABASE_URL=…`、`TIEXI_SMTP_PASSWORD=…`。日志由 journald 收，`journalctl -u tiexi-jobs` 查看。\
"""


def configuration() -> Iterator[str]:
    """配置与日志: every setting, the file, and the events."""
    default = Settings()
    yield "# 配置与日志"
    yield ""
    yield f"先后次序：命令行、环境变量、{FILE}、默认值，取先有的一个；空的环境变量等于没有设。`tiexi config` 列出每一项的值和来源，口令不显示。"
    yield ""
    yield from table(
        ("配置项", "环境变量", "默认", "含义"),
        ((f"`{s.key}`", f"`{s.variable}`", _default(default, s), s.meaning) for s in SETTINGS),
    )
    yield from _CONFIGURATION.format(
        file=FILE_NAME, variable=FILE_VARIABLE, everybody=EVERYBODY, county=COUNTIES[0], programme=PROGRAMMES.usual.key
    ).splitlines()


def _default(settings: Settings, setting: Setting) -> str:
    value = getattr(settings, setting.field)
    if isinstance(value, bool):
        return "否"
    if isinstance(value, tuple):
        return f"`{', '.join(map(str, value))}`"
    return f"`{value}`" if value else "（未设）"


_CONFIGURATION = """\
## 配置文件

当前文件夹的 `{file}`，或环境变量 `{variable}` 所指的文件，TOML 格式。不认识的项、不对的值会被指出是哪个文件的哪一项（退出码 2）。

```toml
database = "postgresql+psycopg://tiexi@db.example.org/tiexi"
output = "/srv/tiexi/输出"

[log]
level = "INFO"
format = "json"

[notice]
days = [30, 7, 1]

[smtp]
host = "mail.example.org"
port = 587
security = "starttls"
user = "tiexi"                      # 口令放在环境变量 TIEXI_SMTP_PASSWORD 中
sender = "tiexi@example.org"

[recipients]                        # 中文的名称要加引号；一处可有几个地址
"市级" = ["jinrong@example.org", "keji@example.org"]
"{county}" = "county@example.org"
"蓝鲸样例银行" = "lanjing@example.org"
{everybody} = "tiexi-admin@example.org"
```

没有地址的通知只在文件中。邮件每个地址一封；送到一半失败的，重试时只补没有送出的。`security = "none"` 只用于本机转发，口令和内容都不加密。

## 日志

写到标准错误，一行一件事；标准输出只有命令的结果。平时只写警告和错误；`tiexi --verbose 命令 …` 写出 INFO，写两次为 DEBUG，`jobs start` 总是至少 INFO。

```text
2026-01-04T08:30:02.115+08:00 INFO "job started" job=year-end-trial day=2026-01-04 run=41
2026-01-04T08:30:04.870+08:00 INFO settled run=12 programme={programme} year=2025 state=trial as_of=2026-01-04 loans=236 ms=2518
2026-01-04T08:30:06.402+08:00 INFO "job ended" job=year-end-trial day=2026-01-04 run=41 result=done notices=9
```

`log.format = "json"` 时每行是一个 JSON 对象。INFO 及以上不写企业名称和代码，只有笔数、运行号、文件指纹和用时；程序出错只写错误的类别和位置，完整的调用栈用 `--debug` 看。

| 事件 | 何时 |
| --- | --- |
| `database opened`、`migrated` | 打开、升级数据库 |
| `import` | 导入一个文件：结果、SHA-256、行数、问题数 |
| `settled`、`signed`、`returned`、`approved`、`allotted`、`closed` | 试算及以后各步：运行号、年度、笔数 |
| `file written` | 写出一个文件：类型、大小 |
| `scheduler started`、`scheduler stopped` | 调度启动、停止 |
| `job started`、`job ended` | 任务开始、结束：完成、被拒绝、失败或被另一进程接手 |
| `job failed`（ERROR） | 调度中的任务没有完成，附原因 |
| `clock put back`（WARNING） | 下次查看的时刻比应有的晚，设定它时的时钟快了；立即查看 |
| `database not to be had`、`job store not to be had` | 调度暂时用不了数据库，稍后再试 |
| `upload waits`（WARNING）、`upload failed`、`judging died`（ERROR） | 一份报送文件暂时检查不了；检查时程序出错；检查它的进程中途结束（怎样结束的） |
| `notices`、`notices without an address` | 通知的条数；没有地址的条数 |\
"""
