"""The digest: each member's wishes for it, and what became of every one."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class DigestSetting(Base):
    """When and how a member wants the digest; who has no row wants it at eight, in the language of their pages.

    `hour` is of the member's own clock. `language` is zh or en, None for that of their pages. `paused_at` is since when
    none is sent, None where it is.
    """

    __tablename__ = "digest_setting"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    hour: Mapped[int] = mapped_column(default=8)
    language: Mapped[str | None]
    paused_at: Mapped[Instant | None]


class DigestDelivery(Base):
    """One digest of a member: at most one of a `kind` (daily, weekly) on a `day`, the date in their zone (Q7).

    `state`: `claimed` (being made, nothing handed over), `sending` (from just before the mail's content is handed over
    until the answer is written down), `sent`, `skipped` (`reason` says why), `failed` (certainly not sent; tried again
    at `next_try_at`), `unknown` (the connection or the program died while sending; never sent again by itself).
    `tries` counts claims: whoever holds the newest one alone may go on. `message_id` is made of member, kind and day, so
    that a double would be known, with our key, so that nobody else can guess it. `composed_at` is the instant that the
    mail tells of, None where none was made.
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
