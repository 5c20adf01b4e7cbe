"""Finds people whose contact status may depend on given mail, to recheck them when it counts differently."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import ELIGIBLE
from streaklike.people.linking.contacts.candidates import person_of
from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT
from streaklike.store.writing import in_chunks

_ROOT = CONTACT.alias("root")
_PEOPLE = ADDRESS.outerjoin(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id).outerjoin(
    _ROOT, _ROOT.c.id == CONTACT.c.root_id
)


def find_messages(session: Session, address_ids: Iterable[int]) -> set[int]:
    """Return the messages on which these addresses appear, or that they carried as a channel."""
    found: set[int] = set()
    for chunk in in_chunks(address_ids):
        people = select(PARTICIPANT.c.message_id).where(PARTICIPANT.c.address_id.in_(chunk))
        channels = select(MESSAGE.c.id).where(MESSAGE.c.channel_id.in_(chunk))
        found.update(session.scalars(people.union(channels)))
    return found


def load_instants(session: Session, message_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the eligible addresses on these messages, each with the stored instants of its contact."""
    found: dict[int, set[int]] = {}
    for chunk in in_chunks(message_ids):
        rows = session.execute(
            select(ADDRESS.c.id, _ROOT.c.since_at)
            .distinct()
            .select_from(PARTICIPANT.join(_PEOPLE, ADDRESS.c.id == PARTICIPANT.c.address_id))
            .where(PARTICIPANT.c.message_id.in_(chunk), ADDRESS.c.kind.in_(ELIGIBLE))
        )
        for address_id, since_at in rows:
            instants = found.setdefault(address_id, set())
            instants |= set() if since_at is None else {since_at}
    return found


def find_people(session: Session, instants: dict[int, set[int]]) -> dict[int, set[int]]:
    """Map these addresses to people as of now; an inside address counts only while it has a contact."""
    people: dict[int, set[int]] = {}
    for chunk in in_chunks(instants):
        rows = session.execute(
            select(ADDRESS.c.id, ADDRESS.c.side, _ROOT.c.id)
            .select_from(_PEOPLE)
            .where(ADDRESS.c.id.in_(chunk))
        )
        for address_id, side, root_id in rows:
            if side == "outside" or root_id is not None:
                people.setdefault(person_of(address_id, root_id), set()).update(instants[address_id])
    return people
