"""A replay's stored result: JSON with ids in place of names, which are looked up when it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.replay.outcomes import TOP, Comparison, Followed, Moved, ReasonComparison, Tally


class Shown(NamedTuple):
    """A stored result: the period, flags by reason, and the newest people flagged under only one policy."""

    start: int
    end: int
    mornings: int
    rows: tuple[ReasonComparison, ...]
    newly: tuple[Moved, ...]
    newly_count: int
    no_longer: tuple[Moved, ...]
    no_longer_count: int


def pack_result(found: Comparison) -> dict[str, Any]:
    """Return the JSON form of a comparison. Lists of people are cut to what a page shows, with their full counts."""
    return {
        "start": found.start,
        "end": found.end,
        "mornings": found.mornings,
        "rows": [[row.flag, row.reason, list(row.before), list(row.after)] for row in found.rows],
        "newly": [_pack_moved(each) for each in found.newly[:TOP]],
        "newly_count": len(found.newly),
        "no_longer": [_pack_moved(each) for each in found.no_longer[:TOP]],
        "no_longer_count": len(found.no_longer),
    }


def _pack_moved(moved: Moved) -> list[Any]:
    return [
        moved.contact_id,
        moved.flag,
        moved.reason,
        moved.since_at,
        moved.flags,
        list(moved.followed),
    ]


def read_result(session: Session, stored: Mapping[str, Any]) -> Shown:
    """Return a stored result with people's current names; deleted people are omitted."""
    people = list_people(session, {each[0] for name in ("newly", "no_longer") for each in stored[name]})
    rows = tuple(
        ReasonComparison(flag, reason, Tally(*before), Tally(*after))
        for flag, reason, before, after in stored["rows"]
    )
    newly, no_longer = (
        tuple(_read_moved(each, people) for each in stored[name] if each[0] in people)
        for name in ("newly", "no_longer")
    )
    return Shown(
        stored["start"],
        stored["end"],
        stored["mornings"],
        rows,
        newly,
        stored["newly_count"],
        no_longer,
        stored["no_longer_count"],
    )


def _read_moved(stored: Sequence[Any], people: Mapping[int, tuple[str, str]]) -> Moved:
    contact_id, flag, reason, since_at, flags, followed = stored
    address, name = people[contact_id]
    return Moved(contact_id, address, name, flag, reason, since_at, flags, Followed(*followed))
