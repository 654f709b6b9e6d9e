"""The one sheet of the document."""

from ledger.workbooks import cells
from ledger.workbooks import standard_columns as columns
from ledger.workbooks.row_checks import not_in_future
from ledger.workbooks.sheet import Column, Sheet
from toy.tables import DeviceFact

DEVICES = Sheet(
    "样例设备",
    "企业购置的设备",
    DeviceFact,
    (
        Column("设备编号", "device_no", "code", cells.read_code, "SB-001", "设备编号（文本）", key=True),
        columns.uscc(),
        columns.day("购置日", "bought_on", "2023-05-08", "发票日期"),
        columns.wan("价款(万元)", "price_fen", 10, "不含税价款"),
    ),
    checks=(not_in_future("bought_on"),),
    refuses=("购置日在今天之后。",),
    amount="price_fen",
)

SHEETS = (DEVICES,)
