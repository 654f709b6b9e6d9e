"""Seals: what a link of the chain holds, adding one, and what may be new under it.

May import models, database and facts; knows no document and no step.
"""
