"""The queue: a table of jobs that any number of worker processes, on any number of machines, take from.

A job is claimed by a guarded update, and the database itself refuses a second running job of one lock. On PostgreSQL
claims pass over rows that another is claiming (SKIP LOCKED); SQLite has one writer at a time. Nothing here commits.

"Once" means: a job is enqueued once, and at most one worker holds it. A worker that is killed in the middle loses its
hold when its lease runs out, and the job is begun again: at least once, which suits work that may be repeated, such as a
sync. A job of `tries=1` is begun at most once. What must be neither lost nor doubled, such as a mail, claims and records
each piece by itself.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from streaklike.instants import DAY
from streaklike.jobs.kinds import JobType
from streaklike.store.models import Job
from streaklike.store.writing import insert_missing

KEEP_DONE = DAY
KEEP_FAILED = 14 * DAY
KILLED = "Its worker ended in the middle."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that a worker holds: its `attempts`-th beginning in a row."""

    id: int
    kind: JobType
    subject: str
    slot_at: int | None
    attempts: int


def enqueue(
    session: Session, kind: JobType, subject: str = "", *, now: int, slot_at: int | None = None
) -> None:
    """Ask for a job, in the transaction of the action that wants it.

    Where one waits already and the kind merges, there is no second; a action brings the waiting one forward to now, and so
    past any backoff, a slot of the clock does not.
    """
    merge_key = f"{kind.name}:{subject}" if kind.is_merged else None
    if merge_key and slot_at is None:
        waiting = update(Job).where(Job.merge_key == merge_key, Job.state == "waiting", Job.due_at > now)
        session.execute(waiting.values(due_at=now, slot_at=None))
    row = {
        "name": kind.name,
        "subject": subject,
        "lock": kind.lock and kind.lock.format(subject),
        "merge_key": merge_key,
        "state": "waiting",
        "slot_at": slot_at,
        "enqueued_at": now,
        "due_at": now,
        "attempts": 0,
    }
    insert_missing(session, Job, [row])


def find_due(session: Session, names: Collection[str], *, now: int) -> int | None:
    """The id of the job to begin next: due, of one of these kinds, its lock free; None where there is none."""
    return session.scalar(_select_due(names, now))


def claim(
    session: Session, kinds: Mapping[str, JobType], worker: str, *, now: int, span: int
) -> Claimed | None:
    """Take the job that is due first, for `span` milliseconds; None where there is none.

    Raises IntegrityError where another took a job of the same lock in this very moment: roll back and ask again.
    """
    job_id = session.scalar(_select_due(kinds, now).with_for_update(skip_locked=True))
    return _take(session, kinds, job_id, worker, now=now, span=span) if job_id is not None else None


def claim_by_hand(
    session: Session, kind: JobType, subject: str, worker: str, *, now: int, span: int
) -> Claimed | None:
    """Take the job of this kind and subject by a person's own word, whether one waits or not, past any backoff.

    None, with nothing changed, where one of its lock runs. What a killed worker held is put back first. Raises
    IntegrityError as `claim` does.
    """
    lock = kind.lock and kind.lock.format(subject)
    for job in _list_locked(session, and_(find_stalled(now), Job.lock == lock)):
        _put_back(session, job, KILLED, due_at=now, now=now)
    if session.scalar(select(exists().where(Job.lock == lock, Job.state == "running"))):
        return None
    enqueue(session, kind, subject, now=now)
    mine = select(Job.id).where(Job.name == kind.name, Job.subject == subject, Job.state == "waiting")
    job_id = session.scalar(mine.limit(1).with_for_update(skip_locked=True))
    return _take(session, {kind.name: kind}, job_id, worker, now=now, span=span) if job_id else None


def _take(
    session: Session, kinds: Mapping[str, JobType], job_id: int, worker: str, *, now: int, span: int
) -> Claimed | None:
    values = {
        Job.state: "running",
        Job.worker: worker,
        Job.lease_until: now + span,
        Job.started_at: now,
        Job.ended_at: None,
        Job.attempts: Job.attempts + 1,
    }
    taken = update(Job).where(Job.id == job_id, Job.state == "waiting").values(values)
    row = session.execute(taken.returning(Job.name, Job.subject, Job.slot_at, Job.attempts)).one_or_none()
    return Claimed(job_id, kinds[row.name], row.subject, row.slot_at, row.attempts) if row else None


