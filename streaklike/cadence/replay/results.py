"""A replay's result as it is kept: JSON with ids in place of names, which are looked up when it is shown."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.replay.outcomes import TOP, Comparison, Followed, Moved, ReasonComparison, Tally


class Shown(NamedTuple):
    """A kept result: the period, flags by reason, and the newest of those who are flagged by one policy alone."""

    start: int
    end: int
    mornings: int
    rows: tuple[ReasonComparison, ...]
    newly: tuple[Moved, ...]
    newly_count: int
    no_longer: tuple[Moved, ...]
    no_longer_count: int


def pack_result(found: Comparison) -> dict[str, Any]:
    """What is kept of a comparison. Of the lists of people it is what a page shows, and how many there are."""
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


def read_result(session: Session, kept: Mapping[str, Any]) -> Shown:
    """A kept result with the people's names of today. Who is no longer there is left out."""
    people = list_people(session, {each[0] for name in ("newly", "no_longer") for each in kept[name]})
    rows = tuple(
        ReasonComparison(flag, reason, Tally(*before), Tally(*after))
        for flag, reason, before, after in kept["rows"]
    )
    newly, no_longer = (
        tuple(_read_moved(each, people) for each in kept[name] if each[0] in people)
        for name in ("newly", "no_longer")
    )
    return Shown(
        kept["start"],
        kept["end"],
        kept["mornings"],
        rows,
        newly,
        kept["newly_count"],
        no_longer,
        kept["no_longer_count"],
    )


def _read_moved(kept: Sequence[Any], people: Mapping[int, tuple[str, str]]) -> Moved:
    contact_id, flag, reason, since_at, flags, followed = kept
    address, name = people[contact_id]
    return Moved(contact_id, address, name, flag, reason, since_at, flags, Followed(*followed))
