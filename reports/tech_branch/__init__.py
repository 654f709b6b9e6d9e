"""The reports of 科技支行贷款: `contents.py` declares them; lines, annexes, claims, check list, explanations, lineage and
checks beside it. Imports ledger, lineage/, received/rules and writing/; no other document's folder.
"""
