"""What waits for somebody: tasks with the nearest deadline first, papers that are due, and what changed since last time.

Says nothing of its own: it asks runs, files, accounts and money what they say of themselves. May import all of reports but a
document's folder.
"""
