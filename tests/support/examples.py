"""How many random worlds a property test tries: a part in every run, all of them in `make test-all`."""

WHOLE = [False]  # whether this run is a whole one, said once before anything is collected


def some(count: int) -> int:
    """Half of them, the same ones each time nobody asks for all."""
    return count if WHOLE[0] else (count + 1) // 2
