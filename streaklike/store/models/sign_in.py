"""Sessions and sign-in links. Only hashes of tokens are stored; `dump` omits these tables."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class UserSession(Base):
    """A browser session of a member. The row is authoritative: the cookie only carries the token.

    `token_hash` is the hexadecimal SHA-256 of the token. `last_seen_at` is exact to a few minutes. `ended_at`
    is set by signing out, from the member's list of sessions, and when access or role change. An ended
    session never resumes.
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

    `user_id` is the member; None means the first admin, whoever that will be.
    """

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
