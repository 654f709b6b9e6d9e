"""Reading any workbook that somebody sent: packages, cells, sheets, rows, findings.

May import what needs no database; knows neither the database nor a sheet's meaning, so reports use it too.
"""
