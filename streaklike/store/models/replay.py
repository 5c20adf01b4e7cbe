"""Policy replays that somebody asked for: what is wanted, how far it is, and what came out."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, index_where


class Replay(Base):
    """A change of the policy to be tried on the past (R51), and its result.

    `question` identifies what is asked, `changes` and `months` say it. `state`: `waiting`, `running`, `done`, `failed`
    (`error` is the sentence). At most one of a question is waiting or running. `runner` is the run that works on it and
    alone may write to it, `attempts` how often it was begun; `progress` of `total` people have been looked at. `basis`
    stands for the data that `result` was made from: another basis means that something changed since.

    None of it is content: it can be worked out again, so `dump` leaves it out.
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
