"""Marks written into a workbook that somebody sent: a ground and a comment for each cell, everything else as it came.

Nothing here rebuilds a workbook: parts that carry no mark stay byte for byte. `reports.received.marked` is the door.
Imports ledger.workbooks and nothing of the other rooms.
"""
