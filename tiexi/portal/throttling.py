"""How often somebody may ask: so many times in any minute, held in the memory of the one process that serves."""

import math
import time
from collections import defaultdict, deque
from threading import Lock

_MINUTE = 60.0
_MANY = 10_000  # askers that are remembered before those that are silent are forgotten


class Throttle:
    """Counts requests by whom they come from."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def wait(self, who: str) -> int:
        """Counts one request; 0 where it is within the limit, else the seconds to wait."""
        now = time.monotonic()
        with self._lock:
            times = self._times[who]
            while times and times[0] <= now - _MINUTE:
                times.popleft()
            if len(times) >= self._limit:
                return max(1, math.ceil(times[0] + _MINUTE - now))
            times.append(now)
            if len(self._times) > _MANY:
                self._forget(now)
        return 0

    def _forget(self, now: float) -> None:
        for who in [who for who, times in self._times.items() if not times or times[-1] <= now - _MINUTE]:
            del self._times[who]
