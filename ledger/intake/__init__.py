"""Intake: workbooks in, facts on file. The sheets are declared once, in `sheets`; import, template and manual read that.

May import everything down to programmes (through their register); not seals, runs or books, but for what a withdrawal asks.
"""
