"""One enterprise or bank over all years and documents: found by any part of a name, all that is on file, who lost the support.

May import ledger and what reports/ has beside it; no document's folder but through the register.
"""
