"""Quota pacing: an exact sliding window over Gmail's quota units, shared by all clients of a mailbox or
project.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from streaklike.stopping import Stop

WINDOW_SECONDS: Final = 60.0
LOWERED_SECONDS: Final = 300.0
"""How long our ceiling stays lowered after a throttled request that our own count does not explain."""

_IN_FLIGHT_POLL_SECONDS: Final = 0.02
_LEAST_WAIT_SECONDS: Final = 0.001
_LEAST_SHARE: Final = 0.2

COSTS: Final = {
    "messages.get": 20,
    "threads.get": 40,
    "threads.list": 10,
    "messages.list": 5,
    "history.list": 2,
    "getProfile": 1,
    "labels.list": 1,
    "labels.get": 1,
    "messages.send": 100,
    "watch": 100,
}
"""Quota units per API call, for Google projects created since May 2026."""


class Charge:
    """Units reserved for one request. As a context manager, settled when the response has arrived."""

    __slots__ = ("_budget", "_is_open", "units")

    def __init__(self, budget: "UnitBudget", units: int) -> None:
        self._budget = budget
        self._is_open = True
        self.units = units

    def settle(self) -> None:
        """The response has arrived: the units leave the window in one minute."""
        if self._is_open:
            self._is_open = False
            self._budget._settle(self.units)  # noqa: SLF001 - the two are one mechanism

    def cancel(self) -> None:
        """The server did not bill this request: free the units at once."""
        if self._is_open:
            self._is_open = False
            self._budget._release(self.units)  # noqa: SLF001 - the two are one mechanism

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()


class UnitBudget:
    """Limits usage to `units_per_minute` units in any 60 s as measured by the server; 0 means no limit.

    The server bills a request at some time between sending and response. Units are therefore reserved before
    the request and leave the window 60 s after the response, so that no 60 s on the server exceed the limit
    whatever the network delay. The whole budget may be used in one burst. `clock` returns seconds; `sleep`
    waits for seconds, or is None to wait on the caller's stop flag.
    """

    def __init__(
        self,
        units_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        if units_per_minute < 0:
            raise ValueError("A budget of units is 0 (no limit) or more.")
        self.units_per_minute = units_per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        # A second lock held while waiting makes callers queue, without blocking settle() and cancel().
        self._turn = threading.Lock()
        self._resolved: deque[tuple[float, int]] = deque()
        self._held = 0
        self._share = 1.0
        self._lowered_at: float | None = None
        self._closed_until: float | None = None

    def acquire(self, units: int, stop: Stop | None = None) -> Charge:
        """Wait until `units` fit into the window and reserve them. Callers are served one at a time.

        Raises ValueError if they can never fit, and Stopped if `stop` is set while waiting.
        """
        stop = stop or Stop()
        if 0 < self.units_per_minute < units:
            raise ValueError(
                f"A call of {units} units can never fit into {self.units_per_minute} units a minute: raise the limit."
            )
        with self._turn:
            stop.check()
            while wait := self._reserve(units):
                (self._sleep or stop.sleep)(wait)
        return Charge(self, units)

    def refused(self, retry_after: float | None = None) -> None:
        """Register that the server throttled us. `retry_after` is the pause it asked for, in seconds.

        Somebody else uses the same quota, so our ceiling is reduced to four fifths for some minutes, at most
        once a minute however many requests were refused. Nothing is sent before `retry_after` has passed; a
        refusal without it does not extend a running cool-down.
        """
        with self._lock:
            now = self._clock()
            if retry_after is not None:
                self._closed_until = max(self._closed_until or now, now + retry_after)
            self._restore(now)
            if self._lowered_at is None or now - self._lowered_at >= WINDOW_SECONDS:
                self._share = max(_LEAST_SHARE, self._share * 0.8)
                self._lowered_at = now

    def closed_for(self) -> float:
        """Seconds until the server's cool-down ends; 0 if there is none."""
        with self._lock:
            return self._cool_down(self._clock())

    @property
    def ceiling(self) -> int:
        """The units per minute that we currently allow ourselves; 0 means no limit."""
        with self._lock:
            self._restore(self._clock())
            return int(self.units_per_minute * self._share)

    @property
    def held(self) -> int:
        """The units currently in the window, in flight or settled."""
        with self._lock:
            self._expire(self._clock())
            return self._held

    def _reserve(self, units: int) -> float:
        """Reserve the units and return 0, or return the seconds to wait before trying again."""
        with self._lock:
            now = self._clock()
            if (closed := self._cool_down(now)) > 0:
                return closed
            if self.units_per_minute:
                self._expire(now)
                self._restore(now)
                room = max(units, int(self.units_per_minute * self._share)) - self._held
                if room < units:
                    return self._wait_for(units - room, now)
            self._held += units
            return 0.0

    def _wait_for(self, missing: int, now: float) -> float:
        for expires_at, units in self._resolved:
            missing -= units
            if missing <= 0:
                return max(expires_at - now, _LEAST_WAIT_SECONDS)
        return _IN_FLIGHT_POLL_SECONDS

    def _settle(self, units: int) -> None:
        with self._lock:
            if self.units_per_minute:
                self._resolved.append((self._clock() + WINDOW_SECONDS, units))
            else:
                self._held -= units

    def _release(self, units: int) -> None:
        with self._lock:
            self._held -= units

    def _expire(self, now: float) -> None:
        while self._resolved and self._resolved[0][0] <= now:
            self._held -= self._resolved.popleft()[1]

    def _restore(self, now: float) -> None:
        if self._lowered_at is not None and now - self._lowered_at >= LOWERED_SECONDS:
            self._share, self._lowered_at = 1.0, None

    def _cool_down(self, now: float) -> float:
        if self._closed_until is None or self._closed_until <= now:
            self._closed_until = None
            return 0.0
        return max(self._closed_until - now, _LEAST_WAIT_SECONDS)


class MailboxBudgets:
    """One budget per mailbox. Returns the same object each time, as a lost window would overdraw the quota.

    Keep one instance for the life of the process. The arguments are those of UnitBudget.
    """

    def __init__(
        self,
        units_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._units_per_minute = units_per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._budgets: dict[str, UnitBudget] = {}

    def of(self, email: str) -> UnitBudget:
        """Return the budget of the mailbox with this address."""
        with self._lock:
            key = email.strip().lower()
            if key not in self._budgets:
                self._budgets[key] = UnitBudget(self._units_per_minute, clock=self._clock, sleep=self._sleep)
            return self._budgets[key]
