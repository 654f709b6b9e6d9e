"""The shapes of what the API answers: openapi.json describes every route by them.

They describe and change nothing: what is answered is made by the ledger and the reports, as for `--json`. Lines and totals
are described from the very tables and types of their documents. May import ledger and reports.
"""
