"""Columns that many sheets have: codes, names, dates, amounts and rates, each with its reader, example and hint."""

from collections.abc import Sequence

from ledger.counties import CITY_NAME
from ledger.workbooks import cells
from ledger.workbooks.sheet import Column

EXAMPLE_USCC = "91371000MA3TX0001D"


def uscc(key: bool = False) -> Column:
    """The code of an enterprise."""
    return Column(
        "统一社会信用代码", "uscc", "code", cells.read_uscc, EXAMPLE_USCC, "18 位统一社会信用代码（文本）", key=key
    )


def enterprise_name() -> Column:
    """The name of the enterprise beside its code, for whoever reads the sheet; compared with those on file, not stored."""
    hint = "给人看的，可以不填；填了须是该代码的企业登记的名称"
    example = f"{CITY_NAME}样例精密仪器有限公司"
    return Column("企业名称", "enterprise_name", "name", cells.read_name, example, hint, optional=True)


def bank() -> Column:
    """The name of a bank, part of the key."""
    example = f"样例银行{CITY_NAME}高新支行"
    return Column("银行名称", "bank", "name", cells.read_name, example, "与「合作银行」表中的名称一致", key=True)


def note() -> Column:
    """The number of a loan's note, part of the key beside the bank."""
    return Column(
        "借据编号", "note_no", "code", cells.read_code, "JJ2023-0001", "借据编号（文本），同一银行内不重复", key=True
    )


def project(key: bool = False, optional: bool = False) -> Column:
    """The number of a project of the library."""
    hint = "“卡脖子”攻关项目编号（文本）" + ("，与项目无关的留空" if optional else "")
    return Column("项目编号", "project_no", "code", cells.read_code, "KBZ-001", hint, key=key, optional=optional)


def day(header: str, field: str, example: str, hint: str, key: bool = False, optional: bool = False) -> Column:
    """A date without a time."""
    return Column(header, field, "date", cells.read_date, example, hint, key=key, optional=optional)


def uploaded(example: str) -> Column:
    """When papers were uploaded; may be empty."""
    hint = "资料上传到“信财银保”平台的日期，可带时刻；未上传，或资料平台启用以后的业务，可以留空"
    return Column("资料上传日", "uploaded_on", "time", cells.read_date_with_time, example, hint, optional=True)


def wan(header: str, field: str, example: float, hint: str, least: int = 1, optional: bool = False) -> Column:
    """An amount in 万元, of at least so many fen."""
    hint = f"{hint}（万元，最多 6 位小数）"
    read, in_yuan = cells.wan_amount(least), cells.yuan_amount(least)
    return Column(header, field, "wan", read, example, hint, optional=optional, in_yuan=in_yuan)


def percent(header: str, field: str, example: float, hint: str) -> Column:
    """A rate in percent."""
    hint = f"{hint}（百分数，4.35 表示 4.35%，最多 4 位小数）"
    return Column(header, field, "percent", cells.read_percent, example, hint)


def year(header: str = "年度", field: str = "year", key: bool = True) -> Column:
    """A year."""
    return Column(header, field, "year", cells.read_year, 2023, "四位年份", key=key)


def choice(header: str, field: str, choices: Sequence[str], hint: str, key: bool = False) -> Column:
    """One of a few words, the first of which is the example."""
    reader = cells.one_of(choices, header)
    return Column(header, field, "choice", reader, choices[0], hint, key=key, choices=tuple(choices))


def document_no(header: str = "批准文号", example: str = "威样例〔2023〕1号", hint: str = "批准文件的文号") -> Column:
    """The number of a document."""
    return Column(header, "document_no", "text", cells.read_text, example, hint)
