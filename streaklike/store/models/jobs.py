"""Work beside the pages: who keeps the clock, which instant of each job comes next, and the jobs themselves.

None of it is content: it says what is to be done on this installation, and `dump` leaves it out.
"""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, index_where


class Lease(Base):
    """A part that one process plays at a time. `holder` has it until `until`, and then whoever takes it first.

    A process that ends in order gives its lease back, so a lease that has run out tells of one that was killed.
    """

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    taken_at: Mapped[Instant]
    until: Mapped[Instant]


class Slot(Base):
    """The next instant that the clock owes a job. It moves on in the transaction that enqueues what it stands for."""

    __tablename__ = "slot"

    job: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[Instant]


class Job(Base):
    """One piece of work: the job `name` of the registry, for one `subject` (a mailbox's address, or empty).

    `state`: `waiting` (from `due_at` on), `running`, `done`, `failed`. At most one job of a `lock` runs, and at most one
    of a `merge_key` waits: the database keeps both. `attempts` counts beginnings since the last success; `error` is the
    sentence of the last failure. `slot_at` is the clock's instant, None where a deed enqueued it. While it runs, `worker`
    has it until `lease_until`; it renews that as long as it lives.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state_due_at", "state", "due_at"),
        Index("ix_job_name_subject", "name", "subject"),
        index_where("uq_job_lock_running", "lock", where="state = 'running'", unique=True),
        index_where("uq_job_merge_key_waiting", "merge_key", where="state = 'waiting'", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    lock: Mapped[str | None]
    merge_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="waiting")
    slot_at: Mapped[Instant | None]
    enqueued_at: Mapped[Instant]
    due_at: Mapped[Instant]
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    lease_until: Mapped[Instant | None]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    error: Mapped[str | None]
