"""What is counted for whoever watches the machine, as Prometheus reads it. Nothing of what was asked is in it."""

import threading
from collections import Counter

_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Metrics:
    """Answers by method and status, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, int]] = Counter()
        self._within: Counter[float] = Counter()
        self._seconds = 0.0

    def count(self, method: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        with self._lock:
            self._answers[method if method.isalpha() and len(method) < 8 else "OTHER", status] += 1
            self._seconds += seconds
            for bound in _BOUNDS:
                if seconds <= bound:
                    self._within[bound] += 1

    def text(self) -> str:
        """All of it."""
        with self._lock:
            total = sum(self._answers.values())
            lines = ["# HELP tiexi_requests_total Answers by method and status.", "# TYPE tiexi_requests_total counter"]
            lines += [
                f'tiexi_requests_total{{method="{method}",status="{status}"}} {count}'
                for (method, status), count in sorted(self._answers.items())
            ]
            lines += ["# HELP tiexi_request_seconds How long answers took.", "# TYPE tiexi_request_seconds histogram"]
            lines += [f'tiexi_request_seconds_bucket{{le="{bound}"}} {self._within[bound]}' for bound in _BOUNDS]
            lines += [
                f'tiexi_request_seconds_bucket{{le="+Inf"}} {total}',
                f"tiexi_request_seconds_sum {self._seconds:.6f}",
                f"tiexi_request_seconds_count {total}",
            ]
        return "\n".join(lines) + "\n"
