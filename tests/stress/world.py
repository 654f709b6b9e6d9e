"""What the harnesses work on: small workbooks with loans of their own, which any hand may import at any time."""

import contextlib
import ctypes
import io
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from samples import OTHER_USCC, USCC
from sheets import write_sheets
from tiexi import cli

LOANS = 12  # in each workbook
BANKS = tuple(f"样例{name}银行" for name in ("甲", "乙", "丙", "丁"))
YEARS = (2023, 2024, 2025)


def base_sheets() -> dict[str, list[dict[str, Any]]]:
    """The enterprises, their qualifications and the banks, in two counties."""
    enterprises = ((USCC, "威海样例甲公司", "环翠区"), (OTHER_USCC, "荣成样例乙公司", "荣成市"))
    return {
        "企业": [{"统一社会信用代码": code, "企业名称": name, "区市": county} for code, name, county in enterprises],
        "资质": [
            {"统一社会信用代码": code, "资质类别": "高新技术企业", "有效期起": date(2020, 1, 1)}
            for code, _, _ in enterprises
        ],
        "合作银行": [{"银行名称": bank, "合作起始日": date(2020, 1, 1)} for bank in BANKS],
    }


def loans(number: int) -> list[dict[str, Any]]:
    """The loans of one workbook: notes that no other workbook has."""
    found = []
    for place in range(LOANS):
        day = date(2023, 1, 9) + timedelta(days=(number * 17 + place * 31) % 300)
        found.append(
            {
                "银行名称": BANKS[(number + place) % len(BANKS)],
                "借据编号": f"N{number:04d}-{place:02d}",
                "业务品种": "科技支行贷款",
                "统一社会信用代码": (USCC, OTHER_USCC)[(number + place) % 2],
                "贷款金额(万元)": 10 + (number * 7 + place * 3) % 40,
                "发放日": day,
                "到期日": day + timedelta(days=900),
                "年利率(%)": 3.5,
                "担保方式": "信用",
                "资料上传日": day,
            }
        )
    return found


def write_books(folder: Path, count: int) -> list[Path]:
    """The base workbook and so many workbooks of loans."""
    books = [write_sheets(folder / "名录.xlsx", base_sheets())]
    books += [write_sheets(folder / f"贷款{number:04d}.xlsx", {"贷款": loans(number)}) for number in range(count)]
    return books


LEGS = ("市财政到区市财政", "区市财政到金融监管部门", "金融监管部门到银行", "银行到企业", "追缴缴回")


def fill_payments(path: Path, day: date, voucher: str, furthest: int = len(LEGS)) -> None:
    """Fills in date and voucher on the sheet of what is to be paid, for the legs down to the furthest."""
    book = load_workbook(path)
    page = book["拨付"]
    places = {str(cell.value): cell.column for cell in page[1]}
    for row in range(2, page.max_row + 1):
        if LEGS.index(str(page.cell(row, places["环节"]).value)) < furthest:
            page.cell(row, places["日期"]).value = day
            page.cell(row, places["凭证号"]).value = f"{voucher}-{row}"
    book.save(path)


def fill_results(path: Path) -> None:
    """Enters on a check list that every line was found to be right."""
    book = load_workbook(path)
    page = book["结果录入"]
    place = next(cell.column for cell in page[1] if cell.value == "核查结果")
    for row in range(2, page.max_row + 1):
        page.cell(row, place).value = "相符"
    book.save(path)


def without_override() -> None:
    """Makes the rights of files hold for root too, in a process that is about to be started (as preexec_fn)."""
    if os.geteuid() == 0:
        for capability in (1, 2, 3):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
            if ctypes.CDLL(None, use_errno=True).prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
                os._exit(77)


def run_here(url: str, *arguments: str) -> tuple[int, str, str]:
    """Runs a command line in this process, alone (TIEXI_SOLO=1): exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    before = os.environ.get("TIEXI_SOLO")
    os.environ["TIEXI_SOLO"] = "1"
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run(["--database", url, *arguments])
    finally:
        if before is None:
            del os.environ["TIEXI_SOLO"]
        else:
            os.environ["TIEXI_SOLO"] = before
    return code, out.getvalue(), err.getvalue()
