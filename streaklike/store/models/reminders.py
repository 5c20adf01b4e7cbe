"""What comes back by its date: a member's own reminders, and the team's follow-ups."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class Reminder(Base):
    """A member's own date on a person, a box or a conversation. Nobody else sees it, an admin neither.

    `message` is the Message-ID by which the conversation is known, whatever becomes of its id.
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
    """To be asked again, unless they write: it counts while no human mail of theirs came after `since_at`.

    With `message` only mail of the conversation that holds this Message-ID counts as their reply. It is the team's, and
    `owner_id`'s to do. Whether they wrote is read from the mail each time, never kept (R21).
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
