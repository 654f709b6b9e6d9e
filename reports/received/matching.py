"""Which row of theirs is which row of ours, after somebody edited, moved, added or deleted some."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

Fields = tuple[str, ...]
_SEARCHED = 40_000  # pairs of one gap that are compared for likeness; larger gaps are paired in order


def pair(ours: Sequence[Fields], theirs: Sequence[Fields], keys: Iterable[Sequence[int]], alike: int) -> dict[int, int]:
    """Their row -> our row, by places in the two lists.

    Equal rows from both ends first; then rows equal in every field, then in the fields of each key, in turn; what is
    left lies in gaps between rows that kept their order, and is paired there with the likest that has at least
    `alike` filled fields in common.
    """
    found: dict[int, int] = {}
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        found[start] = start
        start += 1
    end = 0
    while end < min(len(ours), len(theirs)) - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
        found[len(theirs) - end] = len(ours) - end
    for fields in [range(len(ours[0]) if ours else 0), *keys]:
        _pair_by_key(ours, theirs, fields, found)
    _pair_in_gaps(ours, theirs, found, alike)
    return found


def _left(count: int, used: Iterable[int]) -> list[int]:
    taken = set(used)
    return [place for place in range(count) if place not in taken]


def _pair_by_key(
    ours: Sequence[Fields], theirs: Sequence[Fields], fields: Sequence[int], found: dict[int, int]
) -> None:
    waiting: dict[Fields, deque[int]] = defaultdict(deque)
    for place in _left(len(ours), found.values()):
        key = tuple(ours[place][field] for field in fields)
        if any(key):
            waiting[key].append(place)
    for place in _left(len(theirs), found):
        same = waiting.get(tuple(theirs[place][field] for field in fields))
        if same:
            found[place] = same.popleft()


def _pair_in_gaps(ours: Sequence[Fields], theirs: Sequence[Fields], found: dict[int, int], alike: int) -> None:
    steady = [(place, found[place]) for place in sorted(set(found) - moved(found))]
    their_steady, our_steady = [place for place, _ in steady], [place for _, place in steady]
    gaps: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place in _left(len(theirs), found):
        gaps[bisect_left(their_steady, place)][0].append(place)
    for place in _left(len(ours), found.values()):
        gaps[bisect_left(our_steady, place)][1].append(place)
    for their_places, our_places in gaps.values():
        near = len(their_places) * len(our_places) <= _SEARCHED
        for place in their_places:
            candidates = our_places if near else our_places[:1]
            best = max(candidates, key=lambda mine: _likeness(ours[mine], theirs[place]), default=None)
            if best is not None and _likeness(ours[best], theirs[place]) >= alike:
                found[place] = best
                our_places.remove(best)


def _likeness(ours: Fields, theirs: Fields) -> int:
    """How many filled fields two rows have in common."""
    return sum(1 for mine, other in zip(ours, theirs, strict=False) if mine and mine == other)


def moved(found: dict[int, int]) -> set[int]:
    """Of paired rows, theirs that left their order: all but a longest run that kept it."""
    tails: list[int] = []  # the smallest last of our places, by length of run
    tail_places: list[int] = []
    before: dict[int, int | None] = {}
    for place in sorted(found):
        mine = found[place]
        length = bisect_left(tails, mine)
        before[place] = tail_places[length - 1] if length else None
        tails[length : length + 1] = [mine]
        tail_places[length : length + 1] = [place]
    kept: set[int] = set()
    step = tail_places[-1] if tail_places else None
    while step is not None:
        kept.add(step)
        step = before[step]
    return set(found) - kept
