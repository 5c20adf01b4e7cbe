"""Queries for R9: people's addresses, the mail they share, who wrote, and to whom we wrote."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import ELIGIBLE, NOBODY_WROTE, RECIPIENTS, SHOWN
from streaklike.people.linking.contacts.contact_graph import SharedMail
from streaklike.people.tables import ADDRESS, CONTACT, EVENT, MESSAGE, PARTICIPANT
from streaklike.store.in_values import in_values
from streaklike.store.models import FOREVER
from streaklike.store.writing import in_chunks


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A root contact as stored."""

    kind: str
    since_at: int | None


def load_kept(session: Session, people: Iterable[int]) -> dict[int, StoredContact]:
    """Load the contacts among these people, by id."""
    c = CONTACT.c
    kept: dict[int, StoredContact] = {}
    for chunk in in_chunks(person for person in people if person > 0):
        rows = session.execute(select(c.id, c.kind, c.since_at).where(in_values(session, c.id, chunk)))
        kept.update({key: StoredContact(kind, since_at) for key, kind, since_at in rows})
    return kept


def load_addresses(session: Session, people: Collection[int]) -> dict[int, int]:
    """Return the eligible outside addresses of these people (R10), as address id to person."""
    a, c = ADDRESS.c, CONTACT.c
    found: dict[int, int] = {}
    for chunk in in_chunks(person for person in people if person > 0):
        rows = session.execute(
            select(a.id, c.root_id)
            .select_from(ADDRESS.join(CONTACT, c.id == a.contact_id))
            .where(in_values(session, c.root_id, chunk), a.side == "outside", a.kind.in_(ELIGIBLE))
        )
        found.update(dict(rows.all()))
    found.update({-person: person for person in people if person < 0})
    return found


_ROOT = CONTACT.alias("root")
_PEOPLE = (
    PARTICIPANT.join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id)
    .outerjoin(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id)
    .outerjoin(_ROOT, _ROOT.c.id == CONTACT.c.root_id)
)


def load_mails(
    session: Session, addresses: Collection[int], *, only_before_contact: bool
) -> tuple[dict[int, SharedMail], dict[int, StoredContact]]:
    """Load the inbound human mail that these addresses share with other outside people, and those people as
    stored.

    `only_before_contact` omits mail from when they were stored as contacts already: it made contacts of the
    others at its own instant, and still does.
    """
    mails: dict[int, SharedMail] = {}
    kept: dict[int, StoredContact] = {}
    for chunk in in_chunks(_find_shared(session, addresses, only_before_contact=only_before_contact)):
        people: dict[tuple[int, int], set[int]] = {}
        rows = session.execute(
            select(
                PARTICIPANT.c.message_id,
                PARTICIPANT.c.at,
                PARTICIPANT.c.address_id,
                _ROOT.c.id,
                _ROOT.c.kind,
                _ROOT.c.since_at,
            )
            .select_from(_PEOPLE)
            .where(
                in_values(session, PARTICIPANT.c.message_id, chunk),
                PARTICIPANT.c.role.in_(SHOWN),
                ADDRESS.c.side == "outside",
                ADDRESS.c.kind.in_(ELIGIBLE),
            )
        )
        for message_id, at, address_id, root_id, kind, since_at in rows:
            people.setdefault((message_id, at), set()).add(root_id or -address_id)
            if root_id is not None:
                kept[root_id] = StoredContact(kind, since_at)
        mails.update(
            {key: SharedMail(at, frozenset(some)) for (key, at), some in people.items() if len(some) > 1}
        )
    return mails, kept


def _find_shared(session: Session, addresses: Collection[int], *, only_before_contact: bool) -> set[int]:
    """Find the inbound human mail on which one of these addresses appears."""
    p, m = PARTICIPANT.c, MESSAGE.c
    joined = _PEOPLE if only_before_contact else PARTICIPANT
    bounds = [p.at < func.coalesce(_ROOT.c.since_at, FOREVER)] if only_before_contact else []
    found: set[int] = set()
    for chunk in in_chunks(addresses):
        found.update(
            session.scalars(
                select(p.message_id)
                .select_from(joined.join(MESSAGE, m.id == p.message_id))
                .where(
                    in_values(session, p.address_id, chunk),
                    p.role.in_(SHOWN),
                    m.is_live,
                    m.direction == "inbound",
                    m.kind == "human",
                    *bounds,
                )
            )
        )
    return found


def load_seeds(session: Session, addresses: dict[int, int]) -> dict[int, int]:
    """Return by person when we first wrote to one of their addresses (R9); only live, non-automatic mail counts."""
    p, m = PARTICIPANT.c, MESSAGE.c
    seeds: dict[int, int] = {}
    for chunk in in_chunks(addresses):
        rows = session.execute(
            select(p.address_id, func.min(p.at))
            .select_from(PARTICIPANT.join(MESSAGE, m.id == p.message_id))
            .where(
                in_values(session, p.address_id, chunk),
                p.role.in_(RECIPIENTS),
                m.is_live,
                m.direction == "outbound",
                m.kind.not_in(NOBODY_WROTE),
            )
            .group_by(p.address_id)
        )
        for address_id, at in rows:
            person = addresses[address_id]
            seeds[person] = min(at, seeds.get(person, at))
    return seeds


def load_authors(session: Session, addresses: dict[int, int]) -> set[int]:
    """Return these people who wrote a live, non-automatic mail (`MessageState.is_authored`)."""
    p, m = PARTICIPANT.c, MESSAGE.c
    found: set[int] = set()
    for chunk in in_chunks(addresses):
        rows = session.scalars(
            select(p.address_id)
            .distinct()
            .select_from(PARTICIPANT.join(MESSAGE, m.id == p.message_id))
            .where(
                in_values(session, p.address_id, chunk),
                p.role == "author",
                m.is_live,
                m.kind.not_in(NOBODY_WROTE),
            )
        )
        found.update(addresses[address_id] for address_id in rows)
    return found


def load_manual(session: Session, people: Iterable[int]) -> dict[int, int]:
    """Return by person when they were first added manually: the event's instant, else the row's."""
    c, e = CONTACT.c, EVENT.c
    found: dict[int, int] = {}
    for chunk in in_chunks(person for person in people if person > 0):
        added = (
            select(func.min(e.at))
            .where(e.contact_id == c.id, e.kind == "contact", e.undone_by_id.is_(None))
            .scalar_subquery()
        )
        rows = session.execute(
            select(c.root_id, func.coalesce(added, c.created_at)).where(
                in_values(session, c.root_id, chunk), c.is_manual
            )
        )
        for person, at in rows:
            found[person] = min(at, found.get(person, at))
    return found
