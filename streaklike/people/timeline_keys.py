"""Keys of events for a timeline: about the person, their boxes, and their conversations.

A person with thousands of mails has many conversations, while the events of a few days are few: a page that
mail alone could fill checks the recent events first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    bindparam,
    exists,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from streaklike.people.event_kinds import PRIVATE_KINDS
from streaklike.people.tables import BOX_CONTACT, EVENT, MESSAGE, PARTICIPANT
from streaklike.people.timeline_entries import SHOWN_ROLES, TimelineScope

KeyRow = tuple[int, str, str, int]

QUIET_KINDS = ("undo", "unmerge", "touch_class", *PRIVATE_KINDS)
"""Events that only undo others, are private, or are shown with the mail they correct.

Undone events are not shown either: an unmerged timeline is as it was (R4).
"""

MOST_RECENT: Final = 100
"""How many recent events to check individually before listing the person's own conversations."""

CONTACT_IDS: Final[BindParameter[Any]] = bindparam("contact_ids", expanding=True)
ADDRESS_IDS: Final[BindParameter[Any]] = bindparam("address_ids", expanding=True)


@dataclass(frozen=True, slots=True)
class Key:
    """The sort key of an entry, the same in every database, and the row id of its details."""

    at: int
    source: str
    name: str
    id: int

    @property
    def order(self) -> tuple[int, str, str]:
        return self.at, self.source, self.name


def list_events(session: Session, scope: TimelineScope, bounds: Mapping[str, Any]) -> set[Key]:
    """Return the person's newest events within `bounds` (`before`, `since`, `limit`), found by their conversations."""
    rows = session.execute(_OWN_EVENTS, _values(scope, bounds)).all()
    return {Key(*row[:4]) for row in rows}


def list_recent_events(session: Session, scope: TimelineScope, bounds: Mapping[str, Any]) -> set[Key]:
    """Return the same for a span that is usually short: checks the span's events one by one, if they are few."""
    rows = session.execute(_RECENT_EVENTS, {**_values(scope, bounds), "most": MOST_RECENT + 1}).all()
    # One more than the maximum came back, so there may be events beyond it: use the complete query.
    if sum(1 for row in rows if row.is_candidate) > MOST_RECENT:
        return list_events(session, scope, bounds)
    return {Key(*row[:4]) for row in rows if row.is_theirs}


def _values(scope: TimelineScope, bounds: Mapping[str, Any]) -> dict[str, Any]:
    return {**bounds, "contact_ids": scope.contact_ids, "address_ids": scope.address_ids}


def bounded(keys: Select[*KeyRow], at: ColumnElement[int]) -> Select[*KeyRow]:
    """Limit to the newest within the bounds `before`, `since` and `limit`."""
    return select(_newest(keys, at, "limit"))


def _newest(keys: Select[*KeyRow], at: ColumnElement[int], limit: str) -> Subquery:
    within = keys.where(at < bindparam("before"), at >= bindparam("since"))
    return within.order_by(at.desc()).limit(bindparam(limit, type_=BigInteger())).subquery()


def _event_keys() -> Select[*KeyRow]:
    e = EVENT.c
    return select(e.at, literal("event").label("source"), e.uid.label("name"), e.id).where(
        e.undone_by_id.is_(None), e.kind.not_in(QUIET_KINDS)
    )


def _of_person() -> tuple[Select[*KeyRow], Select[*KeyRow]]:
    """Select events about the person, and about boxes they are in."""
    e, keys = EVENT.c, _event_keys()
    boxes = select(BOX_CONTACT.c.box_id).where(BOX_CONTACT.c.contact_id.in_(CONTACT_IDS))
    return (
        bounded(keys.where(e.contact_id.in_(CONTACT_IDS)), e.at),
        bounded(keys.where(e.box_id.in_(boxes)), e.at),
    )


def _own_events() -> CompoundSelect[*KeyRow]:
    e, m, p = EVENT.c, MESSAGE.c, PARTICIPANT.c
    conversations = (
        select(m.conversation_id)
        .join_from(PARTICIPANT, MESSAGE, m.id == p.message_id)
        .where(p.address_id.in_(ADDRESS_IDS), p.role.in_(SHOWN_ROLES), m.is_live)
    )
    return union_all(*_of_person(), bounded(_event_keys().where(e.conversation_id.in_(conversations)), e.at))


def _recent_events() -> CompoundSelect[Any]:
    e, m, p = EVENT.c, MESSAGE.c, PARTICIPANT.c
    keys = _event_keys().add_columns(e.conversation_id).where(e.conversation_id.is_not(None))
    recent = _newest(keys, e.at, "most").c
    is_participant = exists().where(
        p.message_id == m.id, p.address_id.in_(ADDRESS_IDS), p.role.in_(SHOWN_ROLES)
    )
    is_in_conversation = exists().where(
        m.conversation_id == recent.conversation_id, m.is_live, is_participant
    )
    about_person = (
        select(each.subquery(), true().label("is_theirs"), (~true()).label("is_candidate"))
        for each in _of_person()
    )
    candidates = select(
        recent.at,
        recent.source,
        recent.name,
        recent.id,
        is_in_conversation.label("is_theirs"),
        true().label("is_candidate"),
    )
    return union_all(*about_person, candidates)


_OWN_EVENTS: Final = _own_events()
_RECENT_EVENTS: Final = _recent_events()
