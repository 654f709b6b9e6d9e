"""Work that is cut into parts: who does a part (`executor`), and where its columns wait until all are there (`spool`).

May import models and database; knows no document: a part is a number, and what is done with it a function.
"""
