"""One person's timeline: mail, calls, notes, stages and tasks in one order, each message once (R16).

Two set-based steps: the keys of the person's entries, newest first by index, then the details of those shown.
"""

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Final

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT
from streaklike.people.timeline_entries import (
    SHOWN_ROLES,
    TimelineEntry,
    TimelineScope,
    load_event_entries,
    load_message_entries,
)
from streaklike.people.timeline_keys import Key, KeyRow, bounded, list_events, list_recent_events
from streaklike.store.models import FOREVER
from streaklike.store.writing import in_chunks

__all__ = ["TimelineEntry", "iter_timeline", "list_timeline"]

CHUNK = 200

ADDRESSES_AT_ONCE = 50


def list_timeline(
    session: Session,
    contact_id: int,
    *,
    include_hidden: bool = False,
    before: int | None = None,
    limit: int = 50,
    newest_first: bool = True,
) -> list[TimelineEntry]:
    """Return about `limit` newest entries before an instant.

    Inbound bulk is omitted unless `include_hidden` (R32); trashed mail always is (R14). A page never splits
    entries of one instant, so the last entry's `at` can be the next page's `before` without loss;
    `newest_first=False` only reverses the page. A merged contact has the timeline of its root (R4).
    """
    scope = _load_scope(session, contact_id)
    keys = _newest_keys(session, scope, include_hidden=include_hidden, before=before, limit=limit)
    if len(keys) > limit:
        cut = keys[limit - 1].at
        if keys[limit].at == cut:
            keys = _newest_keys(session, scope, include_hidden=include_hidden, before=before, since=cut)
        else:
            keys = keys[:limit]
    entries = _load_entries(session, scope, keys)
    return entries if newest_first else entries[::-1]


def iter_timeline(
    session: Session, contact_id: int, *, include_hidden: bool = False
) -> Iterator[TimelineEntry]:
    """Yield the whole timeline, oldest first."""
    scope = _load_scope(session, contact_id)
    keys = _newest_keys(session, scope, include_hidden=include_hidden)[::-1]
    for chunk in in_chunks(keys, CHUNK):
        yield from _load_entries(session, scope, chunk)


SCOPE_QUERY: Final = (
    select(CONTACT.c.id, ADDRESS.c.id)
    .select_from(CONTACT.outerjoin(ADDRESS, ADDRESS.c.contact_id == CONTACT.c.id))
    .where(
        or_(
            CONTACT.c.id == bindparam("contact_id"),
            CONTACT.c.root_id
            == select(CONTACT.c.root_id).where(CONTACT.c.id == bindparam("contact_id")).scalar_subquery(),
        )
    )
)


def _load_scope(session: Session, contact_id: int) -> TimelineScope:
    """Load every contact merged with this one, and their addresses."""
    rows = session.execute(SCOPE_QUERY, {"contact_id": contact_id}).all()
    return TimelineScope(
        contact_ids=tuple(sorted({row[0] for row in rows})),
        address_ids=tuple(sorted({row[1] for row in rows if row[1] is not None})),
    )


def _newest_keys(
    session: Session,
    scope: TimelineScope,
    *,
    include_hidden: bool,
    before: int | None = None,
    since: int = 0,
    limit: int | None = None,
) -> list[Key]:
    """Return the keys of the person's entries, newest first: `limit` and one more, or all."""
    most = FOREVER if limit is None else limit + 1
    bounds = {"before": FOREVER if before is None else before, "since": since, "limit": most}
    found: set[Key] = set()
    for chunk in in_chunks(scope.address_ids, ADDRESSES_AT_ONCE):
        query = _message_keys(len(chunk), include_hidden=include_hidden)
        numbered = {f"address_{number}": address_id for number, address_id in enumerate(chunk)}
        found.update(Key(*row) for row in session.execute(query, {**bounds, **numbered}))
    if len(found) >= most:
        oldest = sorted((key.at for key in found), reverse=True)[most - 1]
        found |= list_recent_events(session, scope, {**bounds, "since": oldest})
    else:
        found |= list_events(session, scope, bounds)
    return sorted(found, key=attrgetter("order"), reverse=True)


@lru_cache(maxsize=2 * ADDRESSES_AT_ONCE)
def _message_keys(count: int, *, include_hidden: bool) -> CompoundSelect[*KeyRow]:
    """Build the query for keys of mail on which `count` addresses appear.

    Cached: its shape depends on `count` alone.
    """
    # One limited query per address, so that each reads its newest rows from the index.
    return union_all(
        *(_select_address_keys(f"address_{n}", include_hidden=include_hidden) for n in range(count))
    )


def _select_address_keys(name: str, *, include_hidden: bool) -> Select[*KeyRow]:
    """Select mail on which one address appears, each once, by the first of its roles."""
    m, p, other = MESSAGE.c, PARTICIPANT.c, PARTICIPANT.alias().c
    address_id = bindparam(name, type_=BigInteger())
    has_earlier_role = exists().where(
        other.message_id == p.message_id,
        other.address_id == address_id,
        other.role.in_(SHOWN_ROLES),
        other.role < p.role,
    )
    keys = (
        select(p.at, literal("mail").label("source"), (m.rfc_id + " " + m.fingerprint).label("name"), m.id)
        .join_from(PARTICIPANT, MESSAGE, m.id == p.message_id)
        .where(p.address_id == address_id, p.role.in_(SHOWN_ROLES), m.is_live, not_(has_earlier_role))
    )
    if not include_hidden:
        keys = keys.where(not_(and_(m.kind == "bulk", m.direction == "inbound")))
    return bounded(keys, p.at)


def _load_entries(session: Session, scope: TimelineScope, keys: list[Key]) -> list[TimelineEntry]:
    """Load the entries of the keys, in order."""
    mail = load_message_entries(session, scope, [key.id for key in keys if key.source == "mail"])
    events = load_event_entries(session, [key.id for key in keys if key.source == "event"])
    return [(mail if key.source == "mail" else events)[key.id] for key in keys]
