"""Working time (R41, R42). Days off and make-up days are data: the `holidays` library's, and days added by hand."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from streaklike.boxes.thresholds import CALENDAR, HOURS, read_settings, save_setting
from streaklike.cadence.country_days import CountryDays
from streaklike.cadence.policy import Policy
from streaklike.instants import to_datetime, to_instant

DEFAULTS = Policy()
MOST_YEARS_AHEAD = 50
FIRST_KNOWN = to_instant(datetime(1971, 1, 1, tzinfo=UTC))
LAST_KNOWN = to_instant(datetime(2100, 1, 1, tzinfo=UTC))
"""Mail may be dated in any year; a table of all working days of ten thousand years would take minutes."""


class NoWorkingTime(ValueError):
    """So much working time does not come within fifty years: the calendar knows hardly a working day."""


class WorkCalendar:
    """When a team works: `start_hour` to `end_hour` in its zone, on working days of `country`.

    `days_off` (typhoon days) and `days_on` are added by hand and win over the country's; `days_off` wins over both.
    """

    def __init__(
        self,
        zone: str = "Asia/Taipei",
        *,
        start_hour: int = 9,
        end_hour: int = 17,
        country: str | None = "TW",
        days_off: Iterable[date] = (),
        days_on: Iterable[date] = (),
    ) -> None:
        if not 0 <= start_hour < end_hour <= 24:
            raise ValueError("A working day must begin before it ends.")
        self._zone = ZoneInfo(zone)
        self._start_hour = start_hour
        self._end_hour = end_hour
        self.country_days = CountryDays(country) if country else None
        self._days_off = frozenset(days_off)
        self._days_on = frozenset(days_on)
        self._years: range = range(0)
        self._covered_from, self._covered_until = 1, 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._passed_before: list[int] = []

    @property
    def zone(self) -> ZoneInfo:
        """The team's own zone."""
        return self._zone

    @property
    def hours(self) -> tuple[int, int]:
        """The hours at which a working day begins and ends."""
        return self._start_hour, self._end_hour

    def is_working_day(self, day: date) -> bool:
        """Whether the team works on that day of its own zone."""
        if day in self._days_off:
            return False
        if day in self._days_on:
            return True
        if self.country_days is None:
            return day.weekday() < 5
        return self.country_days.is_working_day(day)

    def working_ms(self, start: int, end: int) -> int:
        """The working time between two instants, in milliseconds; 0 where `end` is not later."""
        if end <= start:
            return 0
        self._cover(start, end)
        return self._passed(end) - self._passed(start)

    def add_working(self, start: int, ms: int) -> int:
        """The instant at which `ms` of working time have passed since `start`. Raises NoWorkingTime.

        Of mail dated before 1971 or after 2100 nobody knows working days: all time counts.
        """
        if ms <= 0:
            return start
        if not FIRST_KNOWN <= start < LAST_KNOWN:
            return start + ms
        self._cover(start, start)
        last_year = self._years.stop + MOST_YEARS_AHEAD
        while not self._starts or self._total() < self._passed(start) + ms:
            if self._years.stop > last_year:
                raise NoWorkingTime("The work calendar has too few working days. Look through its days off.")
            self._build(range(self._years.start, self._years.stop + 1))
        target = self._passed(start) + ms
        index = bisect_left(self._passed_before, target) - 1
        return self._starts[index] + target - self._passed_before[index]

    def list_mornings(self, start: int, end: int) -> list[int]:
        """When each working day begins that begins from `start` on and before `end`."""
        self._cover(start, end)
        return self._starts[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def _passed(self, instant: int) -> int:
        """The working time from the table's beginning up to the instant."""
        index = bisect_right(self._starts, instant) - 1
        if index < 0:
            return 0
        return self._passed_before[index] + min(instant, self._ends[index]) - self._starts[index]

    def _total(self) -> int:
        return self._passed_before[-1] + self._ends[-1] - self._starts[-1]

    def _cover(self, start: int, end: int) -> None:
        start, end = max(start, FIRST_KNOWN), min(end, LAST_KNOWN)
        if self._covered_from <= start and end < self._covered_until:
            return
        first = to_datetime(start).year - 1
        last = to_datetime(end).year + 1
        if not self._years:
            self._build(range(first, last + 1))
        elif first < self._years.start or last >= self._years.stop:
            self._build(range(min(first, self._years.start), max(last + 1, self._years.stop)))

    def _build(self, years: range) -> None:
        self._years = years
        self._covered_from = to_instant(datetime(years.start + 1, 1, 1, tzinfo=UTC))
        self._covered_until = to_instant(datetime(years.stop - 1, 1, 1, tzinfo=UTC))
        self._starts, self._ends, self._passed_before = [], [], []
        passed = 0
        day = date(years.start, 1, 1)
        while day.year < years.stop:
            if self.is_working_day(day):
                start, end = self._hour_of(day, self._start_hour), self._hour_of(day, self._end_hour)
                self._starts.append(start)
                self._ends.append(end)
                self._passed_before.append(passed)
                passed += end - start
            day += timedelta(days=1)

    def _hour_of(self, day: date, hour: int) -> int:
        moment = datetime.combine(day, time(hour % 24), tzinfo=self._zone) + timedelta(days=hour // 24)
        return to_instant(moment.astimezone(UTC))


@lru_cache(maxsize=16)
def _calendar(
    zone: str, hours: tuple[int, int], country: str | None, off: frozenset[date], on: frozenset[date]
) -> WorkCalendar:
    return WorkCalendar(
        zone, start_hour=hours[0], end_hour=hours[1], country=country, days_off=off, days_on=on
    )


def build_calendar(zone: str, value: dict[str, Any]) -> WorkCalendar:
    """The calendar of a zone with what the setting says, each part of which may be left out.

    `{"days_off": [ISO dates], "days_on": [...], "hours": [9, 17], "country": "TW"}`. Raises ValueError for what is no
    date.
    """
    first, last = value.get("hours", (9, 17))
    return _calendar(
        zone,
        (int(first), int(last)),
        value.get("country", "TW"),
        frozenset(map(date.fromisoformat, value.get("days_off", ()))),
        frozenset(map(date.fromisoformat, value.get("days_on", ()))),
    )


def load_calendar(session: Session, zone: str = "Asia/Taipei", policy: Policy | None = None) -> WorkCalendar:
    """The team's calendar in its zone, with the days added by hand and the working hours of the policy: today's, or
    the one given.
    """
    kept, value = read_settings(session)
    hours = (
        (policy.work_start_hour, policy.work_end_hour)
        if policy is not None
        else tuple(kept.get(name, getattr(DEFAULTS, name)) for name in HOURS)
    )
    calendar = build_calendar(zone, {**value, "hours": hours})
    if calendar.country_days is not None:
        calendar.country_days.teach(session)
    return calendar


def save_calendar(session: Session, value: dict[str, Any]) -> None:
    """Keep the days added by hand, and have everybody evaluated again. Raises ValueError for what is no date."""
    build_calendar("UTC", value)
    save_setting(session, CALENDAR, value)
