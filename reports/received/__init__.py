"""Workbooks that come back: read, recognised, compared with a fresh export, checked on their own, marked. Imports ledger,
the register and writing/; names no document.
"""
