"""Parse the date of a forwarded original as written by mail programs, in Chinese and English (R17)."""

import re
import unicodedata
from datetime import datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

from streaklike.instants import to_instant

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAYS: Final = (
    re.compile(r"(?P<year>\d{4})\s?[年/.-]\s?(?P<month>\d{1,2})\s?[月/.-]\s?(?P<day>\d{1,2})(?!\d)"),
    re.compile(
        rf"\b{_MONTH.replace('(', '(?P<name>', 1)}\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})\b"
    ),
    re.compile(rf"\b(?P<day>\d{{1,2}})\.?\s{_MONTH.replace('(', '(?P<name>', 1)},?\s(?P<year>\d{{4}})\b"),
)
_TIME: Final = re.compile(
    r"(?P<before>上午|下午|凌晨|清晨|早上|中午|傍晚|晚上|am|pm)?\s?"
    r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s?(?P<after>[ap]\.?m\b)?"
)
_ZONE: Final = re.compile(r"(?:utc|gmt)?\s?([+-])(\d{1,2}):?(\d{2})?\)?$")
_AFTERNOON: Final = frozenset({"下午", "傍晚", "晚上", "pm"})
_NIGHT: Final = frozenset({"上午", "凌晨", "清晨", "早上", "am"})
_MOST: Final = 200


def parse_forwarded_date(text: str, zone: tzinfo) -> int | None:
    """Parse the date of a forwarded original to UTC milliseconds; `zone` applies if it has none.

    Returns None if it cannot be parsed or has no time.
    """
    text = " ".join(unicodedata.normalize("NFKC", text[:_MOST]).lower().split())
    try:
        stamped = parsedate_to_datetime(text)
        if stamped.tzinfo is not None:
            return to_instant(stamped)
    except (ValueError, TypeError, OverflowError):
        pass
    day = next((found for pattern in _DAYS if (found := pattern.search(text))), None)
    time = _TIME.search(text, day.end()) or _TIME.search(text) if day else None
    if day is None or time is None:
        return None
    try:
        return to_instant(_compose(day, time, _read_zone(text[time.end() :]) or zone))
    except (ValueError, OverflowError):
        return None


def _compose(day: re.Match[str], time: re.Match[str], zone: tzinfo) -> datetime:
    parts = day.groupdict()
    month = _MONTHS.index(parts["name"]) + 1 if parts.get("name") else int(parts["month"])
    hour = int(time["hour"])
    half = time["before"] or (time["after"] or "").replace(".", "")
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _NIGHT and hour == 12:
        hour = 0
    return datetime(
        int(parts["year"]),
        month,
        int(parts["day"]),
        hour,
        int(time["minute"]),
        int(time["second"] or 0),
        tzinfo=zone,
    )


def _read_zone(rest: str) -> tzinfo | None:
    found = _ZONE.search(rest.strip())
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset) if offset < timedelta(hours=24) else None
