"""Moments to come back at: the work calendar's mornings in the member's own zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from streaklike.cadence.calendar.due_dates import (
    CHOICES,
    follow_up_at,
    list_due_dates,
    next_working_day,
    parse_days,
    parse_when,
)
from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.instants import to_instant
from streaklike.people.errors import BadValue

TAIPEI = ZoneInfo("Asia/Taipei")
TEAM = WorkCalendar("Asia/Taipei", country="TW")


def at(text: str, zone: ZoneInfo = TAIPEI) -> int:
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=zone))


def offered(now: str, zone: ZoneInfo = TAIPEI) -> dict[str, int]:
    return list_due_dates(at(now, zone), zone, TEAM)


def test_R41_a_weekday_morning_offers_today_tomorrow_and_next_week():
    assert offered("2026-11-18T10:07") == {
        "later-today": at("2026-11-18T13:15"),
        "tomorrow": at("2026-11-19T09:00"),
        "next-week": at("2026-11-23T09:00"),
    }


def test_R42_a_friday_evening_offers_no_today_and_names_the_working_day():
    assert offered("2026-11-20T16:00") == {
        "tomorrow": at("2026-11-21T09:00"),
        "next-working-day": at("2026-11-23T09:00"),
    }


def test_R42_days_off_and_make_up_days_are_the_calendars():
    lunar_new_year = WorkCalendar("Asia/Taipei", country="TW")
    before = at("2026-02-13T10:00")
    assert list_due_dates(before, TAIPEI, lunar_new_year)["next-working-day"] == at("2026-02-23T09:00")
    assert parse_when("next-week", now=before, zone=TAIPEI, calendar=TEAM) == at("2026-02-23T09:00")


def test_R43_a_morning_is_the_members_own():
    berlin = ZoneInfo("Europe/Berlin")
    assert offered("2026-11-18T10:00", berlin)["tomorrow"] == at("2026-11-19T09:00", berlin)
    summer_ends = parse_when("2026-10-25", now=at("2026-10-20T10:00", berlin), zone=berlin, calendar=TEAM)
    assert summer_ends == at("2026-10-25T09:00", berlin)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("3d", "2026-11-21T09:00"),
        ("2w", "2026-12-02T09:00"),
        ("1d", "2026-11-19T09:00"),
        ("3660d", "2036-11-25T09:00"),
        ("2026-12-03 14:30", "2026-12-03T14:30"),
        ("2026-12-03T14:30+09:00", "2026-12-03T13:30"),
        ("2026-12-03", "2026-12-03T09:00"),
        ("2026-12-03T14:30", "2026-12-03T14:30"),
        ("2026-12-03T14:30+08:00", "2026-12-03T14:30"),
        ("Next week", "2026-11-23T09:00"),
        ("later_today", "2026-11-18T13:00"),
    ],
)
def test_what_people_type(text: str, moment: str):
    assert parse_when(text, now=at("2026-11-18T10:00"), zone=TAIPEI, calendar=TEAM) == at(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "0d",
        "9999w",
        "2026-11-18",
        "2026-13-01",
        "2020-01-01",
        "9999-99-99T1",
        "3661d",
        "2026-11-18T10:00",
    ],
)
def test_what_is_no_time_to_come_is_refused(text: str):
    with pytest.raises(BadValue):
        parse_when(text, now=at("2026-11-18T10:00"), zone=TAIPEI, calendar=TEAM)


def test_no_day_from_now_is_no_span():
    with pytest.raises(BadValue):
        parse_when("0d", now=at("2026-11-18T08:00"), zone=TAIPEI, calendar=TEAM)


def test_a_follow_up_counts_days_and_never_comes_on_a_day_off():
    assert follow_up_at(at("2026-11-18T10:00"), 7, TEAM) == at("2026-11-25T09:00")
    assert follow_up_at(at("2026-11-18T10:00"), 3, TEAM) == at("2026-11-23T09:00")  # a Saturday moves on
    assert parse_days("7") == parse_days("7d") == parse_days("1w") == 7
    for text in ("", "d", "0d", "-3d", "seven"):
        with pytest.raises(BadValue):
            parse_days(text)


def test_every_moment_offered_can_be_typed():
    now = at("2026-11-18T10:07")
    for name, instant in list_due_dates(now, TAIPEI, TEAM).items():
        assert name in CHOICES
        assert parse_when(name, now=now, zone=TAIPEI, calendar=TEAM) == instant


def test_R41_later_today_may_end_with_the_working_day_and_no_later():
    assert offered("2026-11-18T14:00")["later-today"] == at("2026-11-18T17:00")
    assert "later-today" not in offered("2026-11-18T14:01")


def test_R41_a_day_that_begins_or_ends_at_midnight():
    nights = WorkCalendar("Asia/Taipei", country="TW", start_hour=0, end_hour=24)
    now = at("2026-11-18T20:30")
    assert list_due_dates(now, TAIPEI, nights) == {
        "later-today": at("2026-11-18T23:30"),
        "tomorrow": at("2026-11-19T00:00"),
        "next-week": at("2026-11-23T00:00"),
    }
    assert "later-today" not in list_due_dates(at("2026-11-18T21:01"), TAIPEI, nights)


def test_R42_where_no_working_day_comes_within_two_months_the_next_day_is_meant():
    holidays = [date(2026, 11, 18) + timedelta(days=number) for number in range(70)]
    closed = WorkCalendar("Asia/Taipei", country="TW", days_off=holidays)
    assert next_working_day(date(2026, 11, 18), closed) == date(2026, 11, 19)


def test_R43_before_the_suns_rise_the_day_is_the_members_own():
    now = at("2026-11-18T06:30")  # still the 17th in UTC
    assert list_due_dates(now, TAIPEI, TEAM) == {
        "later-today": at("2026-11-18T09:30"),
        "tomorrow": at("2026-11-19T09:00"),
        "next-week": at("2026-11-23T09:00"),
    }
    assert parse_when("3d", now=now, zone=TAIPEI, calendar=TEAM) == at("2026-11-21T09:00")
    assert follow_up_at(now, 1, TEAM) == at("2026-11-19T09:00")
