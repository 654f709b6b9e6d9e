"""The pages, one module per noun. A page asks for the same rights as its route of the API and calls the same function.

May import every room but the commands; nouns import one another not at all (but for both ways to sign in).
"""

NOUNS = (
    "account",
    "auditing",
    "checks",
    "compare",
    "dashboard",
    "entries",
    "factor",
    "files",
    "find",
    "home",
    "jobs",
    "loans",
    "log",
    "money",
    "notices",
    "objections",
    "papers",
    "problems",
    "reports",
    "runs",
    "sign_in",
    "simulate",
    "steps",
    "unit_sign_in",
    "uploads",
    "users",
)
