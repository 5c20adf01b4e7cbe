"""Hints listed beside the flags, as last computed: people gone quiet (R57)."""

from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.queries.flag_views import list_people
from streaklike.instants import DAY
from streaklike.store.models import Contact, ContactStatus


class QuietHint(NamedTuple):
    """When somebody went quiet and last wrote, and the median of `gaps` gaps between their messages."""

    since_at: int
    last_at: int
    usual_days: float
    gaps: int


QUIET_COLUMNS: Final = (
    ContactStatus.gone_quiet_at,
    ContactStatus.gone_quiet_last_at,
    ContactStatus.gone_quiet_days,
    ContactStatus.gone_quiet_gaps,
)


def read_quiet(
    since_at: int | None, last_at: int | None, usual_days: float | None, gaps: int | None
) -> QuietHint | None:
    """Return the hint held by a status row's QUIET_COLUMNS, or None."""
    return None if since_at is None else QuietHint(since_at, last_at or 0, usual_days or 0, gaps or 0)


class QuietPerson(NamedTuple):
    """Somebody who has gone quiet (R57). `contact_id` is a root; names ending in `_at` are instants."""

    contact_id: int
    name: str
    address: str
    since_at: int
    last_at: int
    usual_days: float
    gaps: int

    def silent_days(self, now: int) -> int:
        """Return the whole days since they last wrote."""
        return (now - self.last_at) // DAY


def list_gone_quiet(session: Session, *, now: int, contact_id: int | None = None) -> list[QuietPerson]:
    """List people gone quiet by `now`, of everybody or one root, most recent first."""
    query = (
        select(
            ContactStatus.contact_id,
            *QUIET_COLUMNS,
        )
        .join(Contact, Contact.id == ContactStatus.contact_id)
        .where(
            ContactStatus.gone_quiet_at <= now,
            func.coalesce(Contact.do_not_contact_until, 0) <= now,
        )
        .order_by(ContactStatus.gone_quiet_at.desc(), ContactStatus.contact_id)
    )
    if contact_id is not None:
        query = query.where(ContactStatus.contact_id == contact_id)
    rows = session.execute(query).all()
    people = list_people(session, [row[0] for row in rows])
    return [
        QuietPerson(
            root, people[root][1], people[root][0], since_at or 0, last_at or 0, usual or 0, gaps or 0
        )
        for root, since_at, last_at, usual, gaps in rows
    ]
