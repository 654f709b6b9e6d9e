"""Configuration in one place: what it holds, where each value may come from, and how it is read.

Command line, environment (TIEXI_…), file (./tiexi.toml, or the one that TIEXI_CONFIG names), default: the first that
says something wins. An empty variable says nothing. `tiexi config` shows every value with its source.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ledger import setting_values as kinds
from ledger.errors import BadSetting, os_reason
from ledger.setting_values import DEFAULT_URL, EVERYBODY

FILE_NAME = "tiexi.toml"
FILE_VARIABLE = "TIEXI_CONFIG"
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SMTP_SECURITY = ("starttls", "tls", "none")
SECOND_FACTOR = ("approvers", "all", "off")
COMMAND_LINE, ENVIRONMENT, FILE, DEFAULT = "命令行", "环境变量", "配置文件", "默认"


@dataclass(frozen=True)
class Settings:
    """Every setting of the program."""

    database: str = DEFAULT_URL
    city: Path | None = None  # the file of the city; None is the bundled one
    output: Path = Path("输出")
    log_level: str = "WARNING"
    log_format: str = "text"
    notice_days: tuple[int, ...] = (30, 7, 1)
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_sender: str = ""
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    solo: bool = False
    portal_address: str = "127.0.0.1:8000"
    portal_public: str = ""
    portal_proxies: tuple[str, ...] = ("127.0.0.1",)
    portal_metrics: tuple[str, ...] = ("127.0.0.1",)
    portal_store: Path = Path("文件库")
    portal_key: Path = Path("portal.key")
    portal_totp: str = "approvers"
    portal_oidc_issuer: str = ""
    portal_oidc_client_id: str = ""
    portal_oidc_key_file: Path = Path("portal.oidc")
    portal_oidc_claim: str = "preferred_username"
    portal_oidc_factor: tuple[str, ...] = ()
    portal_idle_minutes: int = 20
    portal_session_hours: int = 8
    portal_lock_after: int = 5
    portal_lock_minutes: int = 15
    portal_password_days: int = 90
    portal_dormant_days: int = 90
    portal_upload_mb: int = 64
    portal_paper_mb: int = 20
    portal_paper_pages: int = 200
    portal_unit_gb: int = 50
    portal_per_minute: int = 600
    portal_scanner: str = ""
    engine_workers: int = 1
    engine_scheduler: str = ""
    engine_part_rows: int = 200_000


# --- the settings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One setting: its key in the file, its variable, how it is read, what it means, and whether it is shown."""

    key: str
    variable: str
    read: Callable[[Any], Any]
    meaning: str
    secret: bool = False
    in_file: bool = True

    @property
    def field(self) -> str:
        """Its name in Settings."""
        return self.key.replace(".", "_")


