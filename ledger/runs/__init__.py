"""Runs: trials, simulations and the steps of a run's life on record. Works through the register of programmes."""
