"""Dated items: a member's own reminders, and the team's follow-ups."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class Reminder(Base):
    """A member's own date on a person, box or conversation. Visible to that member only, not to admins.

    `message` is a Message-ID that identifies the conversation even if its id changes.
    """

    __tablename__ = "reminder"
    __table_args__ = (Index("ix_reminder_user_id_due_at", "user_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    text: Mapped[str]
    due_at: Mapped[Instant]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id", ondelete="CASCADE"), index=True)
    message: Mapped[str | None]
    created_at: Mapped[Instant]
    done_at: Mapped[Instant | None]


class FollowUp(Base):
    """A person to contact again unless they reply: cleared by human mail from them after `since_at`.

    With `message` only mail in the conversation of this Message-ID counts. It is shared by the team and
    assigned to `owner_id`. Whether they replied is computed from the mail, never stored (R21).
    """

    __tablename__ = "follow_up"
    __table_args__ = (Index("ix_follow_up_owner_id_due_at", "owner_id", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    due_at: Mapped[Instant]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    message: Mapped[str | None]
    since_at: Mapped[Instant]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[Instant]
    done_at: Mapped[Instant | None]
