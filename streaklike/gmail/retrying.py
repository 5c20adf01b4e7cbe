"""Retry policy: exponential backoff with full jitter, limited in attempts and time."""

import random
from dataclasses import dataclass
from typing import Final

from streaklike.gmail.refusals import RefusalKind


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one call is tried. Times are in seconds.

    `total_seconds` covers attempts and the waits between them, but not waiting for quota. Throttling gets
    more attempts, because another client may use the mailbox's quota for a full minute. The n-th wait is
    uniformly distributed between 0 and `first_*_seconds` * 2**(n-1), at most `longest_seconds`.
    """

    attempts: int = 12
    throttled_attempts: int = 40
    total_seconds: float = 150.0
    first_fault_seconds: float = 0.2
    first_throttle_seconds: float = 1.0
    longest_seconds: float = 16.0

    def allows(self, kind: RefusalKind, failures: int) -> bool:
        """Whether another attempt is allowed after `failures` failures."""
        return failures < (self.throttled_attempts if kind is RefusalKind.THROTTLED else self.attempts)

    def wait(self, kind: RefusalKind, failures: int, rng: random.Random) -> float:
        """The seconds to wait after the `failures`-th failure, counted from 1."""
        first = self.first_throttle_seconds if kind is RefusalKind.THROTTLED else self.first_fault_seconds
        return rng.uniform(0.0, min(self.longest_seconds, first * 2.0 ** (failures - 1)))


DEFAULT_POLICY: Final = RetryPolicy()
