"""A run, whatever its document: its lines, its words, how far it is and what is next, what stopped its lines, two runs compared.

May import ledger and what reports/ has beside it; no document's folder but through the register.
"""
