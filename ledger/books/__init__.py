"""The books: double entry, and the sheets of payments that become entries. Documents are read through their register.

May import everything down to runs, not the steps of a run's life, the audit, or a document's folder.
"""
