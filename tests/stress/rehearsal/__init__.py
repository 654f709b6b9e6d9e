"""A rehearsal of two years: people at a real portal, each a thread with a token, who also do what they should not.

Eleven roles, three banks, two counties. What each sends and decides follows from a seed; the order in which threads come is
the machine's. The portal is killed now and then, answers are lost, files are spoiled or sent twice, people ask for what is not
theirs. At the end the books, the audit, every list over HTTP and the reference computation must agree to the fen.

    python -m tests.stress rehearsal --seed 7 --loans 400
"""