SETTINGS: tuple[Setting, ...] = (
    Setting("database", "TIEXI_DATABASE_URL", kinds.read_url, "数据库地址（命令行 --database）"),
    Setting("city", "TIEXI_CITY", kinds.read_path, "城市文件：名称、区市、机构（YAML）；不设则用随程序提供的那一份"),
    Setting("output", "TIEXI_OUTPUT", kinds.read_path, "定时任务写出附件、季报和通知的文件夹"),
    Setting(
        "log.level",
        "TIEXI_LOG_LEVEL",
        kinds.read_word(LOG_LEVELS),
        "日志级别：DEBUG、INFO、WARNING、ERROR（命令行 --verbose 为 INFO，写两次为 DEBUG；jobs start 至少 INFO）",
    ),
    Setting(
        "log.format",
        "TIEXI_LOG_FORMAT",
        kinds.read_word(LOG_FORMATS),
        "日志格式：text（键=值）或 json（每行一个对象）",
    ),
    Setting("notice.days", "TIEXI_NOTICE_DAYS", kinds.read_days, "名录、合作期到期前几天提醒，可有几个"),
    Setting("smtp.host", "TIEXI_SMTP_HOST", kinds.read_text, "邮件服务器；不设则通知只写文件"),
    Setting("smtp.port", "TIEXI_SMTP_PORT", kinds.read_port, "邮件服务器端口"),
    Setting(
        "smtp.security",
        "TIEXI_SMTP_SECURITY",
        kinds.read_word(SMTP_SECURITY),
        "加密方式：starttls、tls、none（只用于本机转发）",
    ),
    Setting("smtp.user", "TIEXI_SMTP_USER", kinds.read_text, "邮件服务器用户名；不设则不登录"),
    Setting("smtp.password", "TIEXI_SMTP_PASSWORD", kinds.read_text, "邮件服务器口令；宜放在环境变量中", secret=True),
    Setting("smtp.sender", "TIEXI_SMTP_SENDER", kinds.read_mail_address, "发件人地址"),
    Setting(
        "recipients",
        "TIEXI_RECIPIENTS",
        kinds.read_recipients,
        f"收件地址：按区市、银行、机构名称或「市级」，{EVERYBODY} 为其余各方（环境变量只设 {EVERYBODY}）",
    ),
    Setting("portal.address", "TIEXI_PORTAL_ADDRESS", kinds.read_address, "门户：监听的地址和端口（serve --address）"),
    Setting(
        "portal.public",
        "TIEXI_PORTAL_PUBLIC",
        kinds.read_public,
        "门户：人们输入的 https 地址；不设则只能监听本机回环地址，设了则 Cookie 只走 https",
    ),
    Setting(
        "portal.proxies",
        "TIEXI_PORTAL_PROXIES",
        kinds.read_networks,
        "门户：采信哪些代理给出的来访地址（X-Forwarded-For）",
    ),
    Setting("portal.metrics", "TIEXI_PORTAL_METRICS", kinds.read_networks, "门户：哪些地址可以读取 /metrics"),
    Setting("portal.store", "TIEXI_PORTAL_STORE", kinds.read_path, "门户：存放报送文件和资料的文件夹"),
    Setting(
        "portal.key",
        "TIEXI_PORTAL_KEY",
        kinds.read_path,
        "门户：密钥文件，用于表单和第二因素，首次启动时生成；他人可读则拒绝启动；须与数据库一起备份",
    ),
    Setting(
        "portal.totp",
        "TIEXI_PORTAL_TOTP",
        kinds.read_word(SECOND_FACTOR),
        "门户：谁须有第二因素（动态口令）：approvers（审核、财政和三员）、all（全部，等保三级）、off；已设置的总要出示",
    ),
    Setting(
        "portal.oidc_issuer",
        "TIEXI_PORTAL_OIDC_ISSUER",
        kinds.read_issuer,
        "门户：单位统一登录（OpenID Connect）的身份服务；不设则没有",
    ),
    Setting(
        "portal.oidc_client_id",
        "TIEXI_PORTAL_OIDC_CLIENT_ID",
        kinds.read_text,
        "门户：本系统在身份服务登记的编号（client id）",
    ),
    Setting(
        "portal.oidc_key_file",
        "TIEXI_PORTAL_OIDC_KEY_FILE",
        kinds.read_path,
        "门户：存放登记密码的文件；他人可读则拒绝启动",
    ),
    Setting(
        "portal.oidc_claim",
        "TIEXI_PORTAL_OIDC_CLAIM",
        kinds.read_text,
        "门户：身份服务的哪一项（claim）是本系统的登录名",
    ),
    Setting(
        "portal.oidc_factor",
        "TIEXI_PORTAL_OIDC_FACTOR",
        kinds.read_words,
        "门户：身份服务报的哪些认证方式（amr 或 acr 的值，如 mfa, otp）算已出示第二因素；不设则本系统照样要",
    ),
    Setting(
        "portal.idle_minutes", "TIEXI_PORTAL_IDLE_MINUTES", kinds.read_count(1, 1440), "门户：会话闲置几分钟后结束"
    ),
    Setting("portal.session_hours", "TIEXI_PORTAL_SESSION_HOURS", kinds.read_count(1, 168), "门户：会话最长几小时"),
    Setting(
        "portal.lock_after",
        "TIEXI_PORTAL_LOCK_AFTER",
        kinds.read_count(1, 100),
        "门户：同一地址连续登录失败几次后暂停该登录名",
    ),
    Setting(
        "portal.lock_minutes", "TIEXI_PORTAL_LOCK_MINUTES", kinds.read_count(1, 1440), "门户：登录失败过多后暂停几分钟"
    ),
    Setting(
        "portal.password_days",
        "TIEXI_PORTAL_PASSWORD_DAYS",
        kinds.read_count(0, 3650),
        "门户：口令的有效天数；0 为不限",
    ),
    Setting("portal.dormant_days", "TIEXI_PORTAL_DORMANT_DAYS", kinds.read_count(1, 3650), "门户：账号几天不用即锁定"),
    Setting("portal.upload_mb", "TIEXI_PORTAL_UPLOAD_MB", kinds.read_count(1, 1024), "门户：一个报送文件最大几 MB"),
    Setting("portal.paper_mb", "TIEXI_PORTAL_PAPER_MB", kinds.read_count(1, 1024), "门户：一份资料最大几 MB"),
    Setting("portal.paper_pages", "TIEXI_PORTAL_PAPER_PAGES", kinds.read_count(1, 10_000), "门户：一份资料最多几页"),
    Setting(
        "portal.unit_gb", "TIEXI_PORTAL_UNIT_GB", kinds.read_count(1, 100_000), "门户：一个单位的全部文件最多几 GB"
    ),
    Setting(
        "portal.per_minute",
        "TIEXI_PORTAL_PER_MINUTE",
        kinds.read_count(1, 1_000_000),
        "门户：每个令牌、每个会话每分钟最多几次请求",
    ),
    Setting(
        "portal.scanner",
        "TIEXI_PORTAL_SCANNER",
        kinds.read_text,
        "门户：查毒程序 clamd 的套接字；设了则资料查毒后才计入",
    ),
    Setting(
        "engine.workers",
        "TIEXI_WORKERS",
        kinds.read_count(1, 1024),
        "大规模计算：本机用几个进程；1 为不另开进程（见 规模.md）",
    ),
    Setting(
        "engine.scheduler",
        "TIEXI_SCHEDULER",
        kinds.read_scheduler,
        "大规模计算：Dask 调度器的地址，如 tcp://10.1.0.5:8786；设了则由它的各台机器计算，数据库须是 PostgreSQL",
    ),
    Setting(
        "engine.part_rows",
        "TIEXI_PART_ROWS",
        kinds.read_count(1, 100_000_000),
        "大规模计算：多少笔为一部分；没有设置时，只由一个进程计算的 150 万笔以内不分",
    ),
    Setting(
        "solo",
        "TIEXI_SOLO",
        kinds.read_solo,
        "单人试用：审核不要求签署与第二人；只认环境变量 TIEXI_SOLO=1",
        in_file=False,
    ),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}
