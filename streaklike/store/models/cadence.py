"""Results of cadence: one status per contact, and its flags. All of it can be recomputed."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class CountryYear(Base):
    """A year of a country's calendar (R42), computed by a library. `days` is {"off": [dates], "on": [dates]}."""

    __tablename__ = "country_year"

    country: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    days: Mapped[dict[str, Any]]


class ContactStatus(Base):
    """The status of a root contact (R4), computed at `evaluated_at`.

    `due_at` is when time alone changes the status: 0 if it must be recomputed because data changed, None if
    never. `waiting_since_at` is the oldest unanswered mail, `is_thanks_only` whether only short thanks wait
    (R37). `budget_used` and `budget_frees_at` belong to R44 to R46. `touches_28d` counts touches in 28 days,
    `bulk_28d` our bulk mail (R32). `gone_quiet_at` is since when the contact seems to have gone quiet (R57):
    last written at `gone_quiet_last_at`, after `gone_quiet_gaps` gaps with a median of `gone_quiet_days`
    days. Inputs of `cadence.urgency`: `is_case`: an open box of theirs is a case; `named_on`: the date (ISO)
    that their waiting mail names; `urgent_word`: a word in it; `waits_long_at`: when they start to wait
    longer than usual, which is `usual_wait_ms` of working time. `awaiting_until_at` is until when we wait for
    their answer, None if we asked nothing. `before_count` is the number of conversations waiting from before
    their mailbox was first read (R59); the oldest is `before_conversation_id`, waiting since
    `before_since_at`. None of them counts in `waiting_since_at`.
    """

    __tablename__ = "standing"

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[Instant | None] = mapped_column(index=True)
    evaluated_at: Mapped[Instant | None]
    reply_state: Mapped[str] = mapped_column(default="quiet")
    waiting_since_at: Mapped[Instant | None]
    waiting_conversation_id: Mapped[int | None]
    is_thanks_only: Mapped[bool] = mapped_column(default=False)
    last_inbound_at: Mapped[Instant | None]
    last_outbound_at: Mapped[Instant | None]
    last_touch_at: Mapped[Instant | None]
    last_touch_direction: Mapped[str | None]
    last_touch_user_id: Mapped[int | None]
    touches_28d: Mapped[float] = mapped_column(default=0.0)
    bulk_28d: Mapped[int] = mapped_column(default=0)
    budget_used: Mapped[float] = mapped_column(default=0.0)
    budget_limit: Mapped[float] = mapped_column(default=3.0)
    budget_frees_at: Mapped[Instant | None]
    gone_quiet_at: Mapped[Instant | None]
    gone_quiet_last_at: Mapped[Instant | None]
    gone_quiet_days: Mapped[float | None]
    gone_quiet_gaps: Mapped[int | None]
    is_case: Mapped[bool] = mapped_column(default=False)
    waits_long_at: Mapped[Instant | None]
    usual_wait_ms: Mapped[Instant | None]
    named_on: Mapped[str | None]
    urgent_word: Mapped[str | None]
    awaiting_until_at: Mapped[Instant | None]
    before_since_at: Mapped[Instant | None]
    before_conversation_id: Mapped[int | None]
    before_count: Mapped[int] = mapped_column(default=0)


class Flag(Base):
    """A current flag (R46, R47) with its evidence (R50).

    `flag` is over_contacted or ignored; `reason` is budget, asks, ask_after_gift, collision, unanswered,
    lapsed, never_contacted, promise_overdue or stalled. `evidence` lists the Message-IDs or event uids that
    were counted. `limit` and `count` are in `unit`: touches, asks, hours or days. `suggested_answer` is the
    Message-ID of mail that may be an answer sent elsewhere (R36).
    """

    __tablename__ = "flag"
    __table_args__ = (
        Index("ix_flag_contact_id", "contact_id"),
        Index("ix_flag_flag_since_at", "flag", "since_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    flag: Mapped[str]
    reason: Mapped[str]
    since_at: Mapped[Instant]
    lapses_at: Mapped[Instant | None]
    count: Mapped[float]
    limit: Mapped[float]
    unit: Mapped[str]
    evidence: Mapped[list[Any]]
    conversation_id: Mapped[int | None]
    box_id: Mapped[int | None]
    owner_id: Mapped[int | None]
    suggested_answer: Mapped[str | None]
