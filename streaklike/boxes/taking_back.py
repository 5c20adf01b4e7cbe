"""The way back from each deed on a box itself."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.people.events import mark_due
from streaklike.people.finding import find_own_contact
from streaklike.store.models import Box, BoxContact, BoxConversation, Contact, Event, Message
from streaklike.store.writing import insert_missing


def take_back_deed(session: Session, event: Event) -> None:
    """Put the box back as it was before this event of kind `box`."""
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
        _return_contacts(session, box, event.data["contacts"])
    else:
        _turn_conversation(session, box, event.data["conversation"], is_back=did == "conversation_removed")


def _closed_at(session: Session, event: Event) -> int | None:
    """When the box was closed before this event opened it."""
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


def _return_contacts(session: Session, box: Box, addresses: list[str]) -> None:
    ids = [contact.id for contact in _contacts(session, addresses)]
    insert_missing(session, BoxContact, [{"box_id": box.id, "contact_id": contact_id} for contact_id in ids])
    mark_due(session, ids)


def _turn_conversation(session: Session, box: Box, first: str | None, *, is_back: bool) -> None:
    conversation_id = session.scalar(
        select(Message.conversation_id)
        .where(Message.rfc_id == first, Message.conversation_id.is_not(None))
        .limit(1)
    )
    if conversation_id is None:
        return
    key = {"box_id": box.id, "conversation_id": conversation_id}
    if is_back:
        insert_missing(session, BoxConversation, [key])
    else:
        session.execute(
            delete(BoxConversation).filter_by(**key).execution_options(synchronize_session="fetch")
        )
