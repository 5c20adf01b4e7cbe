"""When digests are due: the member's own hour, working days, quiet hours (R42, R43)."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.digest.schedule import HOURS, PAUSES, DigestSlot, at_hour, last_week, list_due, next_try
from streaklike.instants import DAY, HOUR, MINUTE, format_instant, parse_instant

TAIPEI = ZoneInfo("Asia/Taipei")
BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = WorkCalendar()


def due(
    at: str,
    *,
    zone: ZoneInfo = TAIPEI,
    hour: int = 8,
    role: str = "member",
    calendar: WorkCalendar = CALENDAR,
) -> tuple[DigestSlot, ...]:
    return list_due(now=parse_instant(at), zone=zone, hour=hour, role=role, calendar=calendar)


def test_it_is_due_from_the_members_hour_until_quiet_hours():
    assert due("2026-11-18T07:59:59+08:00") == ()
    (slot,) = due("2026-11-18T08:00:00+08:00")
    assert (slot.kind, slot.day) == ("daily", date(2026, 11, 18))
    assert format_instant(slot.due_at) == "2026-11-18T00:00:00Z"
    assert not slot.is_late_at(parse_instant("2026-11-18T20:59:59+08:00"))
    assert slot.is_late_at(parse_instant("2026-11-18T21:00:00+08:00"))


@pytest.mark.parametrize(
    ("day", "is_due"),
    [
        ("2025-02-07", True),
        ("2025-02-08", True),  # a Saturday that is worked (R42)
        ("2025-02-09", False),
        ("2025-09-29", False),  # a holiday since 2025 (R42)
        ("2025-10-24", False),
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
    ],
)
def test_R42_weekends_and_taiwans_holidays_bring_none(day: str, is_due: bool):
    assert bool(due(f"{day}T09:00:00+08:00")) is is_due


def test_R42_a_typhoon_day_brings_none():
    calendar = WorkCalendar(days_off=[date(2026, 11, 18)])
    assert due("2026-11-18T09:00:00+08:00", calendar=calendar) == ()


@pytest.mark.parametrize(
    ("hour", "at"), [(0, "06:00"), (5, "06:00"), (6, "06:00"), (20, "20:00"), (23, "20:00")]
)
def test_R43_an_hour_within_quiet_hours_moves_to_their_edge(hour: int, at: str):
    before, after = f"2026-11-18T{at}:00+08:00", f"2026-11-18T{at}:01+08:00"
    assert (
        list_due(now=parse_instant(before) - 1, zone=TAIPEI, hour=hour, role="member", calendar=CALENDAR)
        == ()
    )
    assert len(due(after, hour=hour)) == 1


def test_R42_a_member_elsewhere_has_their_own_morning_and_day():
    assert due("2026-11-18T08:00:00+08:00", zone=BERLIN) == ()
    (slot,) = due("2026-11-18T08:00:00+01:00", zone=BERLIN)
    assert format_instant(slot.due_at) == "2026-11-18T07:00:00Z"
    (slot,) = due("2026-11-19T02:00:00+08:00", zone=ZoneInfo("America/Los_Angeles"))
    assert slot.day == date(2026, 11, 18), "it is Wednesday there as yet"


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-03-27", "07:00"),
        ("2026-03-30", "06:00"),  # the clocks went forward on Sunday
        ("2026-10-23", "06:00"),
        ("2026-10-27", "07:00"),  # and back on Sunday
    ],
)
def test_eight_o_clock_stays_eight_o_clock_where_the_clocks_change(day: str, utc: str):
    (slot,) = due(f"{day}T12:00:00+01:00", zone=BERLIN)
    assert format_instant(slot.due_at) == f"{day}T{utc}:00Z"


def test_a_day_of_25_hours_has_one_digest():
    sunday_worked = WorkCalendar(days_on=[date(2026, 10, 25)])
    slots = {
        slot
        for hours in range(48)
        for slot in list_due(
            now=parse_instant("2026-10-24T22:00:00+00:00") + hours * HOUR // 2,
            zone=BERLIN,
            hour=8,
            role="member",
            calendar=sunday_worked,
        )
    }
    assert {(slot.kind, slot.day) for slot in slots} == {("daily", date(2026, 10, 25))}


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2026-11-16", ("daily", "weekly")),  # Monday
        ("2026-11-17", ("daily",)),
        ("2025-09-29", ()),  # a Monday that is off
        ("2025-09-30", ("daily", "weekly")),
        ("2025-02-08", ("daily",)),  # a Saturday that is worked
    ],
)
def test_leads_get_the_week_on_its_first_working_day(day: str, kinds: tuple[str, ...]):
    at = f"{day}T09:00:00+08:00"
    assert tuple(slot.kind for slot in due(at, role="admin")) == kinds
    assert "weekly" not in [slot.kind for slot in due(at, role="member")]


def test_last_week_goes_from_monday_to_monday():
    from_at, to_at = last_week(date(2026, 11, 18), TAIPEI)
    assert format_instant(from_at) == "2026-11-08T16:00:00Z"
    assert to_at - from_at == 7 * DAY
    from_at, to_at = last_week(date(2026, 3, 30), BERLIN)
    assert to_at - from_at == 7 * DAY - HOUR, "a week in which the clocks went forward"


def test_R43_every_hour_that_can_be_chosen_is_outside_quiet_hours():
    assert list(HOURS) == list(range(6, 21))
    for hour in HOURS:
        assert at_hour(date(2026, 11, 18), hour, TAIPEI) == parse_instant(f"2026-11-18T{hour:02}:00:00+08:00")


def test_pauses_between_tries_grow_and_then_stay():
    waits = [next_try(0, tries) for tries in range(1, 9)]
    assert waits[:5] == list(PAUSES)
    assert waits[5:] == [60 * MINUTE] * 3
