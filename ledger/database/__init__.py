"""The database itself: opening it, its bulk paths, locks, guards, failures in words, backup.

May import models, settings and what needs no database; knows tables, no rules and no sheet.
"""
