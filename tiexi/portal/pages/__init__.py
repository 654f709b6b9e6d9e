"""The pages, one module per noun. A page asks for the same rights as its route of the API and calls the same function.

May import every room but the commands; nouns import one another not at all.
"""

NOUNS = (
    "account",
    "checks",
    "compare",
    "dashboard",
    "factor",
    "files",
    "home",
    "loans",
    "log",
    "money",
    "runs",
    "sign_in",
    "steps",
    "uploads",
    "users",
)
