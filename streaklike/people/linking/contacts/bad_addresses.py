"""Addresses with permanent bounces (R30)."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import LinkedMessage
from streaklike.people.tables import ADDRESS, MESSAGE, PARTICIPANT, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks


def resolve_bad_addresses(session: Session, entries: Iterable[LinkedMessage]) -> None:
    """Mark the addresses that failed on these messages, and clear those that wrote.

    `bad_at` is the first 5.x.x bounce after the address's last human mail, or None: an address that writes
    works.
    """
    resolve_bad(
        session,
        {
            person.address_id
            for entry in entries
            for person in entry.people
            if person.role == "failed" or (person.role == "author" and person.is_outside)
        },
    )


def resolve_bad(session: Session, address_ids: Iterable[int]) -> None:
    """Recompute `bad_at` of these addresses from stored mail."""
    for chunk in in_chunks(sorted(address_ids)):
        bounces = _load_bounces(session, chunk)
        stored = dict(
            session.execute(
                select(ADDRESS.c.id, ADDRESS.c.bad_at).where(in_values(session, ADDRESS.c.id, chunk))
            ).all()
        )
        wrote = _load_last_mail(session, list(bounces)) if bounces else {}
        changed = []
        for address_id, was in stored.items():
            later = (at for at in bounces.get(address_id, ()) if at > wrote.get(address_id, -1))
            bad_at = min(later, default=None)
            if bad_at != was:
                changed.append({"id": address_id, "bad_at": bad_at})
        update_rows(session, ADDRESS, changed)


def _load_bounces(session: Session, address_ids: Collection[int]) -> dict[int, list[int]]:
    p, m = PARTICIPANT.c, MESSAGE.c
    rows = session.execute(
        select(p.address_id, p.at)
        .select_from(PARTICIPANT.join(MESSAGE, m.id == p.message_id))
        .where(
            p.address_id.in_(address_ids),
            p.role == "failed",
            m.is_live,
            m.own_kind == "bounce",
            m.bounce_status.startswith("5."),
        )
    )
    found: dict[int, list[int]] = {}
    for address_id, at in rows:
        found.setdefault(address_id, []).append(at)
    return found


def _load_last_mail(session: Session, address_ids: Collection[int]) -> dict[int, int]:
    p, m = PARTICIPANT.c, MESSAGE.c
    rows = session.execute(
        select(p.address_id, func.max(p.at))
        .select_from(PARTICIPANT.join(MESSAGE, m.id == p.message_id))
        .where(p.address_id.in_(address_ids), p.role == "author", m.is_live, m.kind == "human")
        .group_by(p.address_id)
    )
    return dict(rows.all())
