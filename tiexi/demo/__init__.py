"""The sample behind `tiexi demo`: an invented city, and the workbooks that its people would send in.

May import every room; may name documents, for it plays a city that applies them.
"""
