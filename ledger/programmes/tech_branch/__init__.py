"""科技支行贷款 — 威财金〔2023〕2号: its law and values, tables, sheets, facts as columns, lines, claims.

May import what any document may: from the ground up to `facts/` and `programmes/`, never another document.
"""
