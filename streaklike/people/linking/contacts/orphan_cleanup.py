"""Deletes candidates without mail and without manual changes."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from streaklike.people.tables import ADDRESS, BOX_CONTACT, CONTACT, EVENT, TASK
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks, reserve_ids


def delete_orphans(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Delete those of these candidates without manual changes; their addresses stay.

    Returns the deleted ids.

    Each address remembers the id, so that the contact returns under the same id, and links to it work, if its
    mail does.
    """
    deleted: set[int] = set()
    for chunk in in_chunks(sorted(contact_ids)):
        bare = list(
            session.scalars(select(CONTACT.c.id).where(in_values(session, CONTACT.c.id, chunk), *_is_bare()))
        )
        deleted.update(bare)
        session.execute(
            update(ADDRESS)
            .where(ADDRESS.c.contact_id.in_(bare))
            .values(former_contact_id=ADDRESS.c.contact_id, contact_id=None)
        )
        session.execute(delete(CONTACT).where(CONTACT.c.id.in_(bare)))
    return deleted


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


def claim_ids(session: Session, address_ids: Collection[int]) -> dict[int, int]:
    """Return a contact id for each of these addresses: its former one if free, else a new one."""
    claimed: dict[int, int] = {}
    for chunk in in_chunks(sorted(address_ids)):
        rows = session.execute(
            # Two addresses may share a former contact; the lowest address gets it, in any order of
            # processing.
            select(ADDRESS.c.former_contact_id, func.min(ADDRESS.c.id))
            .outerjoin(CONTACT, CONTACT.c.id == ADDRESS.c.former_contact_id)
            .where(
                in_values(session, ADDRESS.c.id, chunk),
                ADDRESS.c.former_contact_id.is_not(None),
                CONTACT.c.id.is_(None),
            )
            .group_by(ADDRESS.c.former_contact_id)
        )
        for contact_id, address_id in rows:
            if contact_id not in claimed.values():
                claimed[address_id] = contact_id
    rest = [address_id for address_id in address_ids if address_id not in claimed]
    claimed.update(zip(rest, reserve_ids(session, CONTACT, len(rest)), strict=True))
    return claimed
