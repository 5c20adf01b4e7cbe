"""When to try again: full jitter, capped in attempts and in time."""

import random
from dataclasses import dataclass
from typing import Final

from streaklike.gmail.refusals import RefusalKind


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one call is tried. Times are in seconds.

    `total_seconds` counts the attempts and the waits between them, not the waiting for room in a budget.
    A throttle is given more attempts: another client may hold the mailbox's budget for a whole minute.
    The n-th wait is drawn evenly from nothing to `first_*_seconds` doubled n times, at most `longest_seconds`.
    """

    attempts: int = 12
    throttled_attempts: int = 40
    total_seconds: float = 150.0
    first_fault_seconds: float = 0.2
    first_throttle_seconds: float = 1.0
    longest_seconds: float = 16.0

    def allows(self, kind: RefusalKind, failures: int) -> bool:
        """Whether there is another attempt after so many failures."""
        return failures < (self.throttled_attempts if kind is RefusalKind.THROTTLED else self.attempts)

    def wait(self, kind: RefusalKind, failures: int, rng: random.Random) -> float:
        """The seconds to wait after the `failures`-th failure, counted from 1."""
        first = self.first_throttle_seconds if kind is RefusalKind.THROTTLED else self.first_fault_seconds
        return rng.uniform(0.0, min(self.longest_seconds, first * 2.0 ** (failures - 1)))


DEFAULT_POLICY: Final = RetryPolicy()
