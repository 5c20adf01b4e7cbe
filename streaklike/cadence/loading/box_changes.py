"""Contacts and conversations added to or removed from boxes after an instant (R51)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import exists, or_
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.loading.people_facts import list_events
from streaklike.store.models import Event


class BoxChange(NamedTuple):
    """Contacts or conversations, by key, added to or removed from a box, by an action or by undoing one."""

    at: int
    box_id: int
    is_added: bool
    keys: tuple[str, ...]


def list_changes(session: Session, now: int, what: str) -> list[BoxChange]:
    """List the changes after `now`, latest first; `what` is `contact` or `conversation`."""
    undoing = aliased(Event)
    is_later = or_(Event.at > now, exists().where(undoing.id == Event.undone_by_id, undoing.at > now))
    changes = []
    for event in list_events(session, is_later, ("box",)):
        did, box_id = event.data.get("did"), event.box_id
        if did not in (f"{what}_added", f"{what}_removed") or box_id is None:
            continue
        keys = tuple(event.data.get(f"{what}s") or [event.data.get(what)])
        is_added = did == f"{what}_added"
        changes.append(BoxChange(event.at, box_id, is_added, keys))
        if event.undone_at is not None:
            changes.append(BoxChange(event.undone_at, box_id, not is_added, keys))
    return sorted((change for change in changes if change.at > now), reverse=True)


def rewind(
    pairs: set[tuple[int, int]], changes: Iterable[BoxChange], ids: Mapping[str, int]
) -> set[tuple[int, int]]:
    """Return the (box, thing) pairs as before these changes (latest first); `ids` maps keys to ids."""
    for change in changes:
        changed = {(change.box_id, ids[key]) for key in change.keys if key in ids}
        pairs = pairs - changed if change.is_added else pairs | changed
    return pairs
