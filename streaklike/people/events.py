"""The only module that writes events and invalidates the people they concern."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from streaklike.people.errors import AlreadyUndone
from streaklike.people.event_kinds import check_may_do, check_may_undo
from streaklike.people.touched import record_touched
from streaklike.store.models import (
    Address,
    BoxContact,
    BoxConversation,
    Contact,
    ContactStatus,
    Event,
    Message,
    Participant,
    User,
)
from streaklike.store.writing import in_chunks, insert_for


def record_event(
    session: Session,
    kind: str,
    *,
    at: int,
    now: int,
    author_id: int | None,
    contact_id: int | None = None,
    box_id: int | None = None,
    conversation_id: int | None = None,
    task_id: int | None = None,
    text: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Record an action, and mark everybody concerned as due for evaluation.

    `at` is when it happened, `now` when it is recorded. `data` refers to things by natural keys only
    (addresses, uids, stage keys, Message-IDs). The event keeps its contact even after a merge (R4). Raises
    NotAllowed if the author's role does not permit it (`event_kinds`), UnknownKind for a kind without a rule.
    """
    author = session.get(User, author_id) if author_id is not None else None
    check_may_do(kind, data or {}, author)
    event = Event(
        uid=uuid.uuid4().hex,
        at=at,
        logged_at=now,
        kind=str(kind),
        contact_id=contact_id,
        box_id=box_id,
        conversation_id=conversation_id,
        task_id=task_id,
        author_id=author_id,
        text=text,
        data=dict(data or {}),
    )
    session.add(event)
    session.flush()
    _mark_concerned(session, event)
    return event


def undo_event(session: Session, event: Event, *, by: User | None, now: int) -> Event:
    """Mark an event as undone, so that it no longer counts.

    The caller reverses its effects.

    Raises NotAllowed if `by` may not, AlreadyUndone if it was undone before.
    """
    check_may_undo(event, by)
    check_status(event)
    undoing = record_event(
        session,
        "undo",
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=event.contact_id,
        box_id=event.box_id,
        conversation_id=event.conversation_id,
        task_id=event.task_id,
        data={"undoes": event.uid},
    )
    event.undone_by_id = undoing.id
    session.flush()
    return undoing


def check_status(event: Event) -> None:
    """Raise AlreadyUndone if the event has been undone."""
    if event.undone_by_id is not None:
        raise AlreadyUndone("This was undone before. Nothing was changed. Reload to see how things stand.")


def owner_change(was: User | None, owner: User | None, because: Mapping[str, str] | None) -> dict[str, Any]:
    """Build the event data for a change of owner; None is nobody. `because` is added to it."""
    return {
        "owners": [owner.email] if owner else [],
        "was": [was.email] if was else [],
        **(because or {}),
    }


def user_id(by: User | None) -> int | None:
    """Return the id of the acting member; None if nobody is named, as in a command."""
    return by.id if by is not None else None


def mark_due(session: Session, contact_ids: Iterable[int]) -> None:
    """Mark the roots of these contacts due (due_at = 0), so that the next refresh evaluates them."""
    for chunk in in_chunks(sorted(set(contact_ids))):
        _mark_due_where(session, Contact.id.in_(chunk))


def mark_conversations_due(
    session: Session, conversation_ids: Collection[int] | Select[int] | Select[int | None]
) -> None:
    """Mark everybody in these conversations due."""
    people = (
        select(Address.contact_id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(Message.conversation_id.in_(conversation_ids), Address.contact_id.is_not(None))
    )
    _mark_due_where(session, Contact.id.in_(people))


def _mark_concerned(session: Session, event: Event) -> None:
    if event.contact_id is not None:
        mark_due(session, [event.contact_id])
    if event.box_id is not None:
        members = select(BoxContact.contact_id).where(BoxContact.box_id == event.box_id)
        _mark_due_where(session, Contact.id.in_(members))
        held = select(BoxConversation.conversation_id).where(BoxConversation.box_id == event.box_id)
        mark_conversations_due(session, held)
    if event.conversation_id is not None:
        mark_conversations_due(session, [event.conversation_id])


# An upsert, so that a root without a status row gets one that is due.
def _mark_due_where(session: Session, condition: ColumnElement[bool]) -> None:
    root_id = func.coalesce(Contact.root_id, Contact.id)
    roots = select(root_id, literal(0)).where(condition).distinct()
    insert = insert_for(session, ContactStatus).from_select(["contact_id", "due_at"], roots)
    marked = insert.on_conflict_do_update(index_elements=["contact_id"], set_={"due_at": 0})  # type: ignore[attr-defined]
    record_touched(session, session.scalars(marked.returning(ContactStatus.contact_id)))
