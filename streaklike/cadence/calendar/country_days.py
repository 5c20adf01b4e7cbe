"""The days a country works otherwise than its weeks say (R42): computed by the `holidays` library, then kept as data.

The library takes 19 MB and a quarter of a second to load, so a year is computed once for a database and read from there.
"""

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.store.models import CountryYear
from streaklike.store.writing import insert_missing

FIRST_WEEKEND_DAY = 5


class Exceptions(NamedTuple):
    """Of one year: weekdays that are off, and days of weekends that are worked."""

    off: frozenset[date]
    on: frozenset[date]


def compute_year(country: str, year: int) -> Exceptions:
    """What the library knows of a year. Raises NotImplementedError for a country that it does not know."""
    import holidays  # noqa: PLC0415 - slow and large, and seldom needed

    known = holidays.country_holidays(country, years=year)
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    days = [day for day in days if day.year == year]
    return Exceptions(
        off=frozenset(day for day in days if not _is_weekend(day) and not known.is_working_day(day)),
        on=frozenset(day for day in days if _is_weekend(day) and known.is_working_day(day)),
    )


def _is_weekend(day: date) -> bool:
    return day.weekday() >= FIRST_WEEKEND_DAY


def pack(year: Exceptions) -> dict[str, list[str]]:
    """The year as it is kept."""
    return {"off": sorted(map(str, year.off)), "on": sorted(map(str, year.on))}


def _unpack(kept: Mapping[str, Any]) -> Exceptions:
    return Exceptions(
        frozenset(map(date.fromisoformat, kept["off"])), frozenset(map(date.fromisoformat, kept["on"]))
    )


class CountryDays:
    """The working days of a country. A year that nobody taught it is computed, and remembered as new.

    Threads share it: a year is put in place when it is whole, and computed by one of them.
    """

    def __init__(self, country: str) -> None:
        self.country = country
        self._years: dict[int, Exceptions] = {}
        self._new: set[int] = set()
        self._is_taught = False
        self._lock = threading.Lock()

    def is_working_day(self, day: date) -> bool:
        """Whether people there work on that day."""
        year = self._years.get(day.year) or self._compute(day.year)
        return day in year.on or (not _is_weekend(day) and day not in year.off)

    def _compute(self, number: int) -> Exceptions:
        with self._lock:
            year = self._years.get(number)
            if year is None:
                year = self._years[number] = compute_year(self.country, number)
                self._new.add(number)
            return year

    def teach(self, session: Session) -> None:
        """Learn the years that the database keeps, once."""
        if self._is_taught:
            return
        kept = select(CountryYear.year, CountryYear.days).where(CountryYear.country == self.country)
        for year, days in session.execute(kept):
            self._years.setdefault(year, _unpack(days))
        self._is_taught = True

    def keep(self, session: Session) -> None:
        """Write the years that were computed since, so that no other process need compute them."""
        with self._lock:
            new, self._new = self._new, set()
        insert_missing(
            session,
            CountryYear,
            [
                {"country": self.country, "year": year, "days": pack(self._years[year])}
                for year in sorted(new)
            ],
        )
