"""What there is to report of 样例设备补贴."""

from reports.contents import Contents
from reports.report import Export, Subject, Trial

CONTENTS = Contents(
    trial=Trial(
        "devices",
        "试算",
        True,
        """试算一个年度的样例设备补贴。

        \b
        例：tiexi devices 2023
        """,
    ),
    gives={"device": "设备补贴"},
    given={"device": "设备补贴"},
    line_sheets=("样例设备",),
    exports=(
        Export(
            "device-list",
            "设备补贴明细表",
            """样例设备补贴明细表。

            \b
            例：tiexi export device-list 2023 -o 设备.xlsx
            """,
            "toy.listing:export",
        ),
    ),
    subjects=(
        Subject(
            "device",
            "设备编号",
            "说明一台设备，不写编号",
            "设备",
            "tiexi explain --device SB-001 --year 2023",
            "toy.explain:explain",
            numbered=False,
        ),
    ),
    kinds_named="toy.listing:KINDS",
    lines_named="toy.lines:ALL",
    lineage_named="toy.lineage:LINEAGE",
    totals_named="toy.explain:totals",
)
