"""Addresses found to be a list's after they were taken for a person's (R10, R15)."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import ELIGIBLE, SHOWN, LinkedMessage
from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks


def find_reclassified(session: Session, entries: Sequence[LinkedMessage]) -> dict[int, set[int]]:
    """Return contacts whose address is the list that carried one of these messages, and everybody on mail
    with them.

    Maps each root to its stored instants. They are to be rechecked as if the list had been known from the
    start (R21).
    """
    a, c = ADDRESS.c, CONTACT.c
    lists: dict[int, int] = {}
    found: dict[int, set[int]] = {}
    for chunk in in_chunks([entry.id for entry in entries]):
        rows = session.execute(
            select(a.id, c.root_id, c.since_at)
            .distinct()
            .select_from(
                MESSAGE.join(ADDRESS, a.id == MESSAGE.c.channel_id).join(CONTACT, c.id == a.contact_id)
            )
            .where(in_values(session, MESSAGE.c.id, chunk), a.kind == "list", c.is_manual.is_(False))
        )
        for address_id, root_id, since_at in rows:
            lists[address_id] = root_id
            found[root_id] = {since_at} if since_at is not None else set()
    found.update(_load_companions(session, lists))
    return found


def _load_companions(session: Session, lists: Collection[int]) -> dict[int, set[int]]:
    """Return the contacts on mail with these addresses, whose status may depend on the list."""
    p, other, a, c = PARTICIPANT.c, PARTICIPANT.alias().c, ADDRESS.c, CONTACT.c
    found: dict[int, set[int]] = {}
    for chunk in in_chunks(lists):
        mails = select(other.message_id).where(
            in_values(session, other.address_id, chunk), other.role.in_(SHOWN)
        )
        rows = session.execute(
            select(c.root_id, c.since_at)
            .distinct()
            .select_from(PARTICIPANT.join(ADDRESS, a.id == p.address_id).join(CONTACT, c.id == a.contact_id))
            .where(p.message_id.in_(mails), a.side == "outside", a.kind.in_(ELIGIBLE))
        )
        for root_id, since_at in rows:
            found.setdefault(root_id, set()).update({since_at} - {None})
    return found
