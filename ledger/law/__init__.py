"""The law: what a document, a condition, a turn and a reading are. Columns in, columns out.

May import money, workdays and other modules that know no database; never models, database or a document's folder.
"""