def _select_due(names: Collection[str], now: int) -> Select[int]:
    running = aliased(Job)
    is_locked = exists().where(running.lock == Job.lock, running.state == "running")
    due = and_(Job.state == "waiting", Job.due_at <= now, Job.name.in_(names), ~is_locked)
    return select(Job.id).where(due).order_by(Job.due_at, Job.id).limit(1)


def renew(session: Session, worker: str, ids: Collection[int], *, now: int, span: int) -> int:
    """Hold these jobs for another `span`; how many of them are still this worker's."""
    held = update(Job).where(Job.id.in_(ids), _is_held(worker)).values(lease_until=now + span)
    return session.execute(held).rowcount  # type: ignore[attr-defined, no-any-return]


def finish(session: Session, worker: str, job: Claimed, *, now: int) -> None:
    """The job is done; nothing happens where another has taken it over."""
    done = {"state": "done", "ended_at": now, "attempts": 0, "error": None, "lease_until": None}
    session.execute(update(Job).where(Job.id == job.id, _is_held(worker)).values(done))


def fail(
    session: Session,
    worker: str,
    job: Claimed,
    error: str,
    *,
    is_permanent: bool,
    now: int,
    rng: Callable[[], float],
) -> int | None:
    """The job failed: the instant of its next try, None where it is given up or another has taken it over."""
    held = session.scalar(select(Job).where(Job.id == job.id, _is_held(worker)).with_for_update())
    if held is None:
        return None
    is_over = is_permanent or (job.kind.tries is not None and job.attempts >= job.kind.tries)
    due_at = None if is_over else now + job.kind.backoff.wait(job.attempts, rng)
    _put_back(session, held, error, due_at=due_at, now=now)
    return due_at


def release(session: Session, worker: str, *, now: int) -> int:
    """Let go of all that this worker holds, as if not begun: it ends in order. How many jobs that were."""
    jobs = _list_locked(session, _is_held(worker))
    for job in jobs:
        job.attempts -= 1
        _put_back(session, job, job.error, due_at=now, now=now)
    return len(jobs)


def sweep(session: Session, kinds: Mapping[str, JobType], *, now: int, but: Collection[int] = ()) -> int:
    """Put back the jobs of killed workers, all but those of the ids `but`, which run here; how many that were.

    One that was begun as often as its kind allows is given up.
    """
    jobs = _list_locked(session, and_(find_stalled(now), Job.id.not_in(but)))
    for job in jobs:
        kind = kinds.get(job.name)
        is_over = kind is not None and kind.tries is not None and job.attempts >= kind.tries
        _put_back(session, job, KILLED, due_at=None if is_over else now, now=now)
    return len(jobs)


def find_stalled(now: int) -> ColumnElement[bool]:
    """Running jobs whose worker has not been heard of for the span of its hold."""
    return and_(Job.state == "running", Job.lease_until < now)


def _list_locked(session: Session, which: ColumnElement[bool]) -> Sequence[Job]:
    return session.scalars(select(Job).where(which).with_for_update(skip_locked=True)).all()


def _put_back(session: Session, job: Job, error: str | None, *, due_at: int | None, now: int) -> None:
    """A running job waits again from `due_at`, or has failed for good. What waits already by a action goes before it."""
    job.ended_at, job.error, job.lease_until = now, error, None
    if due_at is not None and job.merge_key is not None:
        twin = and_(Job.merge_key == job.merge_key, Job.state == "waiting")
        session.execute(delete(Job).where(twin, Job.slot_at.is_not(None)))
        by_action = update(Job).where(twin).values(attempts=job.attempts, error=error)
        if session.execute(by_action).rowcount:  # type: ignore[attr-defined]
            due_at = None
    job.state = "failed" if due_at is None else "waiting"
    job.due_at = job.due_at if due_at is None else due_at
    session.flush()


def forget_old(session: Session, *, now: int) -> int:
    """Delete what was done more than a day ago, and what failed more than 14 days ago; how many jobs that were."""
    old = or_(
        and_(Job.state == "done", Job.ended_at < now - KEEP_DONE),
        and_(Job.state == "failed", Job.ended_at < now - KEEP_FAILED),
    )
    return session.execute(delete(Job).where(old)).rowcount  # type: ignore[attr-defined, no-any-return]


def _is_held(worker: str) -> ColumnElement[bool]:
    return and_(Job.state == "running", Job.worker == worker)
