"""Due dates: the choices offered for reminders and snoozes, and the parsing of what people type.

A day starts at the work calendar's start hour in the member's own time zone (R41 to R43).
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
    """Return the due dates to offer, by name, in display order.

    Duplicates and times after work today are omitted.

    `later-today` is three hours from `now`, rounded up to the quarter hour; the others are the start of work
    that day.
    """
    today = local_day(now, zone)
    found: dict[str, int] = {}
    for name, find in _DAYS.items():
        instant = start_of_work(find(today, calendar), zone, calendar)
        if instant > now and instant not in found.values():
            found[name] = instant
    # Negating twice makes floor division round up.
    later = -(-(now + LATER) // (15 * MINUTE)) * 15 * MINUTE
    end = _hour_of(today, calendar.hours[1], zone)
    return {LATER_TODAY: later, **found} if later <= end else found


def parse_when(text: str, *, now: int, zone: ZoneInfo, calendar: WorkCalendar) -> int:
    """Parse a choice, span, date or time into an instant, for a member in `zone`.

    Accepts one of CHOICES; a span from today (`3d`, `2w`); a date (`2026-12-03`: start of work that day); or
    a local time (`2026-12-03T09:00`, in `zone` unless it carries an offset). Raises BadValue if unreadable or
    in the past.
    """
    choice = text.strip().lower().replace("_", "-").replace(" ", "-")
    instant = _parse_instant(text.strip(), choice, now, zone, calendar)
    if instant is None:
        raise BadValue(
            f"{text!r} is no date that can be used here. Nothing was changed. Give YYYY-MM-DD or YYYY-MM-DD HH:MM, such as "
            f"2026-12-03 14:30, a span such as 3d, or {', '.join(CHOICES)}."
        )
    if instant <= now:
        raise BadValue("That instant is past. Nothing was changed. Give a later one.")
    return instant


def parse_days(text: str) -> int:
    """Parse a span such as `7`, `7d` or `2w` into days. Raises BadValue."""
    days = _parse_span(text.strip() + "d" if text.strip().isdecimal() else text.strip())
    if not days:
        raise BadValue(f"{text!r} is no number of days. Nothing was changed. Give one such as 7d.")
    return days


def follow_up_at(start: int, days: int, calendar: WorkCalendar) -> int:
    """Return the start of work in the team's zone, on the first working day at least `days` calendar days
    after `start`.
    """
    day = local_day(start, calendar.zone) + timedelta(days=days)
    return start_of_work(next_working_day(day - timedelta(days=1), calendar), calendar.zone, calendar)


def next_working_day(day: date, calendar: WorkCalendar) -> date:
    """Return the first working day after `day`, or simply the next day if none comes within two months."""
    following = (day + timedelta(days=number) for number in range(1, LONGEST_HOLIDAYS))
    return next((each for each in following if calendar.is_working_day(each)), day + timedelta(days=1))


def start_of_work(day: date, zone: ZoneInfo, calendar: WorkCalendar) -> int:
    """Return the instant at which work starts on `day` in `zone`."""
    return _hour_of(day, calendar.hours[0], zone)


def _hour_of(day: date, hour: int, zone: ZoneInfo) -> int:
    # End hours may be 24, which `time` rejects: carry it into the next day.
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


def _parse_instant(text: str, choice: str, now: int, zone: ZoneInfo, calendar: WorkCalendar) -> int | None:
    today = local_day(now, zone)
    if choice == LATER_TODAY:
        return -(-(now + LATER) // (15 * MINUTE)) * 15 * MINUTE
    if choice in _DAYS:
        return start_of_work(_DAYS[choice](today, calendar), zone, calendar)
    if (days := _parse_span(text)) is not None:
        return start_of_work(today + timedelta(days=days), zone, calendar)
    try:
        if "T" not in text.upper() and " " not in text:
            return start_of_work(parse_day(text), zone, calendar)
        return parse_local(text, zone)
    except (ValueError, OverflowError):
        return None


def _parse_span(text: str) -> int | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    days = int(found[1]) * (7 if found[2].lower() == "w" else 1)
    return days if 0 < days <= LONGEST_DAYS else None
