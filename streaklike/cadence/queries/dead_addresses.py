"""Dead addresses (R30) of people we owe an answer or recently wrote to, listed in the queue for action (R60)."""

from typing import Final, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.loading.fetching import fetch
from streaklike.instants import DAY
from streaklike.store.models import Address, Contact, ContactStatus

WRITTEN_WITHIN: Final = 90 * DAY
"""People not written to for longer are no longer active correspondents."""


class DeadAddress(NamedTuple):
    """An address with permanent bounces since `at`. `contact_id` is a root; `other` is a good address of theirs."""

    contact_id: int
    name: str
    address: str
    at: int
    is_owed: bool
    other: str | None


def list_dead_addresses(session: Session, *, now: int, contact_id: int | None = None) -> list[DeadAddress]:
    """List dead addresses that need action, newest first, of everybody or one root.

    Do-not-contact people are omitted (R49).

    An address is dead until its owner writes from it again. People with another good address to whom we owe
    nothing are omitted: mail reaches them.
    """
    root, part, dead, good = aliased(Contact), aliased(Contact), aliased(Address), aliased(Address)
    root_id = func.coalesce(Contact.root_id, Contact.id)
    other = (
        select(func.min(good.key))
        .join(part, part.id == good.contact_id)
        .where(func.coalesce(part.root_id, part.id) == root.id, good.bad_at.is_(None), good.side == "outside")
        .correlate(root)
        .scalar_subquery()
    )
    is_owed = ContactStatus.waiting_since_at.is_not(None) & ContactStatus.is_thanks_only.is_(False)
    until = root.do_not_contact_until
    statement = (
        select(
            root.id,
            func.coalesce(root.given_name, root.name),
            dead.key,
            dead.bad_at,
            ContactStatus.waiting_since_at,
            ContactStatus.is_thanks_only,
            other,
        )
        .select_from(dead)
        .join(Contact, Contact.id == dead.contact_id)
        .join(root, root.id == root_id)
        .join(ContactStatus, ContactStatus.contact_id == root.id)
        .where(
            dead.bad_at.is_not(None),
            dead.bad_at <= now,
            or_(until.is_(None), until <= now),
            or_(
                is_owed,
                ContactStatus.last_outbound_at > now - WRITTEN_WITHIN,
                dead.bad_at > now - WRITTEN_WITHIN,
            ),
        )
        .order_by(dead.bad_at.desc(), dead.key)
    )
    if contact_id is not None:
        statement = statement.where(root.id == contact_id)
    found = [
        DeadAddress(key, name, address, at or 0, since is not None and not is_thanks, good_key)
        for key, name, address, at, since, is_thanks, good_key in fetch(session, statement)
    ]
    return [each for each in found if each.is_owed or each.other is None]
