"""Who is signed in, and the links that let somebody in. Of a token only its hash is stored; `dump` leaves these out."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class UserSession(Base):
    """One browser in which a member is signed in. The row decides: the cookie only carries the token.

    `token_hash` is the SHA-256 of the token, in hex. `last_seen_at` is exact to a few minutes. `ended_at` is set by
    signing out, by the member's list of sessions, and where access or role change; an ended session never resumes.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[Instant]
    last_seen_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class SignInLink(Base):
    """A link that signs somebody in once, before `expires_at`.

    `user_id` is whom it signs in; None means the first admin, whoever that turns out to be.
    """

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
