"""拨投贷保 — 威政办发〔2023〕8号: its law and values, tables, sheets, facts as columns, lines.

May import what any document may: from the ground up to `facts/` and `programmes/`, never another document.
"""
