"""State at a past instant, folded from events (R51): each event holds the value it set and the previous one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from streaklike.cadence.loading.people_facts import EventRow, People
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import ContactHistory

T = TypeVar("T")


def fold(events: Sequence[EventRow], now: int, read: Callable[[EventRow, bool], T], current: T) -> T:
    """Return the value at `now`: set by the last event in force, else the value before the first later event.

    `events` are of one kind about one thing, oldest first; `read(event, True)` returns the value it set,
    `read(event, False)` the one before. `current` is today's value, used if no event applies.
    """
    done = [event for event in events if event.counts_at(now)]
    if done:
        return read(done[-1], True)
    ahead = next((event for event in events if event.at > now), None)
    return current if ahead is None else read(ahead, False)


def of_kind(events: Sequence[EventRow], *kinds: str) -> list[EventRow]:
    """Return the events of these kinds."""
    return [event for event in events if event.kind in kinds]


def fold_people(people: People, directory: TeamDirectory, now: int) -> None:
    """Set each history's contact status, tier, do-not-contact and owner to their values at `now`.

    Events of merged contacts do not count (R4).
    """
    for root_id, history in people.histories.items():
        events = [event for event in people.events.get(root_id, ()) if event.contact_id == root_id]
        if not events:
            continue
        _fold_adding(history, events, now)
        history.tier = fold(of_kind(events, "tier"), now, _read_tier, history.tier)
        history.do_not_contact_until = fold(
            [event for event in of_kind(events, "do_not_contact", "merge") if _forbids(event)],
            now,
            _read_until,
            history.do_not_contact_until,
        )
        history.owner_id = fold_owner(of_kind(events, "owner"), now, directory, history.owner_id)


def _fold_adding(history: ContactHistory, events: Sequence[EventRow], now: int) -> None:
    added = [event.at for event in of_kind(events, "contact") if event.counts_at(now)]
    if not added:
        return
    is_contact = history.kind == "contact"
    history.since_at = min(*added, history.since_at) if is_contact else min(added)
    history.kind = "contact"


def fold_owner(
    events: Sequence[EventRow], now: int, directory: TeamDirectory, current: int | None
) -> int | None:
    """Return the first owner with access, in the order named, that `owner` events give at `now` (R58)."""

    def read(event: EventRow, is_after: bool) -> int | None:
        emails = event.data.get("owners" if is_after else "was") or []
        ids = (directory.with_access(directory.by_email.get(email), now) for email in emails)
        return next((user_id for user_id in ids if user_id is not None), None)

    return fold(events, now, read, current)


def fold_taken(events: Sequence[EventRow], now: int, *, is_taken: bool) -> bool:
    """Return whether a conversation had an owner at `now`, with access or not (R59)."""

    def read(event: EventRow, is_after: bool) -> bool:
        return bool(event.data.get("owners" if is_after else "was"))

    return fold(events, now, read, is_taken)


def _read_tier(event: EventRow, is_after: bool) -> str | None:
    tier: str | None = event.data.get("tier" if is_after else "was")
    return tier


def _forbids(event: EventRow) -> bool:
    return event.kind == "do_not_contact" or bool(event.data.get("do_not_contact"))


def _read_until(event: EventRow, is_after: bool) -> int | None:
    data: dict[str, Any] = event.data if event.kind == "do_not_contact" else event.data["do_not_contact"]
    until: int | None = (data if is_after else data.get("was") or {}).get("until")
    return until
