"""The clock: APScheduler beats, and the process that leads enqueues what is due. It runs no job itself.

Any number of processes may beat on one database. One of them holds the lease and leads; where it is killed, another takes
over when the lease has run out, and goes on from the slots that are owed.

Every slot (a job and a planned instant) is enqueued exactly once: the slot's row moves on, guarded by the instant it was
seen to stand at, in the transaction that enqueues its jobs. A leader killed before its commit has done nothing and its
successor does the slot; killed after it, it has done all. Two that both believe to lead cannot do one slot twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.instants import SECOND, now_instant
from streaklike.jobs.ahead import judge_again, pull_in
from streaklike.jobs.kinds import JobType
from streaklike.jobs.leases import make_holder, release_lease, take_lease
from streaklike.jobs.queue import enqueue
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.job_state import CLOCK
from streaklike.store.models import Slot
from streaklike.store.writing import insert_missing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the clock beats, and how long a leader that is not heard of stays one: both in milliseconds."""

    beat: int = 5 * SECOND
    lease: int = 20 * SECOND


PACE = Pace()


@contextmanager
def running_clock(
    database: Database,
    kinds: Sequence[JobType],
    *,
    pace: Pace = PACE,
    clock: Callable[[], int] = now_instant,
) -> Iterator[None]:
    """Beat while the block runs; at its end the lead is given up, so that another need not wait."""
    holder = make_holder()
    scheduler = BackgroundScheduler(timezone="UTC")
    beat = _Beat(database, kinds, holder, pace, clock)
    scheduler.add_job(beat, "interval", seconds=pace.beat / SECOND, max_instances=1, coalesce=True)
    try:
        beat()
        scheduler.start()
        yield
    finally:
        if scheduler.running:
            scheduler.shutdown(wait=True)
        with database.begin() as session:
            release_lease(session, CLOCK, holder)


@dataclass(frozen=True, slots=True)
class _Beat:
    database: Database
    kinds: Sequence[JobType]
    holder: str
    pace: Pace
    clock: Callable[[], int]

    def __call__(self) -> None:
        try:
            tick(self.database, self.kinds, self.holder, now=self.clock(), lease=self.pace.lease)
        except DatabaseUnavailable as error:
            log.warning("The clock could not beat; it tries again. %s", error)
        except Exception:
            log.exception("The clock could not beat; it tries again.")


def tick(
    database: Database, kinds: Sequence[JobType], holder: str, *, now: int, lease: int = PACE.lease
) -> int:
    """Take or keep the lead, and enqueue every slot that has come; how many that were, 0 for one that does not lead.

    A job whose subjects cannot be listed fails alone, and its slot stays owed.
    """
    with database.begin() as session:
        for ahead in pull_in(session, kinds, now=now):
            log.warning("%s", ahead.sentence())
        if not take_lease(session, CLOCK, holder, now=now, span=lease):
            return 0
        owed = dict(session.execute(select(Slot.job, Slot.next_at)).all())
    done = 0
    for kind in kinds:
        if kind.every is not None and owed.get(kind.name, now) <= now:
            try:
                with database.begin() as session:
                    done += enqueue_slots(session, kind, kind.every, now=now)
            except DatabaseUnavailable as error:
                log.warning("The slots of %s could not be enqueued. %s", kind.name, error)
            except Exception:
                log.exception("The slots of %s could not be enqueued.", kind.name)
    if done:
        with database.begin() as session:
            judge_again(session, now=now)
    return done


def enqueue_slots(session: Session, kind: JobType, every: int, *, now: int) -> int:
    """Enqueue the slots of one job that are owed, each once whoever else tries; how many that were.

    A job that the clock has never met begins with the slot last past.
    """
    insert_missing(session, Slot, [{"job": kind.name, "next_at": now // every * every}])
    next_at = session.scalars(select(Slot.next_at).where(Slot.job == kind.name)).one()
    planned = plan_slots(next_at, every, grace=kind.grace, now=now)
    if not planned:
        return 0
    moved = update(Slot).where(Slot.job == kind.name, Slot.next_at == next_at)
    if not session.execute(moved.values(next_at=planned[-1] + every)).rowcount:  # type: ignore[attr-defined]
        return 0
    for subject in kind.list_subjects(session, now):
        for slot_at in planned[-1:] if kind.is_merged else planned:
            enqueue(session, kind, subject, now=now, slot_at=slot_at)
    return len(planned)


def plan_slots(next_at: int, every: int, *, grace: int, now: int) -> range:
    """The instants owed from `next_at` to `now`: multiples of `every`, none missed by more than `grace` but the last.

    Of a job whose `every` was changed, the instants between are passed by.
    """
    last = now // every * every
    first = max(next_at, min(last, now - grace))
    return range(-(-first // every) * every, now + 1, every)
