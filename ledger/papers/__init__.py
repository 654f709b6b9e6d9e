"""Papers (第十七条): files that institutions send for an event of a loan. Looked at when they come, shown page by page, kept by
their bytes; the day on which they came is what counts.

`media` and `drawing` open a file only through `apart`, in a process of its own. `receiving` puts papers on disk and on record,
`records` reads, `events` says what of an event's papers is there, `changing` files a paper otherwise or withdraws it,
`verifying` holds every file against its hash. May import everything down to uploads; not lifecycle.
"""
