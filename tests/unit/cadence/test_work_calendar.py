import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.cadence.calendar.country_days import Exceptions, pack
from streaklike.cadence.calendar.work_calendar import (
    NoWorkingTime,
    WorkCalendar,
    _calendar,
    build_calendar,
    load_calendar,
    save_calendar,
)
from streaklike.cadence.policy.policy import Policy, save_policy
from streaklike.instants import DAY, HOUR, MINUTE, parse_instant, to_instant
from streaklike.store.database import Database
from streaklike.store.models import Contact, ContactStatus, CountryYear

TAIPEI = WorkCalendar("Asia/Taipei")


def taipei(text: str) -> int:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Taipei")))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-03 16:30", "2026-03-04 09:30", HOUR),
        ("2026-03-03 18:00", "2026-03-04 09:30", 30 * MINUTE),
        ("2026-03-07 11:00", "2026-03-08 15:00", 0),
        ("2026-03-06 16:00", "2026-03-09 10:00", 2 * HOUR),
        ("2026-03-03 17:00", "2026-03-04 09:00", 0),
        ("2026-03-03 08:00", "2026-03-03 20:00", 8 * HOUR),
        ("2026-03-04 10:00", "2026-03-03 10:00", 0),
    ],
)
def test_R41_working_time(start: str, end: str, expected: int) -> None:
    assert TAIPEI.working_ms(taipei(start), taipei(end)) == expected


def test_R42_taiwans_make_up_day_and_new_holidays() -> None:
    assert TAIPEI.is_working_day(date(2025, 2, 8))
    assert not TAIPEI.is_working_day(date(2025, 9, 29))
    assert not TAIPEI.is_working_day(date(2025, 10, 24))
    assert not TAIPEI.is_working_day(date(2025, 1, 27))
    assert TAIPEI.working_ms(taipei("2025-02-08 08:00"), taipei("2025-02-08 18:00")) == 8 * HOUR


def test_R42_a_typhoon_day_is_added_by_hand() -> None:
    calendar = build_calendar("Asia/Taipei", {"days_off": ["2026-03-03"], "days_on": ["2026-03-07"]})
    assert calendar.working_ms(taipei("2026-03-02 16:00"), taipei("2026-03-04 10:00")) == 2 * HOUR
    assert calendar.is_working_day(date(2026, 3, 7))


def test_R42_each_zone_its_own_hours() -> None:
    berlin = WorkCalendar("Europe/Berlin", country=None)
    assert berlin.working_ms(
        parse_instant("2026-03-27T15:30:00+01:00"), parse_instant("2026-03-30T10:00:00+02:00")
    ) == (90 * MINUTE + HOUR)


def test_R47_so_much_working_time_ends_sharp_at_closing_and_a_moment_more_next_morning() -> None:
    start = taipei("2026-03-02 09:00")
    assert TAIPEI.add_working(start, 16 * HOUR) == taipei("2026-03-03 17:00")
    assert TAIPEI.add_working(start, 16 * HOUR + 1) == taipei("2026-03-04 09:00") + 1
    assert TAIPEI.add_working(start, 0) == start


def test_R42_a_calendar_without_work_says_so() -> None:
    with pytest.raises(NoWorkingTime, match="working days"):
        WorkCalendar(
            "UTC", country=None, days_off=(date.fromordinal(n) for n in range(737_000, 760_000))
        ).add_working(parse_instant("2026-03-02T00:00:00+00:00"), 1)
    with pytest.raises(ValueError, match="begin before"):
        WorkCalendar("UTC", start_hour=9, end_hour=9)


def test_R41_one_working_day_alone_is_measured_whole() -> None:
    days_off = {date.fromordinal(number) for number in range(725_000, 765_000)} - {date(2026, 3, 4)}
    before, morning, evening = (taipei(f"2026-03-{day}") for day in ("02 12:00", "04 09:00", "04 17:00"))

    def calendar() -> WorkCalendar:
        return WorkCalendar("Asia/Taipei", country=None, days_off=days_off)

    assert calendar().working_ms(before, evening + DAY) == 8 * HOUR
    assert calendar().working_ms(before, morning + HOUR) == HOUR
    assert calendar().working_ms(morning + HOUR, evening + DAY) == 7 * HOUR
    assert calendar().add_working(before, 8 * HOUR) == evening
    assert calendar().add_working(before, 1) == morning + 1
    with pytest.raises(NoWorkingTime):
        calendar().add_working(before, 8 * HOUR + 1)


