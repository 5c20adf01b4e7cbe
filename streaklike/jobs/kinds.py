"""What a job is: a plain function with a name, when the clock starts it, and what happens where it fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from streaklike.instants import HOUR, MINUTE
from streaklike.settings import Settings
from streaklike.stopping import Stop
from streaklike.store.database import Database


class JobFailed(Exception):
    """The work could not be done; the sentence is for the operator. A permanent failure is not tried again."""

    def __init__(self, sentence: str, *, is_permanent: bool = False) -> None:
        super().__init__(sentence)
        self.is_permanent = is_permanent


@dataclass(frozen=True, slots=True)
class Run:
    """What a job's function is given: where, for whom, at which instant, and which slot of the clock it stands for.

    Where `stop` is set, it ends as soon as it can: by raising Stopped, or by leaving its work in order.
    """

    database: Database
    settings: Settings
    subject: str
    now: int
    slot_at: int | None
    stop: Stop = field(default_factory=Stop)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after a failure: `first` milliseconds, twice as long each time, `most` at the utmost."""

    first: int = MINUTE
    most: int = HOUR

    def wait(self, attempts: int, rng: Callable[[], float]) -> int:
        """Milliseconds after the `attempts`-th failure in a row; `rng` gives 0 to 1, so that many do not come at once.

        Between half of the full span and all of it.
        """
        return round(self.longest(attempts) * (0.5 + 0.5 * rng()))

    def longest(self, attempts: int) -> int:
        """The full span after the `attempts`-th failure in a row, in milliseconds."""
        return min(self.most, self.first << min(attempts - 1, 32))


def for_all(_session: Session, _now: int) -> Sequence[str]:
    """The subjects of a job that is about no one thing."""
    return ("",)


@dataclass(frozen=True, slots=True)
class JobType:
    """One entry of the registry.

    `every` is the span between slots in milliseconds, which fall on its multiples since 1970; None where only actions
    enqueue it. `list_subjects` says for what a slot is done, each a job of its own. Of those with one `lock` (`{}` is the
    subject) one runs at a time. `tries` is how often it is begun before it is given up, None without end; a job whose
    worker was killed counts as begun, so that 1 means at most once. A slot missed by more than `grace` is passed by.
    `is_merged`: while one waits, another for the same subject is not wanted. `is_long`: it may take hours, and a worker
    keeps a place free for the others. `is_whole`: a worker that ends waits for it, since cut off it would leave a doubt.
    """

    name: str
    run: Callable[[Run], None]
    every: int | None = None
    list_subjects: Callable[[Session, int], Sequence[str]] = for_all
    lock: str | None = None
    tries: int | None = None
    backoff: Backoff = Backoff()
    grace: int = 10 * MINUTE
    is_merged: bool = True
    is_long: bool = False
    is_whole: bool = False
