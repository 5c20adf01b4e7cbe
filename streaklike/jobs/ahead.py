"""Instants that a clock which was ahead left behind: found, said, and pulled in.

Whatever is due later than its own interval allows was planned while this machine's clock (or another's on the same database)
stood in the future. Nothing would happen until that future comes: 399 days of no polling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE, SECOND, format_instant
from streaklike.jobs.kinds import Backoff, JobType
from streaklike.store.job_state import LONGEST_LEASE
from streaklike.store.models import ContactStatus, Job, Lease, Slot

SLACK: Final = MINUTE
"""So far may the clocks of several machines differ without anything being pulled in."""

HOLD: Final = 30 * SECOND
"""So long a hold or a lease that is pulled in still stands: whoever lives renews it before that."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """An instant beyond what is possible: of which thing (lease, slot, job or hold), its name, and when."""

    thing: str
    name: str
    at: int

    def sentence(self) -> str:
        """For the log, for `status`, and kept with the job."""
        return (
            f"{self.name} was planned for {format_instant(self.at)}, later than it can be: a machine's clock was ahead. "
            "It is pulled in by the clock's next beat."
        )


def find_ahead(session: Session, kinds: Sequence[JobType], *, now: int) -> list[Ahead]:
    """What stands later than its interval allows at `now`, in a fixed order."""
    leases = select(Lease.name, Lease.until).where(Lease.until > now + LONGEST_LEASE).order_by(Lease.name)
    found = [Ahead("lease", f"The lead of the {name}", at) for name, at in session.execute(leases)]
    spans = {kind.name: kind.every for kind in kinds if kind.every is not None}
    slots = session.execute(select(Slot.job, Slot.next_at).order_by(Slot.job)).all()
    found += [
        Ahead("slot", name, at) for name, at in slots if name in spans and at > now + spans[name] + SLACK
    ]
    for job in _list_jobs(session, kinds, now=now):
        is_held = job.state == "running"
        name = f"{'The hold on ' if is_held else ''}{job.name} {job.subject}".rstrip()
        found.append(
            Ahead("hold" if is_held else "job", name, (job.lease_until or 0) if is_held else job.due_at)
        )
    return found


def pull_in(session: Session, kinds: Sequence[JobType], *, now: int) -> list[Ahead]:
    """Have all of that happen within its ordinary interval; what that was.

    A slot is owed now, a job is due now; a lease and a hold run out soon unless whoever has them still lives.
    """
    found = find_ahead(session, kinds, now=now)
    if not found:
        return []
    far = now + LONGEST_LEASE
    session.execute(update(Lease).where(Lease.until > far).values(until=now + HOLD, taken_at=now))
    for kind in kinds:
        if kind.every is not None:
            late = update(Slot).where(Slot.job == kind.name, Slot.next_at > now + kind.every + SLACK)
            session.execute(late.values(next_at=now // kind.every * kind.every))
    told = {each.name: each.sentence() for each in found}
    for job in _list_jobs(session, kinds, now=now):
        if job.state == "running":
            job.lease_until = now + HOLD
        else:
            job.error = told[f"{job.name} {job.subject}".rstrip()]
            job.due_at = now
    session.execute(update(Job).where(Job.ended_at > now + SLACK).values(ended_at=now))
    session.flush()
    return found


def judge_again(session: Session, *, now: int) -> None:
    """Have everybody evaluated again who was judged by a clock that was ahead."""
    ahead = ContactStatus.evaluated_at > now + SLACK
    session.execute(
        update(ContactStatus).where(ahead).values(due_at=0).execution_options(synchronize_session=False)
    )


def _list_jobs(session: Session, kinds: Sequence[JobType], *, now: int) -> Sequence[Job]:
    """Waiting jobs put off for longer than their backoff can, and running ones held for longer than any hold."""
    backoffs = {kind.name: kind.backoff for kind in kinds}
    may_be = or_(
        and_(Job.state == "waiting", Job.due_at > now + SLACK),
        and_(Job.state == "running", Job.lease_until > now + LONGEST_LEASE),
    )
    jobs = session.scalars(select(Job).where(may_be).order_by(Job.id)).all()
    return [
        job
        for job in jobs
        if job.state == "running"
        or job.due_at
        > now + SLACK + (backoffs.get(job.name, Backoff()).longest(job.attempts) if job.attempts else 0)
    ]
