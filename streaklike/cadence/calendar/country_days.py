"""A country's exceptions to the Monday-to-Friday week (R42).

Computed by the `holidays` library, cached in the database.

Loading the library takes 19 MB and a quarter of a second, so each year is computed once per database.
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
    """One year's exceptions: `off` are weekdays off work, `on` are weekend days that are worked."""

    off: frozenset[date]
    on: frozenset[date]


def compute_year(country: str, year: int) -> Exceptions:
    """Compute the exceptions of `year`. Raises NotImplementedError for an unknown country."""
    import holidays  # noqa: PLC0415 - slow and large, and seldom needed

    known = holidays.country_holidays(country, years=year)
    # 366 days from 1 January reach the next year unless it is a leap year; the filter drops that day.
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    days = [day for day in days if day.year == year]
    return Exceptions(
        off=frozenset(day for day in days if not _is_weekend(day) and not known.is_working_day(day)),
        on=frozenset(day for day in days if _is_weekend(day) and known.is_working_day(day)),
    )


def _is_weekend(day: date) -> bool:
    return day.weekday() >= FIRST_WEEKEND_DAY


def pack(year: Exceptions) -> dict[str, list[str]]:
    """Return the JSON-serializable form stored in CountryYear."""
    return {"off": sorted(map(str, year.off)), "on": sorted(map(str, year.on))}


def _unpack(kept: Mapping[str, Any]) -> Exceptions:
    return Exceptions(
        frozenset(map(date.fromisoformat, kept["off"])), frozenset(map(date.fromisoformat, kept["on"]))
    )


class CountryDays:
    """The working days of a country.

    Years not loaded from the database are computed on demand.

    Thread-safe: a year is published only when complete, and the lock has each year computed once.
    """

    def __init__(self, country: str) -> None:
        self.country = country
        self._years: dict[int, Exceptions] = {}
        self._new: set[int] = set()
        self._is_taught = False
        self._lock = threading.Lock()

    def is_working_day(self, day: date) -> bool:
        """Return whether `day` is a working day in the country."""
        year = self._years.get(day.year) or self._compute(day.year)
        return day in year.on or (not _is_weekend(day) and day not in year.off)

    def _compute(self, number: int) -> Exceptions:
        with self._lock:
            # Check again: another thread may have computed the year while this one waited for the lock.
            year = self._years.get(number)
            if year is None:
                year = self._years[number] = compute_year(self.country, number)
                self._new.add(number)
            return year

    def teach(self, session: Session) -> None:
        """Load the stored years, once per instance."""
        if self._is_taught:
            return
        kept = select(CountryYear.year, CountryYear.days).where(CountryYear.country == self.country)
        for year, days in session.execute(kept):
            self._years.setdefault(year, _unpack(days))
        self._is_taught = True

    def keep(self, session: Session) -> None:
        """Store the years computed since the last call, so that other processes need not compute them."""
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
