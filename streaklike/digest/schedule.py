"""When a member's digests are due: pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.instants import MINUTE, local_day, to_instant

DAILY: Final = "daily"
WEEKLY: Final = "weekly"
KINDS: Final = (DAILY, WEEKLY)
LEAD_ROLE: Final = "admin"

DEFAULT_HOUR: Final = 8
QUIET_UNTIL_HOUR: Final = 6
QUIET_FROM_HOUR: Final = 21
HOURS: Final = range(QUIET_UNTIL_HOUR, QUIET_FROM_HOUR)
"""The hours that a member may choose: quiet hours move a digest, they never bring one (R43)."""

PAUSES: Final = (2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE)
"""How long to wait after each try that certainly failed; the last one goes on."""


class DigestSlot(NamedTuple):
    """A digest that is due: its day in the member's zone, from when, and until when it may still be sent."""

    kind: str
    day: date
    due_at: int
    until: int

    def is_late_at(self, now: int) -> bool:
        """Whether quiet hours have begun: then nobody wants it any more."""
        return now >= self.until


def list_due(
    *, now: int, zone: ZoneInfo, hour: int, role: str, calendar: WorkCalendar
) -> tuple[DigestSlot, ...]:
    """The digests of today, in the member's zone, whose hour has come: none on a day off.

    Leads have a weekly one besides, on the first working day of the week. An hour within quiet hours moves to their end.
    """
    today = local_day(now, zone)
    if not calendar.is_working_day(today):
        return ()
    due_at = at_hour(today, min(max(hour, HOURS[0]), HOURS[-1]), zone)
    if now < due_at:
        return ()
    until = at_hour(today, QUIET_FROM_HOUR, zone)
    is_first = not any(calendar.is_working_day(day) for day in _earlier_in_week(today))
    kinds = KINDS if role == LEAD_ROLE and is_first else (DAILY,)
    return tuple(DigestSlot(kind, today, due_at, until) for kind in kinds)


def _earlier_in_week(day: date) -> list[date]:
    return [day - timedelta(days=back) for back in range(1, day.weekday() + 1)]


def at_hour(day: date, hour: int, zone: ZoneInfo) -> int:
    """The instant of a full hour on a day, also where the clocks change."""
    return to_instant(datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC))


def last_week(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """From Monday to Monday, the whole week before the one that `day` lies in, as instants."""
    monday = day - timedelta(days=day.weekday())
    return at_hour(monday - timedelta(days=7), 0, zone), at_hour(monday, 0, zone)


def next_try(now: int, tries: int) -> int:
    """When to try again after so many tries that failed."""
    return now + PAUSES[min(tries, len(PAUSES)) - 1]