_TABLES = {key.partition(".")[0] for key in _BY_KEY if "." in key}
assert {setting.field for setting in SETTINGS} == {entry.name for entry in fields(Settings)}


@dataclass(frozen=True)
class Configuration:
    """The settings, where each came from (by key), the file read, and variables that look like settings but are none."""

    settings: Settings
    sources: Mapping[str, str]
    file: Path | None
    unknown_variables: tuple[str, ...]

    def value(self, setting: Setting) -> Any:
        """The value of one setting."""
        return getattr(self.settings, setting.field)


def load(
    command_line: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Configuration:
    """Reads the configuration; BadSetting when a value, a key or the file cannot be used.

    command_line: values by key. folder: where ./tiexi.toml is looked for, the current one by default.
    """
    environment = os.environ if environment is None else environment
    path = _file(environment, folder or Path())
    in_file = _read_file(path) if path else {}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        if setting.key in in_file:
            values[setting.field] = _value(setting, in_file[setting.key], f"配置文件 {path} 的 {setting.key}")
            sources[setting.key] = FILE
        if text := environment.get(setting.variable, ""):
            values[setting.field] = _value(setting, text, f"环境变量 {setting.variable}")
            sources[setting.key] = ENVIRONMENT
    for key, given in (command_line or {}).items():
        values[_BY_KEY[key].field] = given
        sources[key] = COMMAND_LINE
    settings = Settings(**values)
    if settings.smtp_host and not settings.smtp_sender:
        raise BadSetting("设了邮件服务器 smtp.host，还要设发件人 smtp.sender（或环境变量 TIEXI_SMTP_SENDER）")
    if settings.smtp_password and not settings.smtp_user:
        raise BadSetting("设了邮件服务器口令 smtp.password，还要设用户名 smtp.user（或环境变量 TIEXI_SMTP_USER）")
    if settings.portal_oidc_issuer and not settings.portal_oidc_client_id:
        raise BadSetting("设了统一登录 portal.oidc_issuer，还要设登记的编号 portal.oidc_client_id")
    known = {FILE_VARIABLE, *(setting.variable for setting in SETTINGS)}
    unknown = tuple(sorted(name for name in environment if name.startswith("TIEXI_") and name not in known))
    return Configuration(
        settings, {setting.key: sources.get(setting.key, DEFAULT) for setting in SETTINGS}, path, unknown
    )


def _value(setting: Setting, raw: Any, where: str) -> Any:
    try:
        return setting.read(raw)
    except ValueError as error:
        shown = "" if setting.secret or isinstance(raw, dict) else f"「{raw}」"
        raise BadSetting(f"{where}{shown}{'：' if isinstance(raw, dict) else ''}{error}") from error


def _file(environment: Mapping[str, str], folder: Path) -> Path | None:
    if named := environment.get(FILE_VARIABLE, ""):
        if not Path(named).is_file():
            raise BadSetting(f"环境变量 {FILE_VARIABLE} 所指的配置文件 {named} 不存在")
        return Path(named)
    path = folder / FILE_NAME
    return path if path.is_file() else None


def _read_file(path: Path) -> dict[str, Any]:
    """The values of the file by key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadSetting(f"配置文件 {path} 无法读取：{os_reason(error)}") from error
    except UnicodeDecodeError as error:
        raise BadSetting(f"配置文件 {path} 不是 UTF-8 编码的文本") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = f"第 {place[1]} 行第 {place[2]} 列附近" if place else "末尾"
        raise BadSetting(f"配置文件 {path} {where}不是 TOML 的写法；中文的键要加引号，文字要加引号") from error
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if name in _TABLES:
            if not isinstance(value, dict):
                raise BadSetting(f"配置文件 {path} 的 {name} 应为一节：[{name}]")
            found |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            found[name] = value
    for key in found:
        if key not in _BY_KEY:
            raise BadSetting(f"配置文件 {path} 中没有 {key} 这一项；可用的有：{'、'.join(_in_file())}")
        if not _BY_KEY[key].in_file:
            raise BadSetting(f"配置文件 {path} 中不能设 {key}；它只认环境变量 {_BY_KEY[key].variable}")
    if not isinstance(found.get("recipients", {}), dict):
        raise BadSetting(f"配置文件 {path} 的 recipients 应为一节：[recipients]")
    return found


def _in_file() -> list[str]:
    return [setting.key for setting in SETTINGS if setting.in_file]
