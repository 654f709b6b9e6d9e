"""Uploads: files that come through the portal's one door, kept by their bytes, judged in turn, confirmed and taken whole.

`receiving` puts one on disk and on record, `judging` says what is wrong with it, `worker` has that done in turn, in the
process that `apart` keeps (`process`), `deciding` confirms, gives back or takes it down, `records` reads. May import everything down to books and spotcheck; not lifecycle or audit.
"""
