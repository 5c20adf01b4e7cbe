"""Lists all people, and suggests who may be the same person."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.finding import root_of
from streaklike.store.models import Address, Contact, ContactStatus


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One person as in `contacts --json`.

    `addresses` starts with the primary one; names ending in `_at` are instants.
    """

    id: int
    name: str
    addresses: tuple[str, ...]
    kind: str
    tier: str
    last_inbound_at: int | None
    last_outbound_at: int | None
    reply_state: str
    touches_28d: float
    bulk_28d: int
    do_not_contact_until: int | None


def list_contacts(session: Session) -> Iterator[ContactLine]:
    """List contacts and candidates, sorted by primary address, with two queries in total."""
    own, merged = _addresses_by_root(session)
    rows = session.execute(
        select(
            Contact.id,
            func.coalesce(Contact.given_name, Contact.name),
            Contact.kind,
            Contact.tier,
            Contact.do_not_contact_until,
            ContactStatus.last_inbound_at,
            ContactStatus.last_outbound_at,
            ContactStatus.reply_state,
            ContactStatus.touches_28d,
            ContactStatus.bulk_28d,
        )
        .outerjoin(ContactStatus, ContactStatus.contact_id == Contact.id)
        .where(Contact.merged_into_id.is_(None))
    )
    lines = [
        ContactLine(
            id=contact_id,
            name=name,
            addresses=(*own[contact_id], *merged[contact_id]),
            kind=kind,
            tier=tier or "none",
            last_inbound_at=inbound_at,
            last_outbound_at=outbound_at,
            reply_state=reply_state or "quiet",
            touches_28d=touches or 0.0,
            bulk_28d=bulk or 0,
            do_not_contact_until=until,
        )
        for contact_id, name, kind, tier, until, inbound_at, outbound_at, reply_state, touches, bulk in rows
    ]
    yield from sorted(lines, key=lambda line: (line.addresses, line.id))


def _addresses_by_root(session: Session) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Return each root's own addresses and those of contacts merged into it, both sorted."""
    own: dict[int, list[str]] = defaultdict(list)
    merged: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(Address.key, Contact.id, func.coalesce(Contact.root_id, Contact.id)).join(
            Contact, Contact.id == Address.contact_id
        )
    )
    for key, contact_id, root_id in sorted(rows):
        (own if contact_id == root_id else merged)[root_id].append(key)
    return own, merged


def comparable_name(name: str) -> str:
    """Return a name's form for comparison: NFKC, single spaces, casefolded (R5)."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def suggest_same_person(session: Session, contact: Contact) -> list[Contact]:
    """Return people with an equal name, as suggestions; never merged automatically (R5)."""
    root = root_of(session, contact)
    wanted = comparable_name(root.given_name or root.name)
    if not wanted:
        return []
    rows = session.execute(
        select(Contact.id, func.coalesce(Contact.given_name, Contact.name)).where(
            Contact.merged_into_id.is_(None), Contact.id != root.id
        )
    )
    same = [contact_id for contact_id, name in rows if comparable_name(name) == wanted]
    return list(session.scalars(select(Contact).where(Contact.id.in_(same)).order_by(Contact.id)))
