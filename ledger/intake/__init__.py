"""Intake: workbooks in, facts on file. The sheets are declared once, in `sheets`; everything else reads that."""
