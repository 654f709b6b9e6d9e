"""What a person sees on the terminal: Chinese help and errors, tables, options that several commands share.

May import ledger and reports; no command, so that every command may import it.
"""
