"""Undo the actions on a box itself."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.people.events import mark_conversations_due, mark_due
from streaklike.people.finding import find_own_contact
from streaklike.store.models import Box, BoxContact, BoxConversation, Contact, Event, Message
from streaklike.store.writing import insert_missing


def undo_action(session: Session, event: Event) -> None:
    """Restore the box to its state before this event of kind `box`."""
    box = session.get_one(Box, event.box_id)
    did = event.data["did"]
    if did == "created":
        session.delete(box)
        session.flush()
    elif did == "renamed":
        box.name = event.data["was"]
    elif did == "closed":
        box.closed_at = None
    elif did == "reopened":
        box.closed_at = _closed_at(session, event)
    elif did == "contact_added":
        _remove_contacts(session, box, [event.data["contact"]])
    elif did == "contact_removed":
        _return_contacts(session, box, event.data["contacts"], event.data.get("entered") or {})
    else:
        _toggle_conversation(session, box, event, is_back=did == "conversation_removed")


def _closed_at(session: Session, event: Event) -> int | None:
    """When the box was closed before this event reopened it, or None if no closing is recorded."""
    closings = session.scalars(
        select(Event)
        .where(
            Event.box_id == event.box_id,
            Event.kind == "box",
            Event.id < event.id,
            Event.undone_by_id.is_(None),
        )
        .order_by(Event.id.desc())
    )
    return next((closing.at for closing in closings if closing.data["did"] == "closed"), None)


def _contacts(session: Session, addresses: list[str]) -> list[Contact]:
    found = (find_own_contact(session, address) for address in addresses)
    return [contact for contact in found if contact is not None]


def _remove_contacts(session: Session, box: Box, addresses: list[str]) -> None:
    ids = [contact.id for contact in _contacts(session, addresses)]
    session.execute(
        delete(BoxContact)
        .where(BoxContact.box_id == box.id, BoxContact.contact_id.in_(ids))
        .execution_options(synchronize_session="fetch")
    )
    mark_due(session, ids)


def _return_contacts(session: Session, box: Box, addresses: list[str], entered: Mapping[str, int]) -> None:
    """Put contacts back with their original `entered_at`. Older events lack it: use the box's creation then."""
    rows = [
        {"box_id": box.id, "contact_id": contact.id, "entered_at": entered.get(address, box.created_at)}
        for address in addresses
        for contact in _contacts(session, [address])
    ]
    insert_missing(session, BoxContact, rows)
    mark_due(session, [row["contact_id"] for row in rows])


def _toggle_conversation(session: Session, box: Box, event: Event, *, is_back: bool) -> None:
    conversation_id = session.scalar(
        select(Message.conversation_id)
        .where(Message.rfc_id == event.data["conversation"], Message.conversation_id.is_not(None))
        .limit(1)
    )
    if conversation_id is None:
        return
    mark_conversations_due(session, [conversation_id])
    key = {"box_id": box.id, "conversation_id": conversation_id}
    if is_back:
        entered_at = event.data.get("entered", box.created_at)
        insert_missing(session, BoxConversation, [{**key, "entered_at": entered_at}])
    else:
        session.execute(
            delete(BoxConversation).filter_by(**key).execution_options(synchronize_session="fetch")
        )
