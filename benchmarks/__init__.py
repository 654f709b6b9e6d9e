"""Speed as ratios: the product beside a peer that does the same work, in the same run. `python -m benchmarks --help`.

May import every room and the peers; no room imports it.
"""
