"""The books: double entry, and the sheets of payments that become entries. Works through the register of programmes."""
