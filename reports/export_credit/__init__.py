"""The reports of 出口信保: `contents.py` declares them; lines, workbook, lists, explanations, lineage, checks and totals beside
it. Imports ledger, lineage/, run_lines and writing/; no other document's folder.
"""
