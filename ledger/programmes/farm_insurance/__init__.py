"""特色农产品保险奖补 — 威财金〔2023〕11号: its law and values, tables, sheets, facts as columns, lines.

May import what any document may: from the ground up to `facts/` and `programmes/`, never another document.
"""
