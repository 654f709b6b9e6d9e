"""The clock: scheduled jobs, the scheduler that looks at them, the notices that they send.

They call the same functions as the command line, never the other way round. May import reports and ledger, not tiexi.
"""
