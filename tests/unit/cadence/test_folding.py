"""R51: what stood at an instant, folded from the events before it, or told by the first after it."""

from collections.abc import Sequence
from typing import Any

import pytest

from streaklike.cadence.loading.folding import fold_owner, fold_people
from streaklike.cadence.loading.people_facts import EventRow, People
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import ContactHistory

NOW = 100
AN, BO, CHU = 1, 2, 3
MEI, WEI = 11, 12
DIRECTORY = TeamDirectory(
    {}, {"mei@ngo.example": MEI, "wei@ngo.example": WEI}, {MEI: "mei@ngo.example", WEI: "wei@ngo.example"}
)


def event(
    at: int, kind: str, data: dict[str, Any] | None = None, *, undone_at: int | None = None, of: int = AN
) -> EventRow:
    return EventRow(at, f"e{at}", kind, of, None, None, None, None, data or {}, undone_at)


def folded(*events: EventRow, now: int = NOW, **facts: Any) -> ContactHistory:
    """An as they stood at `now`, of whom today's row says `facts`, oldest event first."""
    history = ContactHistory(AN, **facts)
    people = People({AN: history}, {})
    people.events[AN] = list(events)
    fold_people(people, DIRECTORY, now)
    return history


def tier(at: int, value: str | None, was: str | None, undone_at: int | None = None) -> EventRow:
    return event(at, "tier", {"tier": value, "was": was}, undone_at=undone_at)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "today"),
        ([tier(50, "A", None)], "A"),
        ([tier(NOW, "A", None)], "A"),
        ([tier(NOW + 1, "A", "was")], "was"),
        ([tier(50, "A", None), tier(60, "B", "A")], "B"),
        ([tier(50, "A", None), tier(NOW + 1, "B", "A")], "A"),
        ([tier(NOW + 1, "A", "first"), tier(NOW + 2, "B", "A")], "first"),
        ([tier(50, "A", "was", undone_at=60)], "today"),
        ([tier(50, "A", "was", undone_at=NOW)], "today"),
        ([tier(50, "A", "was", undone_at=NOW + 1)], "A"),
        ([tier(NOW, "A", "was", undone_at=NOW)], "today"),
        ([tier(40, "A", None), tier(50, "B", "A", undone_at=60)], "A"),
        ([tier(50, "A", "was", undone_at=60), tier(NOW + 1, "B", "before")], "before"),
    ],
)
def test_R51_the_last_that_counts_holds_else_what_stood_before_the_first_to_come(
    events: Sequence[EventRow], expected: str
):
    assert folded(*events, tier="today").tier == expected


@pytest.mark.parametrize(
    ("events", "kind", "since_at", "expected"),
    [
        ([], "candidate", 0, ("candidate", 0)),
        ([event(50, "contact")], "candidate", 0, ("contact", 50)),
        ([event(50, "contact")], "contact", 70, ("contact", 50)),
        ([event(50, "contact")], "contact", 30, ("contact", 30)),
        ([event(50, "contact"), event(60, "contact")], "candidate", 0, ("contact", 50)),
        ([event(60, "contact"), event(50, "contact")], "contact", 70, ("contact", 50)),
        ([event(NOW + 1, "contact")], "candidate", 0, ("candidate", 0)),
        ([event(50, "contact", undone_at=60)], "candidate", 0, ("candidate", 0)),
        ([event(50, "contact", undone_at=60), event(70, "contact")], "candidate", 0, ("contact", 70)),
        ([event(50, "note")], "candidate", 0, ("candidate", 0)),
    ],
)
def test_R9_R51_who_was_added_by_hand_was_a_contact_from_then(
    events: Sequence[EventRow], kind: str, since_at: int, expected: tuple[str, int]
):
    history = folded(*events, kind=kind, since_at=since_at)
    assert (history.kind, history.since_at) == expected


@pytest.mark.parametrize(
    ("event_row", "expected"),
    [
        (event(50, "do_not_contact", {"until": 500, "was": None}), 500),
        (event(NOW + 1, "do_not_contact", {"until": 500, "was": {"until": 300}}), 300),
        (event(NOW + 1, "do_not_contact", {"until": 500, "was": None}), None),
        (event(50, "merge", {"do_not_contact": {"until": 500, "was": None}}), 500),
        (event(NOW + 1, "merge", {"do_not_contact": {"until": 500, "was": {"until": 300}}}), 300),
        (event(50, "merge", {"into": "bo@donor.example"}), 7),
        (event(50, "tier", {"until": 500}), 7),
    ],
)
def test_R49_R51_how_long_they_were_to_be_left_alone(event_row: EventRow, expected: int | None):
    assert folded(event_row, do_not_contact_until=7).do_not_contact_until == expected


@pytest.mark.parametrize(
    ("data", "at", "expected"),
    [
        ({"owners": ["mei@ngo.example"], "was": []}, 50, MEI),
        ({"owners": ["wei@ngo.example", "mei@ngo.example"], "was": []}, 50, WEI),
        ({"owners": ["gone@ngo.example", "wei@ngo.example"], "was": []}, 50, WEI),
        ({"owners": [], "was": ["mei@ngo.example"]}, 50, None),
        ({"owners": None, "was": ["mei@ngo.example"]}, 50, None),
        ({"owners": ["mei@ngo.example"], "was": ["wei@ngo.example"]}, NOW + 1, WEI),
        ({"owners": ["mei@ngo.example"]}, NOW + 1, None),
    ],
)
def test_R51_whose_they_were(data: dict[str, Any], at: int, expected: int | None):
    assert folded(event(at, "owner", data), owner_id=99).owner_id == expected
    assert fold_owner([], NOW, DIRECTORY, 99) == 99
    assert folded(tier(50, "A", None), owner_id=99).owner_id == 99


def test_R4_R51_what_was_said_of_a_merged_part_says_nothing_of_the_root():
    histories = {each: ContactHistory(each, tier="C") for each in (BO, AN, CHU)}
    people = People(histories, {})
    people.events[AN] = [event(50, "tier", {"tier": "A", "was": None}, of=BO)]
    people.events[CHU] = [event(50, "tier", {"tier": "B", "was": None}, of=CHU)]
    fold_people(people, DIRECTORY, NOW)
    assert {each: history.tier for each, history in histories.items()} == {BO: "C", AN: "C", CHU: "B"}
