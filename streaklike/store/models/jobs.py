"""Background work: the scheduler's lease, the next slot of each job, and the job queue.

It belongs to this installation and is not content, so `dump` omits it.
"""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, index_where


class Lease(Base):
    """A role that one process has at a time. `holder` has it until `until`; then any process may take it.

    A process that exits in order releases its lease, so an expired lease means that it was killed.
    """

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    taken_at: Mapped[Instant]
    until: Mapped[Instant]


class Slot(Base):
    """The next time at which a job is due. It advances in the transaction that enqueues the job."""

    __tablename__ = "slot"

    job: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[Instant]


class Job(Base):
    """A queued run of the registered job `name` for a `subject` (a mailbox's address, or empty).

    `state`: `waiting` (due at `due_at`), `running`, `done` or `failed`. At most one job per `lock` runs and
    at most one per `merge_key` waits, which unique indexes enforce. `attempts` counts starts since the last
    success; `error` is the message of the last failure. `slot_at` is the scheduled time, None if an action
    enqueued it. While it runs, it is leased by `worker` until `lease_until`, which the worker keeps renewing.
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
