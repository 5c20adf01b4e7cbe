"""Due items: a member's reminders, and the tasks and follow-ups of one member or everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, literal, null, or_, select
from sqlalchemy.orm import Session

from streaklike.boxes.follow_ups import is_replied
from streaklike.cadence.queries.flag_views import list_people
from streaklike.instants import DAY
from streaklike.store.models import (
    Box,
    Contact,
    Conversation,
    FollowUp,
    Message,
    Pipeline,
    Reminder,
    Task,
    User,
)

REMINDER: Final = "reminder"
TASK: Final = "task"
FOLLOW_UP: Final = "follow_up"


@dataclass(frozen=True, slots=True)
class Due:
    """A due item.

    `kind` is reminder, task or follow_up; `uid` identifies it within its kind.

    `due_at` is the end of the day for a task, else the exact instant. It is about a person (`contact_id`, a
    root; `name`, `address`), a box (`box`, `pipeline`: the box's name and its pipeline's key), or both;
    `subject` is its conversation's. `owner_id` and `owner` (a name) are who has to do it; a reminder's owner
    is its reader.
    """

    kind: str
    uid: str
    text: str
    due_at: int
    contact_id: int | None
    name: str
    address: str
    box: str | None
    pipeline: str | None
    subject: str
    owner_id: int | None
    owner: str | None


def list_due(session: Session, user_id: int | None, now: int, *, until: int | None = None) -> list[Due]:
    """List items due at `now`, oldest first: a member's own, or with None the team's, without reminders.

    A task is due from the beginning of its day (overdue by R47 at its end); a follow-up only while nobody has
    replied. `until` includes items due by a later instant, such as the end of the day.
    """
    last = now if until is None else until
    tasks = _tasks(now).where(or_(Task.due_at < now + DAY, Task.due_at <= last))
    follow_ups = _follow_ups(now).where(FollowUp.due_at <= last)
    if user_id is None:
        return _read(session, tasks, follow_ups)
    return _read(
        session,
        _reminders().where(Reminder.user_id == user_id, Reminder.due_at <= last),
        tasks.where(Task.owner_id == user_id),
        follow_ups.where(FollowUp.owner_id == user_id),
    )


def list_about(session: Session, contact_ids: Sequence[int], *, viewer_id: int, now: int) -> list[Due]:
    """List open follow-ups about a person and the viewer's own reminders, due or not, earliest first."""
    return _read(
        session,
        _reminders().where(Reminder.contact_id.in_(contact_ids), Reminder.user_id == viewer_id),
        _follow_ups(now).where(FollowUp.contact_id.in_(contact_ids)),
    )


def list_reminders(session: Session, user_id: int) -> list[Due]:
    """List a member's open reminders, due or not, earliest first."""
    return _read(session, _reminders().where(Reminder.user_id == user_id))


def list_coming(session: Session, until: int, *, now: int) -> list[Due]:
    """List the team's tasks and follow-ups due by `until`, earliest first."""
    return _read(
        session,
        _tasks(now).where(Task.due_at <= until),
        _follow_ups(now).where(FollowUp.due_at <= until),
    )


def list_owned(session: Session, owner_id: int, *, now: int) -> list[Due]:
    """List the open tasks and follow-ups owned by a member, due or not, earliest first."""
    return _read(
        session,
        _tasks(now).where(Task.owner_id == owner_id),
        _follow_ups(now).where(FollowUp.owner_id == owner_id),
    )


def _reminders() -> Select[Any]:
    reminders = _select(REMINDER, Reminder, Reminder.user_id, Reminder.message, Reminder.box_id)
    return reminders.where(Reminder.done_at.is_(None))


def _tasks(now: int) -> Select[Any]:
    was_open = or_(Task.done_at.is_(None), Task.done_at > now)
    return _select(TASK, Task, Task.owner_id, null(), Task.box_id).where(Task.created_at <= now, was_open)


def _follow_ups(now: int) -> Select[Any]:
    return _select(FOLLOW_UP, FollowUp, FollowUp.owner_id, FollowUp.message, null()).where(
        FollowUp.done_at.is_(None), FollowUp.created_at <= now, ~is_replied(now)
    )


def _select(kind: str, model: Any, owner_id: Any, message: Any, box_id: Any) -> Select[Any]:
    subject = (
        select(Conversation.subject)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.rfc_id == message)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            literal(kind).label("kind"),
            model.uid,
            model.text,
            model.due_at,
            func.coalesce(Contact.root_id, Contact.id).label("contact_id"),
            Box.name.label("box"),
            Pipeline.key.label("pipeline"),
            subject.label("subject"),
            User.id.label("owner_id"),
            User.name.label("owner"),
        )
        .select_from(model)
        .outerjoin(Contact, Contact.id == model.contact_id)
        .outerjoin(Box, Box.id == box_id)
        .outerjoin(Pipeline, Pipeline.id == Box.pipeline_id)
        .outerjoin(User, User.id == owner_id)
    )


def _read(session: Session, *statements: Select[Any]) -> list[Due]:
    """Run the statements and return their items with people's names, earliest first."""
    rows = [row for statement in statements for row in session.execute(statement).mappings()]
    people = list_people(session, {row["contact_id"] for row in rows if row["contact_id"] is not None})
    found = []
    for row in rows:
        address, name = people.get(row["contact_id"], ("", ""))
        found.append(Due(**{**row, "subject": row["subject"] or ""}, name=name, address=address))
    return sorted(found, key=lambda due: (due.due_at, due.kind, due.uid))
