"""Writing files: forms, data and notes as workbooks, blank workbooks, CSV, each whole or not at all. Imports ledger and
`report.py` only; knows no document.
"""
