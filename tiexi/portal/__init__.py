"""The portal: pages and the HTTP API. A route parses, asks for rights, calls one function of ledger/ or reports/ and shows
the result, as a command does; nothing is decided here.

May import every room but the commands. Needs the extra libraries of `tiexi[portal]`; no command but `serve` loads it.
"""
