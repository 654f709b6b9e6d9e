"""The times that files are stamped with, stopped: so that what is written twice is the same to the byte."""

import time
import zipfile
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import openpyxl.packaging.core
import openpyxl.writer.excel
import pytest
import xlsxwriter.core


def stop_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has workbooks written at one time."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2026, 11, 2, tzinfo=tz)

    for module in (openpyxl.writer.excel, openpyxl.packaging.core):
        monkeypatch.setattr(module, "datetime", SimpleNamespace(datetime=Stopped, timezone=timezone))
    monkeypatch.setattr(xlsxwriter.core, "datetime", Stopped)
    monkeypatch.setattr(
        zipfile, "time", SimpleNamespace(time=time.time, localtime=lambda _: time.gmtime(1_800_000_000))
    )
