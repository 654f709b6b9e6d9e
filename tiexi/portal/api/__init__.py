"""The API's routes, one module per noun. Each names its action of the one table of rights, which gives method and path.

May import every room but the commands; nouns import one another not at all.
"""

NOUNS = (
    "charts",
    "checking",
    "due",
    "entries",
    "jobs",
    "log",
    "me",
    "papers",
    "parties",
    "runs",
    "simulate",
    "steps",
    "tokens",
    "uploads",
    "users",
    "years",
)
