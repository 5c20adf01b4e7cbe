"""When the passage of time alone changes an evaluation (R51).

Rules record the instants at which their result changes.
"""

NEVER = 1 << 62


class NextChange:
    """Collects instants; `due_at` is the earliest one after `now`, or None."""

    __slots__ = ("_due_at", "now")

    def __init__(self, now: int) -> None:
        self.now = now
        self._due_at = NEVER

    def note(self, instant: int) -> None:
        """Record that the result may change at `instant`."""
        if self.now < instant < self._due_at:
            self._due_at = instant

    def has_come(self, instant: int) -> bool:
        """Return whether `instant` is reached; record it if not."""
        if instant <= self.now:
            return True
        self._due_at = min(self._due_at, instant)
        return False

    @property
    def due_at(self) -> int | None:
        return None if self._due_at == NEVER else self._due_at
