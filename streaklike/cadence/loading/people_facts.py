"""Loads what is known of people besides mail, set-based: contact rows, logged events, marks and thresholds."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.notes import is_clearing, is_inbound, wants_reply
from streaklike.boxes.policy_store import read_changes
from streaklike.cadence.loading.fetching import fetch, fetch_raw
from streaklike.cadence.model.history import ANSWERED, CLOSED, ContactHistory, Logged, Mark
from streaklike.store.in_values import in_values
from streaklike.store.models import Contact, Event

CHANNELS = ("call", "meeting", "message", "newsletter")
CLEARING = ("call", "meeting", "message", "note")
OTHERS = ("gift", "ask", "dismissed", "policy", "no_reply_needed")
FOLDED = ("contact", "tier", "do_not_contact", "merge", "owner")


class EventRow(NamedTuple):
    """An event as cadence reads it. `undone_at` is when it was undone, None if it was not."""

    at: int
    uid: str
    kind: str
    contact_id: int | None
    box_id: int | None
    conversation_id: int | None
    task_id: int | None
    author_id: int | None
    data: dict[str, Any]
    undone_at: int | None

    def counts_at(self, instant: int) -> bool:
        """Return whether it had happened and was not undone at `instant` (R51)."""
        return self.at <= instant and (self.undone_at is None or self.undone_at > instant)


_undoing = aliased(Event)
_EVENTS = select(
    Event.at,
    Event.uid,
    Event.kind,
    Event.contact_id,
    Event.box_id,
    Event.conversation_id,
    Event.task_id,
    Event.author_id,
    Event.data,
    _undoing.at,
).outerjoin(_undoing, _undoing.id == Event.undone_by_id)


def list_events(session: Session, condition: ColumnElement[bool], kinds: Collection[str]) -> list[EventRow]:
    """Return the events of these kinds, oldest first, including undone and future ones."""
    rows = fetch(session, _EVENTS.where(condition, Event.kind.in_(kinds)))
    return sorted((EventRow(*row) for row in rows), key=lambda event: (event.at, event.uid))


def next_change(event: EventRow, now: int) -> int | None:
    """Return when a future event comes into force, or one in force is undone; None if neither."""
    if event.at > now:
        return event.at
    return event.undone_at if event.undone_at is not None and event.undone_at > now else None


def earlier(one: int | None, other: int | None) -> int | None:
    """Return the earlier of two instants, either of which may be None."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


@dataclass(slots=True)
class People:
    """Histories by root; `roots` maps each contact to its root; `events` are by root."""

    histories: dict[int, ContactHistory]
    roots: dict[int, int]
    events: dict[int, list[EventRow]] = field(default_factory=lambda: defaultdict(list))


def load_people(session: Session, root_ids: Collection[int], *, now: int, is_past: bool) -> People:
    """Start the history of each root: contact row and logged events.

    `is_past` also loads events needed for folding.
    """
    rows = fetch(
        session,
        select(
            Contact.id,
            Contact.kind,
            func.coalesce(Contact.since_at, Contact.created_at),
            Contact.tier,
            Contact.do_not_contact_until,
            Contact.owner_id,
        ).where(in_values(session, Contact.id, root_ids)),
    )
    histories = {row[0]: ContactHistory(*row) for row in rows}
    people = People(histories, find_members(session, root_ids))
    kinds = {*CHANNELS, *CLEARING, *OTHERS, *(FOLDED if is_past else ())}
    for event in list_events(session, in_values(session, Event.contact_id, people.roots), kinds):
        root_id = people.roots[event.contact_id or 0]
        people.events[root_id].append(event)
        apply_event(histories[root_id], event, now)
    return people


def find_members(session: Session, root_ids: Collection[int]) -> dict[int, int]:
    """Map each contact of these roots to its root: the root itself and all merged into it (R4).

    Two selects, each served by an index: for an OR, PostgreSQL compares every row with every root.
    """
    by_root = select(Contact.id, Contact.root_id).where(in_values(session, Contact.root_id, root_ids))
    alone = select(Contact.id, Contact.id).where(
        in_values(session, Contact.id, root_ids), Contact.root_id.is_(None)
    )
    return dict(fetch_raw(session, union_all(by_root, alone)))


def find_roots(session: Session, contact_ids: Collection[int]) -> dict[int, int]:
    """Return the root of each of these contacts (R4)."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    return dict(
        fetch_raw(session, select(Contact.id, root_id).where(in_values(session, Contact.id, contact_ids)))
    )


def apply_event(history: ContactHistory, event: EventRow, now: int) -> None:
    """Apply one event to the history as of `now`."""
    history.next_at = earlier(history.next_at, next_change(event, now))
    if not event.counts_at(now):
        if event.at > now and event.undone_at is None and wants_reply(event.kind, event.data):
            history.logged_later = (*history.logged_later, event.uid)
        return
    data = event.data
    if event.kind in CHANNELS or event.kind == "ask":
        history.logged = (*history.logged, _read_logged(event))
    elif event.kind in ("note", "no_reply_needed"):
        history.marks = (*history.marks, *_read_marks(event))
    elif event.kind == "policy":
        for change in read_changes(data):
            if change.after is None:
                history.own.pop(change.key, None)
            else:
                history.own[change.key] = change.after
    elif event.kind == "gift":
        history.gifts = (*history.gifts, (event.at, event.uid))
    elif event.kind == "dismissed":
        dismissed = str(data.get("flag")), str(data.get("reason")), int(data.get("since_at") or 0)
        history.dismissed |= {dismissed}


def _read_marks(event: EventRow) -> Iterator[Mark]:
    """Yield what ends logged debts (R56): the person's "no reply needed", or a note marked as an answer."""
    if event.kind == "no_reply_needed":
        if event.conversation_id is None:
            yield Mark(event.at, CLOSED)
    elif is_clearing(event.kind, event.data):
        yield Mark(event.at, ANSWERED)


def _read_logged(event: EventRow) -> Logged:
    data = event.data
    return Logged(
        event.at,
        event.uid,
        event.kind,
        not is_inbound(data),
        event.author_id,
        event.conversation_id,
        "ask" if event.kind == "ask" else data.get("touch_class"),
        is_clearing(event.kind, data),
        wants_reply(event.kind, data),
        bool(data.get("is_thanks")),
    )
