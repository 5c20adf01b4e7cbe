"""State of the scheduler and the job queue, for `status`, /metrics and health (Q11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE
from streaklike.store.models import Job, Lease, Slot

CLOCK = "clock"
"""Name of the lease held by the leading scheduler."""


DEAD_AFTER = MINUTE
"""How long after its lease expired the scheduler counts as dead: another may just be taking over."""


LONGEST_LEASE = 5 * MINUTE
"""No lease is taken for longer. One that expires later was taken by a clock that was ahead."""


STUCK_AFTER = 2 * MINUTE
"""How long a due job may wait while no worker is running one."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job for a subject: its next start, consecutive failures and last result.

    `next_at` is None if neither a retry nor a slot is planned, `ended_at` if no finished run is kept.
    """

    name: str
    subject: str
    is_running: bool
    next_at: int | None
    failures: int
    ended_at: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class JobState:
    """The scheduler's leader and the queue. `lag` is the wait of the oldest due job, in milliseconds.

    `clock` is `led`; `dead` if the leader was killed and nobody took over; `none` if none is meant to run.
    `leader` is the current or last leading process, `standstill` the result of `find_standstill`. `waiting`
    counts due jobs, `put_off` those delayed after a failure, `given_up` those that failed permanently.
    """

    clock: str
    standstill: str | None
    leader: str | None
    leads_since: int | None
    waiting: int
    put_off: int
    running: int
    given_up: int
    lag: int
    lines: Sequence[JobLine]


def read_clock(session: Session, *, now: int) -> str:
    """Return whether a scheduler runs: led, dead or none (see JobState)."""
    lease = session.get(Lease, CLOCK)
    if lease is None:
        return "none"
    return "led" if now - DEAD_AFTER < lease.until <= now + LONGEST_LEASE else "dead"


def find_standstill(session: Session, *, now: int) -> str | None:
    """Return what keeps jobs from running: `clock` if the scheduler was killed, `worker` if nobody runs its
    jobs.

    None if nothing does, or if no scheduler is meant to run.
    """
    clock = read_clock(session, now=now)
    if clock != "led":
        return "clock" if clock == "dead" else None
    is_overdue = and_(Job.state == "waiting", Job.due_at < now - STUCK_AFTER)
    is_at_work = and_(Job.state == "running", Job.lease_until >= now)
    return "worker" if _count(session, is_overdue) and not _count(session, is_at_work) else None


def measure_jobs(session: Session, *, now: int) -> JobState:
    """Return the state of the scheduler and the jobs at `now`, with lines ordered by name and subject."""
    lease = session.get(Lease, CLOCK)
    is_due = and_(Job.state == "waiting", Job.due_at <= now)
    first_due = session.scalar(select(func.min(Job.due_at)).where(is_due))
    return JobState(
        clock=read_clock(session, now=now),
        standstill=find_standstill(session, now=now),
        leader=lease.holder if lease else None,
        leads_since=lease.taken_at if lease else None,
        waiting=_count(session, is_due),
        put_off=_count(session, and_(Job.state == "waiting", Job.due_at > now)),
        running=_count(session, Job.state == "running"),
        given_up=_count(session, Job.state == "failed"),
        lag=0 if first_due is None else now - first_due,
        lines=_list_lines(session),
    )


def _count(session: Session, which: ColumnElement[bool]) -> int:
    return session.scalars(select(func.count()).select_from(Job).where(which)).one()


def _list_lines(session: Session) -> list[JobLine]:
    slots = dict(session.execute(select(Slot.job, Slot.next_at)).all())
    latest: dict[tuple[str, str], Job] = {}
    now_open: dict[tuple[str, str], Job] = {}
    newest = select(func.max(Job.id)).where(Job.state.in_(("done", "failed"))).group_by(Job.name, Job.subject)
    is_open = Job.state.in_(("waiting", "running"))
    for job in session.scalars(select(Job).where(is_open | Job.id.in_(newest)).order_by(Job.id)):
        held = now_open if job.state in ("waiting", "running") else latest
        if held is latest or (job.name, job.subject) not in held or job.state == "running":
            held[job.name, job.subject] = job
    return [
        _build_line(key, now_open.get(key), latest.get(key), slots.get(key[0]))
        for key in sorted(now_open.keys() | latest.keys())
    ]


def _build_line(key: tuple[str, str], opened: Job | None, last: Job | None, slot_at: int | None) -> JobLine:
    is_waiting = opened is not None and opened.state == "waiting"
    shown = opened if opened is not None and opened.error is not None else last
    return JobLine(
        name=key[0],
        subject=key[1],
        is_running=opened is not None and opened.state == "running",
        next_at=opened.due_at if opened is not None and is_waiting else slot_at,
        failures=_failures(opened, last),
        ended_at=shown.ended_at if shown else None,
        error=shown.error if shown else None,
    )


def _failures(opened: Job | None, last: Job | None) -> int:
    """Consecutive failures. A failed job counts until one of the same name and subject succeeds."""
    if opened is not None and (opened.error is not None or opened.state == "running"):
        return opened.attempts - (opened.state == "running")
    return last.attempts if last is not None and last.state == "failed" else 0
