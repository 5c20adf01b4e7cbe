"""Instants: the only representation of time inside the application.

An instant is an `int`, UTC milliseconds since 1970, the unit of Gmail's internalDate. It sorts, subtracts and
stores the same way on every database, and is converted to a date only for display, by the functions here.

Mail may be dated in any year, also in one that no calendar or time zone reaches: it is stored as it is, and shown as the
first or last date that can be shown. What a person types must lie in a sensible range.
"""

from datetime import UTC, date, datetime, tzinfo
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

FIRST_SHOWN: Final = -62_104_060_800_000
"""The beginning of the year 2. A year's room to either end of `datetime` lets every zone and every step of days fit."""
LAST_SHOWN: Final = 253_370_764_799_000
"""The end of the year 9998."""
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
"""The years in which a date that somebody types may lie."""


class OutOfRange(ValueError):
    """The year of a date is outside FIRST_YEAR to LAST_YEAR."""

    def __init__(self) -> None:
        super().__init__(f"The date lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")


def now_instant() -> int:
    """The present instant. Called by entry points alone; everything below takes `now` as an argument."""
    return int(datetime.now(UTC).timestamp() * 1000)


def to_instant(moment: datetime) -> int:
    """The instant of an aware `datetime`. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A time without its zone says nothing; give an aware datetime.")
    return round(moment.timestamp() * 1000)


def to_datetime(instant: int) -> datetime:
    """The aware UTC `datetime` of an instant; the nearest one that can be shown where it lies beyond any calendar."""
    return datetime.fromtimestamp(min(max(instant, FIRST_SHOWN), LAST_SHOWN) / 1000, UTC)


def local_day(instant: int, zone: tzinfo) -> date:
    """The day of an instant in a zone."""
    return to_datetime(instant).astimezone(zone).date()


def parse_instant(text: str) -> int:
    """An instant from ISO 8601 text that a person gave. Raises ValueError where it cannot be read, names no zone, or
    lies in no sensible year.
    """
    moment = datetime.fromisoformat(text)
    _check_year(moment.year)
    return to_instant(moment)


def parse_local(text: str, zone: tzinfo) -> int:
    """An instant from ISO 8601 text that a person gave, in `zone` where it names none. Raises ValueError as above."""
    moment = datetime.fromisoformat(text)
    _check_year(moment.year)
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def parse_day(text: str) -> date:
    """A date from ISO 8601 text that a person gave. Raises ValueError where it cannot be read or makes no sense."""
    day = date.fromisoformat(text)
    _check_year(day.year)
    return day


def format_instant(instant: int) -> str:
    """ISO 8601 in UTC to the second, as `2026-11-22T03:04:05Z`."""
    return to_datetime(instant).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutOfRange
