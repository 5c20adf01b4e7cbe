"""Instants of the story: UTC milliseconds since 1970, the unit of Gmail's internalDate."""

from datetime import datetime
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def to_instant(moment: datetime) -> int:
    """The instant of an aware `datetime`. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A time without its zone says nothing; give an aware datetime.")
    return round(moment.timestamp() * 1000)
