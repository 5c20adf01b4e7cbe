"""When something comes back: the moments that are offered, and those that people type. None lies in quiet hours.

A day begins for us where work begins, at the work calendar's hour in the member's own zone (R41 to R43).
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.instants import HOUR, MINUTE, local_day, parse_day, parse_local, to_instant
from streaklike.people.errors import BadValue

LATER_TODAY: Final = "later-today"
TOMORROW: Final = "tomorrow"
NEXT_WORKING_DAY: Final = "next-working-day"
NEXT_WEEK: Final = "next-week"
CHOICES: Final = (LATER_TODAY, TOMORROW, NEXT_WORKING_DAY, NEXT_WEEK)

LATER: Final = 3 * HOUR
LONGEST_DAYS: Final = 3_660
LONGEST_HOLIDAYS: Final = 60
_SPAN: Final = re.compile(r"(\d{1,4})\s*([dw])", re.IGNORECASE)


def list_due_dates(now: int, zone: ZoneInfo, calendar: WorkCalendar) -> dict[str, int]:
    """The moments to offer by name, in their order; what would come twice, or after work today, is left out.

    Later today is three hours on, at the full quarter; the others are where work begins on that day.
    """
    today = local_day(now, zone)
    found: dict[str, int] = {}
    for name, find in _DAYS.items():
        instant = start_of_work(find(today, calendar), zone, calendar)
        if instant > now and instant not in found.values():
            found[name] = instant
    later = -(-(now + LATER) // (15 * MINUTE)) * 15 * MINUTE
    end = _hour_of(today, calendar.hours[1], zone)
    return {LATER_TODAY: later, **found} if later <= end else found


def parse_when(text: str, *, now: int, zone: ZoneInfo, calendar: WorkCalendar) -> int:
    """The instant that a word, a span, a date or a time means for a member in `zone`.

    One of CHOICES; `3d` or `2w` from today; `2026-12-03`: where work begins on that day; `2026-12-03T09:00`, in the
    zone unless it names its own. Raises BadValue where it cannot be read or is past.
    """
    words = text.strip().lower().replace("_", "-").replace(" ", "-")
    instant = _read(text.strip(), words, now, zone, calendar)
    if instant is None:
        raise BadValue(
            f"{text!r} is no date that can be used here. Nothing was changed. Give YYYY-MM-DD or YYYY-MM-DD HH:MM, such as "
            f"2026-12-03 14:30, a span such as 3d, or {', '.join(CHOICES)}."
        )
    if instant <= now:
        raise BadValue("That instant is past. Nothing was changed. Give a later one.")
    return instant


def parse_days(text: str) -> int:
    """The days of a span such as `7`, `7d` or `2w`. Raises BadValue."""
    days = _read_span(text.strip() + "d" if text.strip().isdecimal() else text.strip())
    if not days:
        raise BadValue(f"{text!r} is no number of days. Nothing was changed. Give one such as 7d.")
    return days


def follow_up_at(start: int, days: int, calendar: WorkCalendar) -> int:
    """Where work begins, in the team's zone, on the first working day that is `days` days of the calendar after `start`."""
    day = local_day(start, calendar.zone) + timedelta(days=days)
    return start_of_work(next_working_day(day - timedelta(days=1), calendar), calendar.zone, calendar)


def next_working_day(day: date, calendar: WorkCalendar) -> date:
    """The first working day after `day`; the next day where no working day comes within two months."""
    following = (day + timedelta(days=number) for number in range(1, LONGEST_HOLIDAYS))
    return next((each for each in following if calendar.is_working_day(each)), day + timedelta(days=1))


def start_of_work(day: date, zone: ZoneInfo, calendar: WorkCalendar) -> int:
    """The instant at which work begins on that day, for somebody in `zone`."""
    return _hour_of(day, calendar.hours[0], zone)


def _hour_of(day: date, hour: int, zone: ZoneInfo) -> int:
    moment = datetime.combine(day, time(hour % 24), tzinfo=zone) + timedelta(days=hour // 24)
    return to_instant(moment.astimezone(UTC))


def _tomorrow(today: date, _calendar: WorkCalendar) -> date:
    return today + timedelta(days=1)


def _next_week(today: date, calendar: WorkCalendar) -> date:
    return next_working_day(today + timedelta(days=6 - today.weekday()), calendar)


_DAYS: Final[dict[str, Callable[[date, WorkCalendar], date]]] = {
    TOMORROW: _tomorrow,
    NEXT_WORKING_DAY: next_working_day,
    NEXT_WEEK: _next_week,
}


def _read(text: str, words: str, now: int, zone: ZoneInfo, calendar: WorkCalendar) -> int | None:
    today = local_day(now, zone)
    if words == LATER_TODAY:
        return -(-(now + LATER) // (15 * MINUTE)) * 15 * MINUTE
    if words in _DAYS:
        return start_of_work(_DAYS[words](today, calendar), zone, calendar)
    if (days := _read_span(text)) is not None:
        return start_of_work(today + timedelta(days=days), zone, calendar)
    try:
        if "T" not in text.upper() and " " not in text:
            return start_of_work(parse_day(text), zone, calendar)
        return parse_local(text, zone)
    except (ValueError, OverflowError):
        return None


def _read_span(text: str) -> int | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    days = int(found[1]) * (7 if found[2].lower() == "w" else 1)
    return days if 0 < days <= LONGEST_DAYS else None
