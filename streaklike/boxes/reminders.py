"""Reminders: a member's own due date on a person, box or conversation, private to that member."""

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BadTime, WrongTaskState
from streaklike.people.events import record_event
from streaklike.store.models import Box, Contact, Event, Reminder, User


def add_reminder(
    session: Session,
    *,
    text: str,
    due_at: int,
    contact: Contact | None = None,
    box: Box | None = None,
    message: str | None = None,
    by: User,
    now: int,
) -> Reminder:
    """Remind `by` at `due_at` (UTC ms) of a person, a box, or the conversation of the Message-ID `message`.

    The event holds no text, because the text is private. Raises BadText, BadTime.
    """
    if not text.strip():
        raise BadText("A reminder needs a text. Nothing was changed. Say what to think of.")
    if contact is None and box is None:
        raise BadText(
            "A reminder is about somebody or something. Nothing was changed. Name a person or a box."
        )
    _check_time(due_at, now)
    reminder = Reminder(
        uid=uuid.uuid4().hex,
        user_id=by.id,
        text=text.strip(),
        due_at=due_at,
        contact_id=contact.id if contact else None,
        box_id=box.id if box else None,
        message=message,
        created_at=now,
    )
    session.add(reminder)
    session.flush()
    _record(session, reminder, "reminder", {"due_at": due_at, "message": message}, now=now)
    return reminder


def complete_reminder(session: Session, reminder: Reminder, *, now: int) -> Event:
    """Mark the reminder as done. Raises TaskStands if it is done already."""
    _check_open(reminder)
    reminder.done_at = now
    return _record(session, reminder, "reminder_done", {}, now=now)


def postpone_reminder(session: Session, reminder: Reminder, *, due_at: int, now: int) -> Event:
    """Move the reminder to `due_at`.

    Raises TaskStands if it is done, BadTime if `due_at` is not in the future.
    """
    _check_open(reminder)
    _check_time(due_at, now)
    was, reminder.due_at = reminder.due_at, due_at
    return _record(session, reminder, "reminder_later", {"due_at": due_at, "was": was}, now=now)


def revert_reminder(session: Session, event: Event, reminder: Reminder) -> None:
    """Restore the reminder to its state before this event; delete it if the event created it."""
    if event.kind == "reminder":
        session.delete(reminder)
    elif event.kind == "reminder_done":
        reminder.done_at = None
    else:
        reminder.due_at = event.data["was"]
    session.flush()


def _check_open(reminder: Reminder) -> None:
    if reminder.done_at is not None:
        raise WrongTaskState("This reminder is done already. Nothing was changed.")


def _check_time(due_at: int, now: int) -> None:
    if due_at <= now:
        raise BadTime("That instant is past. Nothing was changed. Give a later one.")


def _record(
    session: Session, reminder: Reminder, kind: str, facts: Mapping[str, object], *, now: int
) -> Event:
    return record_event(
        session,
        kind,
        at=now,
        now=now,
        author_id=reminder.user_id,
        contact_id=reminder.contact_id,
        box_id=reminder.box_id,
        data={"reminder": reminder.uid, **facts},
    )
