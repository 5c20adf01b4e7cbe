"""When time alone changes an answer (R51): every rule notes the instants at which it would say something else."""

NEVER = 1 << 62


class NextChange:
    """Collects instants; `due_at` is the first that lies after `now`, or None."""

    __slots__ = ("_due_at", "now")

    def __init__(self, now: int) -> None:
        self.now = now
        self._due_at = NEVER

    def note(self, instant: int) -> None:
        """From this instant on the answer may be another."""
        if self.now < instant < self._due_at:
            self._due_at = instant

    def has_come(self, instant: int) -> bool:
        """Whether the instant is reached; notes it where it is not."""
        if instant <= self.now:
            return True
        self._due_at = min(self._due_at, instant)
        return False

    @property
    def due_at(self) -> int | None:
        return None if self._due_at == NEVER else self._due_at
