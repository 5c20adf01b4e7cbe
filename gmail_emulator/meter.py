"""Quota units as Google meters them: a sliding window of 60 seconds."""

import threading
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class Meter:
    """Counts units, and refuses what would exceed `limit` in the last 60 s; a limit of 0 refuses nothing."""

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.limit = limit
        self.units_spent = 0
        self.peak = 0
        self._clock = clock
        self._window: deque[tuple[float, int]] = deque()
        self._in_window = 0
        self._lock = threading.Lock()

    def has_room(self, units: int) -> bool:
        """Whether `units` may be charged now."""
        with self._lock:
            self._expire()
            return not self.limit or self._in_window + units <= self.limit

    def charge(self, units: int) -> None:
        """Bills the units, whether there is room or not."""
        with self._lock:
            self._expire()
            self._window.append((self._clock(), units))
            self._in_window += units
            self.units_spent += units
            self.peak = max(self.peak, self._in_window)

    def _expire(self) -> None:
        oldest = self._clock() - WINDOW_SECONDS
        while self._window and self._window[0][0] <= oldest:
            self._in_window -= self._window.popleft()[1]
