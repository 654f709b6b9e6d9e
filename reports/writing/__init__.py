"""Writing files: forms, blank workbooks, text files, each whole or not at all. Knows no document."""
