"""Papers (第十七条): files that institutions send for an event of a loan, looked at when they come, shown page by page.

`media` and `drawing` open a file only through `apart`, in a process of its own. May import law, models, database, workbooks, facts, seals, accounts; not runs.
"""
