"""Working time (R41, R42).

Holidays come from the `holidays` library; the team adds days off and make-up days.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import CALENDAR, HOURS, read_settings, save_setting
from streaklike.cadence.calendar.country_days import CountryDays
from streaklike.cadence.policy.policy import Policy, build_policy
from streaklike.instants import to_datetime, to_instant

DEFAULTS = Policy()
MOST_YEARS_AHEAD = 50
FIRST_KNOWN = to_instant(datetime(1971, 1, 1, tzinfo=UTC))
LAST_KNOWN = to_instant(datetime(2100, 1, 1, tzinfo=UTC))
"""Mail can carry any date; a table of working days for ten thousand years would take minutes to build."""


class NoWorkingTime(ValueError):
    """The requested working time does not fit into fifty years: the calendar has almost no working days."""


@dataclass(frozen=True, slots=True)
class _Table:
    """Working hours of a range of years: start and end of each working day, and the working time before it.

    Immutable: calendars are shared between threads, which must never see a half-built table. Instants from
    `covered_from` until `covered_until` (exclusive) have a full year of the table on either side.
    """

    years: range = range(0)
    covered_from: int = 1
    covered_until: int = 0
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()
    passed_before: Sequence[int] = ()

    def passed(self, instant: int) -> int:
        """Return the working time in ms from the table's beginning until `instant`."""
        index = bisect_right(self.starts, instant) - 1
        if index < 0:
            return 0
        return self.passed_before[index] + min(instant, self.ends[index]) - self.starts[index]

    @property
    def total(self) -> int:
        """The working time in ms of all its years."""
        return self.passed(self.ends[-1]) if self.ends else 0


class WorkCalendar:
    """A team's working time: `start_hour` to `end_hour` in its zone, on working days of `country`.

    The team's own `days_off` (typhoon days) and `days_on` override the country's; `days_off` overrides
    `days_on`.
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
        self._table = _Table()

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return self._zone

    @property
    def hours(self) -> tuple[int, int]:
        """The hours at which a working day starts and ends."""
        return self._start_hour, self._end_hour

    def is_working_day(self, day: date) -> bool:
        """Return whether `day`, in the team's zone, is a working day."""
        if day in self._days_off:
            return False
        if day in self._days_on:
            return True
        if self.country_days is None:
            return day.weekday() < 5
        return self.country_days.is_working_day(day)

    def working_ms(self, start: int, end: int) -> int:
        """Return the working time between two instants in ms; 0 if `end` is not after `start`."""
        if end <= start:
            return 0
        table = self._cover(start, end)
        return table.passed(end) - table.passed(start)

    def add_working(self, start: int, ms: int) -> int:
        """Return the instant at which `ms` of working time have passed since `start`.

        Raises NoWorkingTime.

        Before 1971 and after 2100 all time counts as working time: no holidays are known.
        """
        if ms <= 0:
            return start
        if not FIRST_KNOWN <= start < LAST_KNOWN:
            return start + ms
        table = self._cover(start, start)
        last_year = table.years.stop + MOST_YEARS_AHEAD
        # Extend the table a year at a time until it holds the target, but not for ever: all days may be off.
        while not table.starts or table.total < table.passed(start) + ms:
            if table.years.stop > last_year:
                raise NoWorkingTime("The work calendar has too few working days. Look through its days off.")
            table = self._table = self._build(range(table.years.start, table.years.stop + 1))
        target = table.passed(start) + ms
        index = bisect_left(table.passed_before, target) - 1
        return table.starts[index] + target - table.passed_before[index]

    def list_mornings(self, start: int, end: int) -> Sequence[int]:
        """Return the starts of the working days that begin in [start, end)."""
        table = self._cover(start, end)
        return table.starts[bisect_left(table.starts, start) : bisect_left(table.starts, end)]

    def _cover(self, start: int, end: int) -> _Table:
        """Return a table covering both instants: the current one, or a larger one that replaces it."""
        start, end = max(start, FIRST_KNOWN), min(end, LAST_KNOWN)
        table = self._table
        if table.covered_from <= start and end < table.covered_until:
            return table
        first = to_datetime(start).year - 1
        last = to_datetime(end).year + 1
        if table.years and first >= table.years.start and last < table.years.stop:
            return table
        if table.years:
            first, last = min(first, table.years.start), max(last, table.years.stop - 1)
        # One assignment of a complete table needs no lock: at worst two threads each build one.
        table = self._table = self._build(range(first, last + 1))
        return table

    def _build(self, years: range) -> _Table:
        starts, ends, passed_before = [], [], []
        passed = 0
        day = date(years.start, 1, 1)
        while day.year < years.stop:
            if self.is_working_day(day):
                start, end = self._hour_of(day, self._start_hour), self._hour_of(day, self._end_hour)
                starts.append(start)
                ends.append(end)
                passed_before.append(passed)
                passed += end - start
            day += timedelta(days=1)
        return _Table(
            years,
            covered_from=to_instant(datetime(years.start + 1, 1, 1, tzinfo=UTC)),
            covered_until=to_instant(datetime(years.stop - 1, 1, 1, tzinfo=UTC)),
            starts=starts,
            ends=ends,
            passed_before=passed_before,
        )

    def _hour_of(self, day: date, hour: int) -> int:
        moment = datetime.combine(day, time(hour % 24), tzinfo=self._zone) + timedelta(days=hour // 24)
        return to_instant(moment.astimezone(UTC))


# Equal settings share one calendar, so its tables are built once per process rather than once per request.
@lru_cache(maxsize=16)
def _calendar(
    zone: str, hours: tuple[int, int], country: str | None, off: frozenset[date], on: frozenset[date]
) -> WorkCalendar:
    return WorkCalendar(
        zone, start_hour=hours[0], end_hour=hours[1], country=country, days_off=off, days_on=on
    )


def build_calendar(zone: str, value: dict[str, Any]) -> WorkCalendar:
    """Build the calendar of a zone from the setting's value; every part of it is optional.

    `{"days_off": [ISO dates], "days_on": [...], "hours": [9, 17], "country": "TW"}`. Raises ValueError for an
    invalid date.
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
    """Load the team's calendar: its added days, and the working hours of `policy` or else of the current
    policy.
    """
    kept, value = read_settings(session)
    hours = (
        (policy.work_start_hour, policy.work_end_hour)
        if policy is not None
        else tuple(kept.get(name, getattr(DEFAULTS, name)) for name in HOURS)
    )
    return _load_country_days(session, build_calendar(zone, {**value, "hours": hours}))


def load_rules(session: Session, zone: str = "Asia/Taipei") -> tuple[Policy, WorkCalendar]:
    """Load the team's policy and calendar with one read of the settings. Raises PolicyUnreadable."""
    kept, value = read_settings(session)
    policy = build_policy(kept)
    hours = (policy.work_start_hour, policy.work_end_hour)
    return policy, _load_country_days(session, build_calendar(zone, {**value, "hours": hours}))


def _load_country_days(session: Session, calendar: WorkCalendar) -> WorkCalendar:
    if calendar.country_days is not None:
        calendar.country_days.teach(session)
    return calendar


def save_calendar(session: Session, value: dict[str, Any]) -> None:
    """Save the team's days off and days on, and mark everybody for reevaluation.

    Raises ValueError for an invalid date.
    """
    # Built only to validate the value.
    build_calendar("UTC", value)
    save_setting(session, CALENDAR, value)