INSTANTS = st.integers(parse_instant("2024-01-01T00:00:00+00:00"), parse_instant("2027-01-01T00:00:00+00:00"))


@given(INSTANTS, st.integers(1, 60 * HOUR))
def test_R41_adding_and_measuring_agree(start: int, ms: int) -> None:
    end = TAIPEI.add_working(start, ms)
    assert TAIPEI.working_ms(start, end) == ms
    assert TAIPEI.working_ms(start, end - 1) == ms - 1


@given(INSTANTS, st.integers(0, 20 * DAY))
def test_R41_equals_counting_minute_by_minute(start: int, span: int) -> None:
    start -= start % MINUTE
    end = start + span - span % MINUTE
    zone = ZoneInfo("Asia/Taipei")
    step = 30 * MINUTE
    start, end = start - start % step, end - end % step
    plain = 0
    for instant in range(start, end, step):
        local = datetime.fromtimestamp(instant / 1000, zone)
        plain += step if TAIPEI.is_working_day(local.date()) and 9 <= local.hour < 17 else 0
    assert TAIPEI.working_ms(start, end) == plain


def test_R42_days_added_by_hand_are_kept_and_everybody_becomes_due(database: Database) -> None:
    with database.begin() as session:
        session.add(Contact(id=1, kind="contact", root_id=1, created_at=0))
        session.flush()
        session.add(ContactStatus(contact_id=1, due_at=None))
        session.flush()
        save_calendar(session, {"days_off": ["2026-03-03"]})
        session.expire_all()
        assert not load_calendar(session).is_working_day(date(2026, 3, 3))
        assert session.get_one(ContactStatus, 1).due_at == 0
        with pytest.raises(ValueError, match="isoformat"):
            save_calendar(session, {"days_off": ["tomorrow"]})


def test_R42_the_country_is_taiwan_unless_another_or_none_is_set() -> None:
    make_up_day = date(2025, 2, 8)
    assert WorkCalendar().is_working_day(make_up_day)
    assert build_calendar("Asia/Taipei", {}).is_working_day(make_up_day)
    assert not build_calendar("Asia/Taipei", {"country": None}).is_working_day(make_up_day)
    assert not build_calendar("Asia/Tokyo", {"country": "JP"}).is_working_day(date(2026, 5, 5))
    assert build_calendar("Asia/Taipei", {}).is_working_day(date(2026, 5, 5))


def test_R42_the_zone_is_taipei_unless_set() -> None:
    day = taipei("2026-03-03 00:00"), taipei("2026-03-04 00:00")
    assert WorkCalendar().add_working(day[0], HOUR) == taipei("2026-03-03 10:00")
    assert WorkCalendar("UTC").add_working(day[0], HOUR) != taipei("2026-03-03 10:00")


def test_R42_a_team_sets_its_hours() -> None:
    calendar = build_calendar("Asia/Taipei", {"hours": [10, 19]})
    assert calendar.working_ms(taipei("2026-03-03 00:00"), taipei("2026-03-03 11:00")) == HOUR
    assert calendar.working_ms(taipei("2026-03-03 11:00"), taipei("2026-03-03 23:00")) == 8 * HOUR


def test_R42_a_team_may_work_round_the_clock() -> None:
    calendar = WorkCalendar("Asia/Taipei", start_hour=0, end_hour=24)
    assert calendar.working_ms(taipei("2026-03-02 22:00"), taipei("2026-03-04 01:00")) == 27 * HOUR
    assert calendar.working_ms(taipei("2026-03-06 23:00"), taipei("2026-03-09 00:30")) == 90 * MINUTE
    for hours in ((-1, 8), (9, 25), (17, 9)):
        with pytest.raises(ValueError, match="begin before"):
            WorkCalendar(start_hour=hours[0], end_hour=hours[1])


