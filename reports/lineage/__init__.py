"""Where a figure came from and where a row went: what explanations and `trace` share, by the rules that each document
gives. Imports ledger, the register and writing/; names no document.
"""
