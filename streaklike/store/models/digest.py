"""Digests: each member's preferences, and the result of every delivery."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class DigestSetting(Base):
    """A member's digest preferences. Without a row: 8 o'clock, in the language of their pages.

    `hour` is in the member's time zone. `language` is zh or en, or None for that of their pages. `paused_at`
    is since when digests are paused, None if they are not.
    """

    __tablename__ = "digest_setting"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    hour: Mapped[int] = mapped_column(default=8)
    language: Mapped[str | None]
    paused_at: Mapped[Instant | None]


class DigestDelivery(Base):
    """A member's digest, at most one per `kind` (daily, weekly) and `day`, the date in their zone (Q7).

    `state`: `claimed` (being composed, nothing sent), `sending` (from just before the content is handed to
    the mail server until its response is stored), `sent`, `skipped` (see `reason`), `failed` (certainly not
    sent; retried at `next_try_at`), `unknown` (the connection or program died while sending; never retried
    automatically). `tries` counts claims and serves as a token: only the holder of the newest claim may
    continue. `message_id` is derived from member, kind and day, so that a duplicate is recognizable, with our
    key, so that it cannot be guessed. `composed_at` is the time that the content describes, None if nothing
    was composed.
    """

    __tablename__ = "digest_delivery"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "day"),
        UniqueConstraint("message_id"),
        Index("ix_digest_delivery_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    kind: Mapped[str]
    day: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str]
    tries: Mapped[int] = mapped_column(default=1)
    claimed_at: Mapped[Instant]
    settled_at: Mapped[Instant | None]
    next_try_at: Mapped[Instant | None]
    composed_at: Mapped[Instant | None]
