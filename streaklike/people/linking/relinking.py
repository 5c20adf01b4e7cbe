"""Relinks messages that were parsed again, undoing what followed only from their earlier reading (R21).

`link` applies what a message says now. Its earlier participants, dependent kinds and address classifications
are recorded before it is rewritten; people depending on anything lost are rechecked.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_kind
from streaklike.people.linking.changed import Changed, find_people_in, invalidate
from streaklike.people.linking.contacts.bad_addresses import resolve_bad
from streaklike.people.linking.contacts.candidates import resolve_contacts
from streaklike.people.linking.contacts.names import resolve_names
from streaklike.people.linking.contacts.rechecks import find_messages, find_people, load_instants
from streaklike.people.linking.kinds import find_alike, find_soon_after
from streaklike.people.linking.link import link
from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks


class MessageRole(NamedTuple):
    """A participant of a message, with the name shown there."""

    message_id: int
    role: str
    address_id: int
    name: str


class ReadMessage(NamedTuple):
    """The fields of a message on which the kinds of others may depend (R28, R32)."""

    at: int
    author_id: int | None
    body_hash: str


@dataclass(slots=True)
class Before:
    """The state of messages before they are parsed again.

    `instants` are the addresses on them with the stored instants of their contacts; `conversations` are
    theirs and those of mail that they returned.
    """

    places: set[MessageRole] = field(default_factory=set)
    said: dict[int, ReadMessage] = field(default_factory=dict)
    instants: dict[int, set[int]] = field(default_factory=dict)
    channels: set[int] = field(default_factory=set)
    conversations: set[int] = field(default_factory=set)


def record_before(session: Session, message_ids: Collection[int]) -> Before:
    """Record the state of these messages, which are about to be parsed again."""
    return Before(
        _load_roles(session, message_ids),
        _load_read(session, message_ids),
        load_instants(session, message_ids),
        _find_channels(session, message_ids),
        _find_conversations(session, message_ids),
    )


def relink(session: Session, message_ids: Collection[int], before: Before, *, now: int) -> Changed:
    """Link messages of which some were parsed again; the result equals a fresh sync of their present content."""
    session.flush()
    read = {*message_ids, *before.said}
    lost = before.places - _load_roles(session, before.said)
    dependent = _find_dependent(session, before, lost)
    instants = _load_rechecked(session, before, lost)
    addresses = before.channels | {role.address_id for role in lost} | _find_addresses(session, read)
    for address_id, kind in _find_reclassified(session, addresses).items():
        on_it = find_messages(session, [address_id])
        for other, found in load_instants(session, on_it).items():
            instants.setdefault(other, set()).update(found)
        session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(kind=kind))
        dependent |= on_it
    changed = link(session, read | dependent, now=now)
    resolve_bad(session, {role.address_id for role in lost})
    people = resolve_contacts(session, (), rechecked=find_people(session, instants), now=now)
    left = _find_contacts(session, {role.address_id for role in lost})
    renamed = resolve_names(session, (), created=people.created, rechecked=people.judged | left)
    concerned = {*left, *people.judged, *people.changed, *people.created.values(), *renamed}
    marked = invalidate(session, concerned | find_people_in(session, before.conversations))
    session.expire_all()
    return Changed(changed.message_ids, changed.conversation_ids, changed.contact_ids | marked)


def _find_dependent(session: Session, before: Before, lost: Collection[MessageRole]) -> set[int]:
    """Return the messages whose kind may have depended on the earlier content."""
    now = _load_read(session, before.said)
    bodies: dict[tuple[int | None, str], set[int]] = {}
    sent: dict[int, set[int]] = {}
    changed = {role.message_id for role in lost}
    for message_id, said in before.said.items():
        if said.body_hash and (now.get(message_id) != said or message_id in changed):
            bodies.setdefault((said.author_id, said.body_hash), set()).add(said.at)
    for role in lost:
        sent.setdefault(role.address_id, set()).add(before.said[role.message_id].at)
    return find_alike(session, bodies) | find_soon_after(session, sent)


def _load_rechecked(session: Session, before: Before, lost: Collection[MessageRole]) -> dict[int, set[int]]:
    """Return everybody who was on a message that lost a participant; a mere change of name does not count."""
    remaining = {role[:3] for role in _load_roles(session, before.said)}
    changed = {role.message_id for role in lost if role[:3] not in remaining}
    on_them = {role.address_id for role in before.places if role.message_id in changed}
    return {key: set(found) for key, found in before.instants.items() if key in on_them}


def _load_roles(session: Session, message_ids: Collection[int]) -> set[MessageRole]:
    p, found = PARTICIPANT.c, set[MessageRole]()
    for chunk in in_chunks(sorted(message_ids)):
        rows = session.execute(
            select(p.message_id, p.role, p.address_id, p.name).where(in_values(session, p.message_id, chunk))
        )
        found.update(MessageRole(*row) for row in rows)
    return found


def _load_read(session: Session, message_ids: Collection[int]) -> dict[int, ReadMessage]:
    m, found = MESSAGE.c, dict[int, ReadMessage]()
    for chunk in in_chunks(sorted(message_ids)):
        rows = session.execute(
            select(m.id, m.at, m.author_id, m.body_hash).where(in_values(session, m.id, chunk))
        )
        found.update({key: ReadMessage(*said) for key, *said in rows})
    return found


def _find_channels(session: Session, message_ids: Collection[int]) -> set[int]:
    m, found = MESSAGE.c, set[int | None]()
    for chunk in in_chunks(sorted(message_ids)):
        found.update(session.scalars(select(m.channel_id).where(in_values(session, m.id, chunk))))
    return {key for key in found if key is not None}


def _find_addresses(session: Session, message_ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in in_chunks(sorted(message_ids)):
        on_them = in_values(session, PARTICIPANT.c.message_id, chunk)
        found.update(session.scalars(select(PARTICIPANT.c.address_id).where(on_them)))
    return found


def _find_contacts(session: Session, address_ids: Collection[int]) -> set[int]:
    """Return the root contacts of these addresses."""
    found: set[int] = set()
    of_address = select(CONTACT.c.root_id).join(ADDRESS, ADDRESS.c.contact_id == CONTACT.c.id)
    for chunk in in_chunks(sorted(address_ids)):
        found.update(session.scalars(of_address.where(in_values(session, ADDRESS.c.id, chunk))))
    return found


def _find_conversations(session: Session, message_ids: Collection[int]) -> set[int]:
    m, returned = MESSAGE.c, MESSAGE.alias()
    found: set[int | None] = set()
    for chunk in in_chunks(sorted(message_ids)):
        found.update(session.scalars(select(m.conversation_id).where(in_values(session, m.id, chunk))))
        of_returned = select(returned.c.conversation_id).join(MESSAGE, m.bounce_of == returned.c.rfc_id)
        found.update(session.scalars(of_returned.where(in_values(session, m.id, chunk))))
    return {key for key in found if key is not None}


def _find_reclassified(session: Session, address_ids: Collection[int]) -> dict[int, str]:
    """Return addresses classified differently from what a fresh sync would give, with the right kind (R10, R15)."""
    a, reclassified, lists = ADDRESS.c, dict[int, str](), dict[int, str]()
    for chunk in in_chunks(sorted(address_ids)):
        for address_id, key, kind in session.execute(
            select(a.id, a.key, a.kind).where(in_values(session, a.id, chunk))
        ):
            if kind == "list":
                lists[address_id] = key
            elif kind != (wanted := address_kind(key)):
                reclassified[address_id] = wanted
    carrying = MESSAGE.c.channel_id
    for chunk in in_chunks(sorted(lists)):
        carried = set(session.scalars(select(carrying).distinct().where(in_values(session, carrying, chunk))))
        reclassified.update({key: address_kind(lists[key]) for key in chunk if key not in carried})
    return reclassified
