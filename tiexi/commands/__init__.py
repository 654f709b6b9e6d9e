"""The commands, one module per group. A command parses its options, opens the database, calls one function and prints."""
