"""Accounts: who may do what and sees what, how it is proved, and what was done by whom.

A role says what may be done (`rights`), a scope what is seen of it (`scope`). May import models, database, facts and seals.
"""
