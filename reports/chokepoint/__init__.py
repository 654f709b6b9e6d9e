"""The reports of 拨投贷保: `contents.py` declares them; lines, lists, payment plan, register, returns, explanations, lineage
and checks beside it. Imports ledger, lineage/, received/rules and writing/; no other document's folder.
"""
