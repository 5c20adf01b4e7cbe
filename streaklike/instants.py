"""Instants: the one form of time inside the house.

An instant is an `int`, UTC milliseconds since 1970, the unit of Gmail's internalDate. It sorts, subtracts and
stores alike on every database; it becomes a date for people only at the edge, by the functions here.
"""

from datetime import UTC, datetime
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def now_instant() -> int:
    """The present instant. Called by entry points alone; everything below takes `now` as an argument."""
    return int(datetime.now(UTC).timestamp() * 1000)


def to_instant(moment: datetime) -> int:
    """The instant of an aware `datetime`. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A time without its zone says nothing; give an aware datetime.")
    return round(moment.timestamp() * 1000)


def to_datetime(instant: int) -> datetime:
    """The aware UTC `datetime` of an instant."""
    return datetime.fromtimestamp(instant / 1000, UTC)


def parse_instant(text: str) -> int:
    """An instant from ISO 8601 text. Raises ValueError where it cannot be read or names no zone."""
    return to_instant(datetime.fromisoformat(text))


def format_instant(instant: int) -> str:
    """ISO 8601 in UTC to the second, as `2026-11-22T03:04:05Z`."""
    return to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%SZ")
