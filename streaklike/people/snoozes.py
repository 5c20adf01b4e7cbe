"""Snoozes (R38): one member's own wish to see a person later. It ends at its instant, or as soon as they write."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.errors import BadValue
from streaklike.people.events import record_event
from streaklike.store.models import Contact, Event, Standing, User

KIND = "snooze"


def snooze(session: Session, contact: Contact, *, until: int, by: User, now: int) -> Event:
    """Have the person out of this member's queue until an instant; a later one replaces it. Raises BadValue."""
    if until <= now:
        raise BadValue("That instant is past. Nothing was changed. Give a later one.")
    return record_event(
        session, KIND, at=now, now=now, author_id=by.id, contact_id=contact.id, data={"until": until}
    )


def list_snoozed(session: Session, user_id: int, *, now: int) -> set[int]:
    """The people (roots) who sleep for this member at `now`."""
    rows = session.execute(
        select(func.coalesce(Contact.root_id, Contact.id), Event.at, Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .where(Event.kind == KIND, Event.author_id == user_id, Event.undone_by_id.is_(None), Event.at <= now)
        .order_by(Event.at, Event.id)
    )
    newest = {root_id: (at, int(data["until"])) for root_id, at, data in rows}
    asleep = {root_id for root_id, (_, until) in newest.items() if until > now}
    if not asleep:
        return set()
    wrote = dict(
        session.execute(
            select(Standing.contact_id, Standing.last_inbound_at).where(Standing.contact_id.in_(asleep))
        ).all()
    )
    return {root_id for root_id in asleep if (wrote.get(root_id) or 0) <= newest[root_id][0]}
