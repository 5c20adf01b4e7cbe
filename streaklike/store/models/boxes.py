"""Pipelines with ordered stages; boxes with owners, contacts and conversations; tasks; and events."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from streaklike.store.models.base import Base, Instant


class Pipeline(Base):
    """An ordered set of stages. `key` is the name of a default pipeline (supporters, cases)."""

    __tablename__ = "pipeline"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    stages: Mapped[list["Stage"]] = relationship(order_by="Stage.position", back_populates="pipeline")


class Stage(Base):
    """A step of a pipeline.

    `allowed_days` is how long a box may stay in it (R47 stalled); None means no limit.
    """

    __tablename__ = "stage"
    __table_args__ = (Index("ix_stage_pipeline_id_position", "pipeline_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipeline.id", ondelete="CASCADE"))
    key: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]
    allowed_days: Mapped[int | None]
    is_final: Mapped[bool] = mapped_column(default=False)
    tier: Mapped[str | None]

    pipeline: Mapped[Pipeline] = relationship(back_populates="stages")


class Box(Base):
    """A matter in a pipeline. `rank` orders boxes within a stage; `stage_since_at` is when it entered it."""

    __tablename__ = "box"
    __table_args__ = (Index("ix_box_stage_id_rank", "stage_id", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    pipeline_id: Mapped[int] = mapped_column(ForeignKey("pipeline.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id"))
    name: Mapped[str]
    rank: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[Instant]
    stage_since_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]


class BoxOwner(Base):
    """An owner of a box. `position` is the order in which they were named; the first is responsible (R58)."""

    __tablename__ = "box_owner"

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


class BoxContact(Base):
    """A contact in a box.

    Of a contact's open boxes the one with the latest `entered_at` is responsible (R58).
    """

    __tablename__ = "box_contact"

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True, index=True)
    entered_at: Mapped[Instant] = mapped_column(default=0)


class BoxConversation(Base):
    """A conversation in a box, and since when (R58)."""

    __tablename__ = "box_conversation"

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    entered_at: Mapped[Instant] = mapped_column(default=0)


class Task(Base):
    """Something promised to a contact or on a box. `due_at` is the end of the due day in the team's zone."""

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    due_at: Mapped[Instant]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[Instant]
    done_at: Mapped[Instant | None]


class Event(Base):
    """An action of a member. Append-only; timelines, undo and `as of` queries are based on it.

    `at` is when it happened, `logged_at` when it was recorded. `kind`: note, call, meeting, message, gift,
    task, task_done, stage, owner, box, tier, do_not_contact, contact, name, merge, unmerge, no_reply_needed,
    answered_elsewhere, reopened, dismissed, snooze, forward, touch_class, refusal_declined, task_owner,
    reminder, reminder_done, reminder_later, follow_up, follow_up_done, follow_up_later, follow_up_owner,
    handover, access. `data` uses natural keys (addresses, uids, stage keys, Message-IDs), never local ids, so
    that a dump of events means the same in every database. `undone_by_id` is the event that undid this one,
    which then has no effect. `answer` is the computed answer status (R39) of an inbound call or message that
    needs a reply (R56).
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_contact_id_at", "contact_id", "at"),
        Index("ix_event_box_id_at", "box_id", "at"),
        Index("ix_event_conversation_id", "conversation_id"),
        Index("ix_event_at", "at"),
        Index("ix_event_author_id_kind", "author_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True)
    at: Mapped[Instant]
    logged_at: Mapped[Instant]
    kind: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id", ondelete="SET NULL"))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="SET NULL"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    answer: Mapped[str | None]