def test_R41_working_time_goes_on_over_the_years() -> None:
    start = taipei("2026-12-31 09:00")
    rest = WorkCalendar().working_ms(start, taipei("2028-01-01 00:00"))
    end = WorkCalendar().add_working(start, rest + 1)
    assert taipei("2028-01-03 09:00") <= end < taipei("2028-01-10 09:01")
    assert WorkCalendar().add_working(start, rest) < taipei("2028-01-01 00:00")
    assert WorkCalendar().working_ms(start, end) == rest + 1
    late = WorkCalendar().add_working(start, 600 * 8 * HOUR)
    assert WorkCalendar().working_ms(start, late) == 600 * 8 * HOUR


def test_R41_one_calendar_measures_any_years_in_any_order() -> None:
    calendar = WorkCalendar()
    for year in (2026, 2024, 2028, 2023, 2029, 2026):
        span = taipei(f"{year}-03-01 00:00"), taipei(f"{year + 1}-03-01 00:00")
        assert calendar.working_ms(*span) == WorkCalendar().working_ms(*span)
        assert calendar.add_working(span[0], HOUR) == WorkCalendar().add_working(span[0], HOUR)


def test_R41_the_new_year_begins_in_the_teams_own_zone() -> None:
    calendar = WorkCalendar("Asia/Taipei", country=None, start_hour=0, end_hour=24)
    calendar.working_ms(taipei("2027-06-01 00:00"), taipei("2027-06-02 00:00"))
    assert calendar.working_ms(taipei("2028-12-31 23:00"), taipei("2029-01-01 04:00")) == 4 * HOUR


def test_R42_the_mornings_of_working_days_from_an_instant_on_and_before_another() -> None:
    friday, monday = taipei("2026-03-06 09:00"), taipei("2026-03-09 09:00")
    assert WorkCalendar().list_mornings(friday, monday + 1) == [friday, monday]
    assert WorkCalendar().list_mornings(friday, monday) == [friday]
    assert WorkCalendar().list_mornings(friday + 1, monday) == []
    over_the_years = WorkCalendar().list_mornings(taipei("2025-12-31 00:00"), taipei("2027-01-05 00:00"))
    assert over_the_years[:2] == [taipei("2025-12-31 09:00"), taipei("2026-01-02 09:00")]
    assert over_the_years[-1] == taipei("2027-01-04 09:00")


def test_R42_the_hours_are_the_teams_or_those_of_the_policy_asked_about(database: Database) -> None:
    with database.begin() as session:
        assert load_calendar(session).hours == (9, 17)
        save_policy(session, {"work_start_hour": 10})
        assert load_calendar(session).hours == (10, 17)
        assert load_calendar(session, policy=Policy(work_end_hour=20)).hours == (9, 20)


def test_R42_the_years_of_a_country_are_those_that_are_kept(database: Database) -> None:
    _calendar.cache_clear()
    with database.begin() as session:
        kept = Exceptions(off=frozenset({date(2026, 3, 3)}), on=frozenset())
        session.add(CountryYear(country="NZ", year=2026, days=pack(kept)))
        session.flush()
        save_calendar(session, {"country": "NZ"})
        assert not load_calendar(session).is_working_day(date(2026, 3, 3))
        save_calendar(session, {"country": None})
        assert load_calendar(session).is_working_day(date(2026, 2, 6))


def test_threads_that_share_a_new_calendar_all_see_the_same_hours():
    start, end = taipei("2026-03-02"), taipei("2026-03-07")
    asked = [(start + year * 366 * DAY, end + year * 366 * DAY) for year in (0, -2, 3)]
    expected = [WorkCalendar().working_ms(*span) for span in asked]
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(2):
            calendar, barrier = WorkCalendar(), threading.Barrier(8)

            def ask(
                number: int, calendar: WorkCalendar = calendar, barrier: threading.Barrier = barrier
            ) -> list[int]:
                barrier.wait()
                turn = number % len(asked)
                found = [calendar.working_ms(*span) for span in asked[turn:] + asked[:turn]]
                return found[len(asked) - turn :] + found[: len(asked) - turn]

            with ThreadPoolExecutor(8) as pool:
                assert list(pool.map(ask, range(8))) == [expected] * 8
    finally:
        sys.setswitchinterval(switching)
