"""Tasks: what was promised, to which person or on which box, and by when."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, WrongTaskState
from streaklike.boxes.owners import check_owners
from streaklike.instants import to_instant
from streaklike.people.events import owner_change, record_event, undo_event, user_id
from streaklike.store.models import Box, Contact, Event, Task, User


def end_of_day(day: date, zone: ZoneInfo) -> int:
    """Return the last millisecond of the day in the zone, in UTC; correct across DST changes."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return to_instant(midnight.astimezone(UTC)) - 1


def add_task(
    session: Session,
    *,
    text: str,
    due_on: date,
    zone: ZoneInfo,
    contact: Contact | None = None,
    box: Box | None = None,
    owner: User | None = None,
    by: User | None,
    now: int,
) -> Task:
    """Add a task for a contact or a box (exactly one), due at the end of `due_on` in the zone.

    The owner defaults to `by`. Raises BadText, OwnerHasLeft.
    """
    if not text.strip():
        raise BadText("A task needs a text. Nothing was changed. Say what is to be done.")
    if (contact is None) == (box is None):
        raise BadText("A task is for one person or on one box. Nothing was changed. Name one of the two.")
    check_owners([owner] if owner else [])
    owner = owner or by
    task = Task(
        uid=uuid.uuid4().hex,
        text=text.strip(),
        due_at=end_of_day(due_on, zone),
        contact_id=contact.id if contact else None,
        box_id=box.id if box else None,
        owner_id=user_id(owner),
        created_at=now,
    )
    session.add(task)
    session.flush()
    _record(session, task, "task", {"due_at": task.due_at}, by=by, now=now)
    return task


def complete_task(session: Session, task: Task, *, by: User | None, now: int) -> Event:
    """Mark the task as done. Raises TaskStands if it is done already."""
    if task.done_at is not None:
        raise WrongTaskState(f"“{task.text}” is done already. Nothing was changed.")
    task.done_at = now
    return _record(session, task, "task_done", {}, by=by, now=now)


def reopen_task(session: Session, task: Task, *, by: User | None, now: int) -> Event:
    """Reopen a task by undoing its task_done event. Raises TaskStands if it is open."""
    done = session.scalar(
        select(Event)
        .where(Event.task_id == task.id, Event.kind == "task_done", Event.undone_by_id.is_(None))
        .order_by(Event.id.desc())
        .limit(1)
    )
    if done is None:
        raise WrongTaskState(f"“{task.text}” is not done yet. Nothing was changed.")
    undoing = undo_event(session, done, by=by, now=now)
    revert_done(session, done)
    return undoing


def assign_task(
    session: Session,
    task: Task,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Assign the task to `owner`, or to nobody if None. `because` is added to the event's data.

    Returns None if nothing changes. Raises OwnerHasLeft.
    """
    if task.owner_id == user_id(owner):
        return None
    check_owners([owner] if owner else [])
    was = session.get(User, task.owner_id) if task.owner_id is not None else None
    task.owner_id = user_id(owner)
    facts = owner_change(was, owner, because)
    return _record(session, task, "task_owner", facts, by=by, now=now)


def revert_giving(session: Session, event: Event) -> None:
    """Restore the owner from before this task_owner event."""
    task = session.get_one(Task, event.task_id)
    task.owner_id = session.scalar(select(User.id).where(User.email.in_(event.data["was"])))
    session.flush()


def revert_done(session: Session, event: Event) -> None:
    """Reopen the task that this task_done event closed."""
    session.get_one(Task, event.task_id).done_at = None
    session.flush()


def revert_task(session: Session, event: Event) -> None:
    """Delete the task that this event created."""
    session.delete(session.get_one(Task, event.task_id))
    session.flush()
    # The database set event.task_id to NULL on delete; the loaded object does not know yet.
    session.expire(event, ["task_id"])


def _record(
    session: Session, task: Task, kind: str, facts: Mapping[str, object], *, by: User | None, now: int
) -> Event:
    return record_event(
        session,
        kind,
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=task.contact_id,
        box_id=task.box_id,
        task_id=task.id,
        text=task.text,
        data={"task": task.uid, **facts},
    )
