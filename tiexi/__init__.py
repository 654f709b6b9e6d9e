"""The doors: the command line, its manual and its demonstration.

May import every room; nothing imports it.
"""
