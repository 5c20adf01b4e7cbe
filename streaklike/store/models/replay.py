"""Requested policy replays: parameters, progress and result."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, index_where


class Replay(Base):
    """A policy change to be tried on past data (R51), and its result.

    `question` identifies the parameters `changes` and `months`; at most one replay per question is waiting
    or running. `state`: `waiting`, `running`, `done` or `failed` (see `error`). `runner` is the run that
    works on it and alone may write to it, `attempts` how often it was started; `progress` of `total` contacts
    are done. `basis` identifies the data behind `result`: if it differs, data has changed since.
    Not content: it can be recomputed, so `dump` omits it.
    """

    __tablename__ = "replay"
    __table_args__ = (
        Index("ix_replay_question_id", "question", "id"),
        Index("ix_replay_state_id", "state", "id"),
        index_where(
            "uq_replay_question_open", "question", where="state IN ('waiting', 'running')", unique=True
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str]
    changes: Mapped[list[Any]]
    months: Mapped[int]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    asked_at: Mapped[Instant]
    state: Mapped[str] = mapped_column(default="waiting")
    runner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    basis: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
