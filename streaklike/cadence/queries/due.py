"""What has come due, or will: a member's reminders, and the tasks and follow-ups of one or of all."""

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
    """Something that comes back by its date. `kind` is reminder, task or follow_up, `uid` its own.

    `due_at` of a task is the end of its day, of the others the very instant. It is about a person (`contact_id`, a
    root; `name`, `address`) or a box (`box`, `pipeline`: its name and its pipeline's key), or both; `subject` is that of
    its conversation. `owner_id` and `owner` (a name) tell whose it is to do; a reminder's owner is its reader.
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
    """What is due at `now`, the oldest first: a member's own, or with None the team's, in which no reminder stands.

    A task is due from the beginning of its day (R47 calls it overdue at the end); a follow-up only while nobody wrote.
    `until` is a later instant up to which it counts as due already, such as the end of the day.
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
    """The open follow-ups about a person, and the viewer's own reminders, due or not, the earliest first."""
    return _read(
        session,
        _reminders().where(Reminder.contact_id.in_(contact_ids), Reminder.user_id == viewer_id),
        _follow_ups(now).where(FollowUp.contact_id.in_(contact_ids)),
    )


def list_reminders(session: Session, user_id: int) -> list[Due]:
    """A member's open reminders, due or not, the earliest first."""
    return _read(session, _reminders().where(Reminder.user_id == user_id))


def list_coming(session: Session, until: int, *, now: int) -> list[Due]:
    """The team's tasks and follow-ups that are due, or will be by an instant, the earliest first."""
    return _read(
        session,
        _tasks(now).where(Task.due_at <= until),
        _follow_ups(now).where(FollowUp.due_at <= until),
    )


def list_owned(session: Session, owner_id: int, *, now: int) -> list[Due]:
    """The open tasks and follow-ups that are a colleague's to do, due or not, the earliest first."""
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
    """What the statements find, the earliest first, with the names of the people."""
    rows = [row for statement in statements for row in session.execute(statement).mappings()]
    people = list_people(session, {row["contact_id"] for row in rows if row["contact_id"] is not None})
    found = []
    for row in rows:
        address, name = people.get(row["contact_id"], ("", ""))
        found.append(Due(**{**row, "subject": row["subject"] or ""}, name=name, address=address))
    return sorted(found, key=lambda due: (due.due_at, due.kind, due.uid))
