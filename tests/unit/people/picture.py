"""What linking derived, without any local id: equal pictures mean equal timelines, states and people (R21)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from streaklike.store.models import Address, Contact, Conversation, Link, Mailbox, Message, Participant


def draw(session: Session) -> dict[str, Any]:
    """The live messages with their groups and conversations, and the people with their contacts."""
    session.expire_all()
    return {
        "messages": _messages(session),
        "groups": _sets(session, Message.group_id),
        "nodes": _nodes(session),
        "conversations": _conversations(session),
        "contacts": _contacts(session),
        "bad": dict(
            session.execute(select(Address.key, Address.bad_at).where(Address.bad_at.is_not(None))).all()
        ),
    }


def _messages(session: Session) -> dict[str, Any]:
    late = select(Participant.message_id).join(Message).where(Participant.at != Message.at)
    assert not session.scalars(late).all()
    return {
        message.rfc_id: (message.at, message.direction, message.kind, message.is_addressed)
        for message in session.scalars(select(Message).where(Message.is_live))
    }


def _sets(session: Session, column: Any) -> set[frozenset[str]]:
    sets: dict[int, set[str]] = {}
    for rfc_id, key in session.execute(select(Message.rfc_id, column).where(Message.is_live)):
        assert key is not None
        sets.setdefault(key, set()).add(rfc_id)
    return {frozenset(some) for some in sets.values()}


def _nodes(session: Session) -> set[frozenset[str]]:
    sets: dict[int, set[str]] = {}
    emails = {str(key): email for key, email in session.execute(select(Mailbox.id, Mailbox.email))}
    for key, group_id in session.execute(select(Link.key, Link.group_id)):
        kind, first, *rest = key.split(":")
        shown = f"t:{emails[first]}:{rest[0]}" if kind == "t" else key
        sets.setdefault(group_id, set()).add(shown)
    return {frozenset(some) for some in sets.values()}


def _conversations(session: Session) -> set[Any]:
    members: dict[int, set[str]] = {}
    rows = select(Message.rfc_id, Message.conversation_id).where(Message.is_live)
    for rfc_id, key in session.execute(rows):
        members.setdefault(key, set()).add(rfc_id)
    drawn = set()
    for one in session.scalars(select(Conversation)):
        if one.id not in members:  # all of its mail is in the trash: it only keeps its id
            assert (one.group_id, one.reply_state, one.needs_reply_at) == (0, "quiet", None)
            continue
        own = members[one.id]
        linked = members[one.linked_to_id] if one.linked_to_id else ()
        drawn.add((frozenset(own), one.subject, one.first_at, one.last_at, frozenset(linked)))
    return drawn


def _contacts(session: Session) -> dict[str, Any]:
    """By address, the contact that stands for it."""
    contact, root = aliased(Contact), aliased(Contact)
    rows = session.execute(
        select(Address.key, root)
        .join(contact, contact.id == Address.contact_id)
        .join(root, root.id == contact.root_id)
    )
    drawn = {key: (root.kind, root.since_at, root.name) for key, root in rows}
    everybody = session.scalars(select(Contact)).all()
    assert len(drawn) == len(everybody)
    for one in everybody:
        root = session.get_one(Contact, one.root_id)
        assert (one.kind, one.since_at, one.name) == (root.kind, root.since_at, root.name)
    return drawn
