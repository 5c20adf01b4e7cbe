"""Contacts that no mail and no person speaks for any more."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from streaklike.people.tables import ADDRESS, BOX_CONTACT, CONTACT, EVENT, TASK
from streaklike.store.among import among
from streaklike.store.writing import in_chunks


def part_with(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Delete those of these candidates of whom nobody said anything; their addresses stay. The contacts deleted."""
    gone: set[int] = set()
    for chunk in in_chunks(sorted(contact_ids)):
        bare = list(
            session.scalars(select(CONTACT.c.id).where(among(session, CONTACT.c.id, chunk), *_is_bare()))
        )
        gone.update(bare)
        session.execute(update(ADDRESS).where(ADDRESS.c.contact_id.in_(bare)).values(contact_id=None))
        session.execute(delete(CONTACT).where(CONTACT.c.id.in_(bare)))
    return gone


def _is_bare() -> tuple[ColumnElement[bool], ...]:
    c, merged = CONTACT.c, CONTACT.alias("merged")
    return (
        c.is_manual.is_(False),
        c.given_name.is_(None),
        c.tier.is_(None),
        c.do_not_contact_until.is_(None),
        c.owner_id.is_(None),
        c.merged_into_id.is_(None),
        ~exists().where(merged.c.merged_into_id == c.id),
        ~exists().where(EVENT.c.contact_id == c.id),
        ~exists().where(TASK.c.contact_id == c.id),
        ~exists().where(BOX_CONTACT.c.contact_id == c.id),
    )
