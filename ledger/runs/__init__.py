"""Runs: trials, simulations, comparisons, and the steps of a run's life on record.

May import everything down to seals, and documents through their register; judges nothing itself.
"""
