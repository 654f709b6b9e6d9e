"""Paper out and paper back in. Each document has a folder that declares and makes its reports; `programmes.py` is the
register that everything else reads, `report.py` says what a report is. Imports `ledger/`, never `jobs/` or `tiexi/`; only
the register names a document.
"""
