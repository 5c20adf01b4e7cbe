"""The lifecycle of a box: create, rename, close, reopen, and its people and conversations."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BoxClosed, BoxNotFound
from streaklike.boxes.movement import place_box
from streaklike.boxes.owners import check_owners
from streaklike.boxes.pipelines import get_pipeline, get_stage
from streaklike.people.events import mark_conversations_due, mark_due, record_event, user_id
from streaklike.people.finding import primary_address
from streaklike.store.models import (
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Contact,
    Conversation,
    Event,
    Message,
    Pipeline,
    Stage,
    User,
)


def get_box(session: Session, uid: str) -> Box:
    """Return the box with this uid. Raises BoxNotFound."""
    box = session.scalar(select(Box).where(Box.uid == uid))
    if box is None:
        raise BoxNotFound("This box is not there any more. Nothing was changed. Go back to the board.")
    return box


def create_box(
    session: Session,
    pipeline: Pipeline | str,
    stage: Stage | str,
    *,
    name: str,
    contacts: Sequence[Contact] = (),
    owners: Sequence[User] = (),
    by: User | None,
    now: int,
) -> Box:
    """Create a box at the end of a stage. Pipeline and stage may be given as keys.

    Raises BadText for an empty name, PipelineNotFound, OwnerHasLeft.
    """
    pipeline = get_pipeline(session, pipeline) if isinstance(pipeline, str) else pipeline
    stage = get_stage(session, pipeline, stage) if isinstance(stage, str) else stage
    check_owners(owners)
    box = Box(
        uid=uuid.uuid4().hex,
        pipeline_id=pipeline.id,
        stage_id=stage.id,
        name=_clean_name(name),
        created_at=now,
        stage_since_at=now,
    )
    session.add(box)
    session.flush()
    place_box(session, box, stage)
    session.add_all(
        BoxContact(box_id=box.id, contact_id=contact_id, entered_at=now)
        for contact_id in {c.id for c in contacts}
    )
    session.add_all(
        BoxOwner(box_id=box.id, user_id=owner_id, position=position)
        for position, owner_id in enumerate(dict.fromkeys(owner.id for owner in owners))
    )
    session.flush()
    facts = {
        "pipeline": pipeline.key,
        "stage": stage.key,
        "contacts": sorted(primary_address(session, contact) for contact in contacts),
        "owners": list(dict.fromkeys(owner.email for owner in owners)),
    }
    _record(session, box, "created", {"name": box.name, **facts}, by=by, now=now)
    return box


def rename_box(session: Session, box: Box, name: str, *, by: User | None, now: int) -> Event | None:
    """Rename the box. Returns None if the name is unchanged. Raises BadText."""
    name = _clean_name(name)
    if name == box.name:
        return None
    was, box.name = box.name, name
    return _record(session, box, "renamed", {"name": name, "was": was}, by=by, now=now)


def close_box(session: Session, box: Box, *, by: User | None, now: int) -> Event:
    """Close the box: it leaves the board and raises no flags. Raises BoxClosed if it is closed already."""
    if box.closed_at is not None:
        raise BoxClosed(f"{box.name} is closed already. Nothing was changed.")
    box.closed_at = now
    return _record(session, box, "closed", {}, by=by, now=now)


def reopen_box(session: Session, box: Box, *, by: User | None, now: int) -> Event | None:
    """Reopen a closed box. Returns None if it is open."""
    if box.closed_at is None:
        return None
    box.closed_at = None
    return _record(session, box, "reopened", {}, by=by, now=now)


def add_box_contact(
    session: Session, box: Box, contact: Contact, *, by: User | None, now: int
) -> Event | None:
    """Add a person to the box. Returns None if they are in it already."""
    if session.get(BoxContact, (box.id, contact.id)) is not None:
        return None
    session.add(BoxContact(box_id=box.id, contact_id=contact.id, entered_at=now))
    session.flush()
    return _record(
        session, box, "contact_added", {"contact": primary_address(session, contact)}, by=by, now=now
    )


def remove_box_contact(
    session: Session, box: Box, contact: Contact, *, by: User | None, now: int
) -> Event | None:
    """Remove a person from the box, with all contacts merged into them (R4). Returns None if not in it."""
    parts = select(Contact.id).where(Contact.root_id == contact.root_id)
    own = (BoxContact.box_id == box.id, BoxContact.contact_id.in_(parts))
    entered = dict(session.execute(select(BoxContact.contact_id, BoxContact.entered_at).where(*own)).all())
    ids = list(entered)
    if not ids:
        return None
    session.execute(delete(BoxContact).where(*own).execution_options(synchronize_session="fetch"))
    mark_due(session, ids)
    removed = {primary_address(session, session.get_one(Contact, each)): at for each, at in entered.items()}
    facts = {"contacts": sorted(removed), "entered": removed}
    return _record(session, box, "contact_removed", facts, by=by, now=now)


def add_box_conversation(
    session: Session, box: Box, conversation: Conversation, *, by: User | None, now: int
) -> Event | None:
    """Add a conversation to the box. Returns None if it is in it already."""
    if session.get(BoxConversation, (box.id, conversation.id)) is not None:
        return None
    session.add(BoxConversation(box_id=box.id, conversation_id=conversation.id, entered_at=now))
    session.flush()
    return _record(
        session, box, "conversation_added", _conversation_facts(session, conversation), by=by, now=now
    )


def remove_box_conversation(
    session: Session, box: Box, conversation: Conversation, *, by: User | None, now: int
) -> Event | None:
    """Remove a conversation from the box. Returns None if it is not in it."""
    row = session.get(BoxConversation, (box.id, conversation.id))
    if row is None:
        return None
    session.delete(row)
    session.flush()
    mark_conversations_due(session, [conversation.id])
    facts = {**_conversation_facts(session, conversation), "entered": row.entered_at}
    return _record(session, box, "conversation_removed", facts, by=by, now=now)


def _conversation_facts(session: Session, conversation: Conversation) -> Mapping[str, object]:
    """Identify a conversation by a natural key: the Message-ID of its first live message."""
    first = session.scalar(
        select(Message.rfc_id)
        .where(Message.conversation_id == conversation.id, Message.is_live)
        .order_by(Message.at, Message.rfc_id)
        .limit(1)
    )
    return {"conversation": first, "subject": conversation.subject}


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise BadText("A box needs a name. Nothing was changed. Name the matter or the person it is about.")
    return name


def _record(
    session: Session, box: Box, did: str, facts: Mapping[str, object], *, by: User | None, now: int
) -> Event:
    data = {"box": box.uid, "did": did, **facts}
    return record_event(session, "box", at=now, now=now, author_id=user_id(by), box_id=box.id, data=data)
