"""出口信保 — 威商务发〔2023〕1号 第11条: its law and values, tables, sheets, facts as columns, lines.

May import what any document may: from the ground up to `facts/` and `programmes/`, never another document.
"""
