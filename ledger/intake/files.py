"""A file that was sent, as a workbook: an .xlsx, or a CSV as the one sheet that it is said to be."""

import re
from pathlib import Path

from sqlalchemy import Connection, select

from ledger import models
from ledger.errors import Refused
from ledger.intake.sheets import BY_NAME
from ledger.workbooks.csv_files import is_csv, read_csv
from ledger.workbooks.workbook import Grid, Workbook, fingerprint, read_workbook

_BETWEEN = re.compile(r"[-－—–_＿\s（）()]+")  # the parts of a file's name


def read_file(path: Path, data: bytes, sheet: str | None = None) -> Workbook:
    """All sheets of a file; sheet: what a CSV is, where its name does not say so. Refused, in one sentence, when it
    cannot be read."""
    if not is_csv(path, data):
        return read_workbook(path, data)
    name = sheet or _sheet_named(path)
    return Workbook(path.name, fingerprint(data), [Grid(name, read_csv(path, data))], name)


def read_again(connection: Connection, path: Path, data: bytes, intake_id: int) -> Workbook:
    """A file that was taken before, as what it was taken."""
    query = select(models.Intake.sheet).where(models.Intake.id == intake_id)
    return read_file(path, data, connection.execute(query).scalar_one())


def name_parts(path: Path) -> list[str]:
    """The words of a file's name, of which one may be that of a sheet."""
    return _BETWEEN.split(path.stem)


def _sheet_named(path: Path) -> str:
    """The sheet in the name of a CSV file, such as 贷款-2023.csv; Refused where it says none or several."""
    found = dict.fromkeys(part for part in name_parts(path) if part in BY_NAME)
    if len(found) == 1:
        return next(iter(found))
    what = f"名称中有 {'、'.join(found)}，不知道是哪一张表" if found else "名称中看不出是哪一张表"
    raise Refused(
        f"{path.name} 是 CSV 文件，{what}；请把文件名改为 贷款-….csv。可用的表：{'、'.join(BY_NAME)}",
        "；也可用 --sheet 指明（如 --sheet 贷款）",
    )
