"""Audit: the chain, the rows and the approved runs checked by recomputing them.

May import everything in the books; nothing but commands, jobs and reports imports it.
"""
