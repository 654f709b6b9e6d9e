"""Facts on file as of a date, as columns; what must hold between them; files that came before.

May import models, database and workbooks; knows no document and takes nothing in.
"""
