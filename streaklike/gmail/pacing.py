"""Pacing: an exact sliding window over Gmail's quota units, shared by all clients of a mailbox, or of the project."""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from streaklike.stopping import Stop

WINDOW_SECONDS: Final = 60.0
LOWERED_SECONDS: Final = 300.0
"""How long an own ceiling stays lowered after a refusal that our own count did not explain."""

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
"""What a call costs, in quota units, for Google projects made since May 2026."""


class Charge:
    """Units reserved for one request. As a context manager it settles when the answer is in."""

    __slots__ = ("_budget", "_is_open", "units")

    def __init__(self, budget: "UnitBudget", units: int) -> None:
        self._budget = budget
        self._is_open = True
        self.units = units

    def settle(self) -> None:
        """The answer is in: the units leave the window a minute from now."""
        if self._is_open:
            self._is_open = False
            self._budget._settle(self.units)  # noqa: SLF001 - the two are one mechanism

    def cancel(self) -> None:
        """The server did not bill this request: the units are free at once."""
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
    """At most `units_per_minute` units in any 60 s as the server sees it; 0 lifts the limit.

    The server bills a request at some instant between its sending and its answer. So units are reserved before the
    request and leave the window 60 s after the answer: whatever the network's delay, no 60 s of the server's hold
    more. The whole budget may go in one burst. `clock` gives seconds, and `sleep` waits for seconds, by itself or, where
    it is None, on the caller's stop flag.
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
        self._turn = threading.Lock()
        self._settled: deque[tuple[float, int]] = deque()
        self._held = 0
        self._share = 1.0
        self._lowered_at: float | None = None
        self._closed_until: float | None = None

    def acquire(self, units: int, stop: Stop | None = None) -> Charge:
        """Waits until `units` fit into the window, and reserves them. Callers are served one after another.

        Raises ValueError where so many units can never fit, and Stopped where `stop` is set meanwhile.
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
        """The server throttled us. `retry_after` is its own wish, in seconds.

        Somebody else uses the same budget: our own ceiling goes down to four fifths for some minutes, at most once
        a minute, however many requests were refused. Nothing is sent before `retry_after` has passed; a refusal
        without one never pushes a running cool-down out.
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
        """Seconds until the server's own cool-down is over; 0 where there is none."""
        with self._lock:
            return self._cool_down(self._clock())

    @property
    def ceiling(self) -> int:
        """The units a minute that we allow ourselves at this moment; 0 is no limit."""
        with self._lock:
            self._restore(self._clock())
            return int(self.units_per_minute * self._share)

    @property
    def held(self) -> int:
        """The units in the window at this moment, in flight or settled."""
        with self._lock:
            self._expire(self._clock())
            return self._held

    def _reserve(self, units: int) -> float:
        """Reserves and gives 0, or gives the seconds to wait before asking again."""
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
        for expires_at, units in self._settled:
            missing -= units
            if missing <= 0:
                return max(expires_at - now, _LEAST_WAIT_SECONDS)
        return _IN_FLIGHT_POLL_SECONDS

    def _settle(self, units: int) -> None:
        with self._lock:
            if self.units_per_minute:
                self._settled.append((self._clock() + WINDOW_SECONDS, units))
            else:
                self._held -= units

    def _release(self, units: int) -> None:
        with self._lock:
            self._held -= units

    def _expire(self, now: float) -> None:
        while self._settled and self._settled[0][0] <= now:
            self._held -= self._settled.popleft()[1]

    def _restore(self, now: float) -> None:
        if self._lowered_at is not None and now - self._lowered_at >= LOWERED_SECONDS:
            self._share, self._lowered_at = 1.0, None

    def _cool_down(self, now: float) -> float:
        if self._closed_until is None or self._closed_until <= now:
            self._closed_until = None
            return 0.0
        return max(self._closed_until - now, _LEAST_WAIT_SECONDS)


class MailboxBudgets:
    """One budget for each mailbox, the same object each time: a window that is forgotten is a quota overdrawn.

    Keep one of these for as long as the process lives. The arguments are those of UnitBudget.
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
        """The budget of the mailbox with this address."""
        with self._lock:
            key = email.strip().lower()
            if key not in self._budgets:
                self._budgets[key] = UnitBudget(self._units_per_minute, clock=self._clock, sleep=self._sleep)
            return self._budgets[key]
