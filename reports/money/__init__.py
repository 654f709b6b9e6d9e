"""Where the money of a run is: each office's share of it, what is to be paid, what was, how long it took; the books for others.

May import ledger and what reports/ has beside it; no document's folder.
"""
