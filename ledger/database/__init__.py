"""The database itself: opening it, its bulk paths, locks, guards, failures in words, backup. Knows tables, no rules."""
