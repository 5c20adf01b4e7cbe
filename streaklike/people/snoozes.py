"""Snoozes (R38): a member hides a person until an instant, or until the person writes."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.errors import BadValue
from streaklike.people.events import record_event
from streaklike.people.finding import root_of
from streaklike.store.models import Contact, ContactStatus, Event, User

KIND = "snooze"


def snooze(session: Session, contact: Contact, *, until: int, by: User, now: int) -> Event:
    """Hide the person from this member's queue until `until`; replaces an earlier snooze. Raises BadValue."""
    if until <= now:
        raise BadValue("That instant is past. Nothing was changed. Give a later one.")
    return _record(session, contact, until, by, now)


def wake(session: Session, contact: Contact, *, by: User, now: int) -> Event | None:
    """Show the person in this member's queue again; None if they are not snoozed."""
    if root_of(session, contact).id not in list_snooze_ends(session, by.id, now=now):
        return None
    return _record(session, contact, now, by, now)


def list_snoozed(session: Session, user_id: int, *, now: int) -> set[int]:
    """Return the people (roots) snoozed by this member at `now`."""
    return set(list_snooze_ends(session, user_id, now=now))


def list_snooze_ends(session: Session, user_id: int, *, now: int) -> dict[int, int]:
    """Return until when each person (root) is snoozed by this member, of those snoozed at `now`."""
    rows = session.execute(
        select(func.coalesce(Contact.root_id, Contact.id), Event.at, Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .where(Event.kind == KIND, Event.author_id == user_id, Event.undone_by_id.is_(None), Event.at <= now)
        .order_by(Event.at, Event.id)
    )
    newest = {root_id: (at, int(data["until"])) for root_id, at, data in rows}
    snoozed = {root_id: until for root_id, (_, until) in newest.items() if until > now}
    if not snoozed:
        return {}
    wrote = dict(
        session.execute(
            select(ContactStatus.contact_id, ContactStatus.last_inbound_at).where(
                ContactStatus.contact_id.in_(snoozed)
            )
        ).all()
    )
    for root_id, at in _list_logged(session, snoozed):
        wrote[root_id] = max(at, wrote.get(root_id) or 0)
    return {
        root_id: until
        for root_id, until in snoozed.items()
        if (wrote.get(root_id) or 0) <= newest[root_id][0]
    }


def _list_logged(session: Session, roots: Collection[int]) -> list[tuple[int, int]]:
    """Return when these people called or wrote on another channel, as logged (R56)."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    rows = session.execute(
        select(root_id, Event.at, Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .where(root_id.in_(roots), Event.kind.in_(("call", "message")), Event.undone_by_id.is_(None))
    )
    return [(root, at) for root, at, data in rows if data.get("direction") == "inbound"]


def _record(session: Session, contact: Contact, until: int, by: User, now: int) -> Event:
    return record_event(
        session, KIND, at=now, now=now, author_id=by.id, contact_id=contact.id, data={"until": until}
    )
