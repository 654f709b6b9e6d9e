"""Warnings (提示): facts that are possible but improbable. Nothing is refused for one, and no amount changes.

`judging` is pure: columns in, hits out. May import everything down to programmes; intake, runs and books ask it, it asks
none of them.
"""
