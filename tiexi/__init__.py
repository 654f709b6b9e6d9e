"""The doors: the command line. A command parses its options, opens a session, calls one function and prints."""
