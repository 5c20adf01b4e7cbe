"""The story's sense of time: Taipei days, work days, and when people of either side sit down to write."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from random import Random
from typing import Final

import holidays

from demo_story.instants import DAY, HOUR, MINUTE, to_instant

TAIPEI: Final = timezone(timedelta(hours=8))
WEEKDAYS_ZH: Final = "一二三四五六日"
WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def at_time(day: date, hour: int, minute: int = 0) -> int:
    """The instant of a Taipei day and time."""
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=TAIPEI)) + hour * HOUR + minute * MINUTE


def local(instant: int, offset: int = 480) -> datetime:
    """The aware local time of an instant, `offset` minutes east of UTC."""
    zone = TAIPEI if offset == 480 else timezone(timedelta(minutes=offset))
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone(zone)


def day_of(instant: int) -> date:
    """The Taipei day of an instant."""
    return local(instant).date()


@cache
def _days_off(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("TW", years=[year]))


def is_work_day(day: date) -> bool:
    """Whether the office is open: Monday to Friday, public holidays of Taiwan apart."""
    return day.weekday() < 5 and day not in _days_off(day.year)


def work_day_before(day: date, count: int) -> date:
    """The work day that lies `count` work days before `day`."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_work_day(day)
    return day


def work_day_from(day: date) -> date:
    """`day` itself, or the next work day."""
    while not is_work_day(day):
        day += timedelta(days=1)
    return day


def office(instant: int, rng: Random) -> int:
    """The instant itself within office hours (9 to 18), else a moment early in the next ones."""
    moment = local(instant)
    if is_work_day(moment.date()) and 9 <= moment.hour < 18:
        return instant
    day = moment.date()
    if moment.hour >= 18 or not is_work_day(day):
        day = work_day_from(day + timedelta(days=1 if moment.hour >= 18 else 0))
    return at_time(day, 9, rng.randrange(4, 100)) + rng.randrange(60_000)


def awake(instant: int, rng: Random) -> int:
    """The instant itself between 8 and 23 o'clock, else some time in the next morning."""
    moment = local(instant)
    if 8 <= moment.hour < 23:
        return instant
    day = moment.date() + timedelta(days=1 if moment.hour >= 23 else 0)
    return at_time(day, 8, rng.randrange(160)) + rng.randrange(60_000)


def reply_of_ours(after: int, rng: Random) -> int:
    """When a colleague answers: mostly within hours, always before two work days are over (R47)."""
    return office(after + round(min(rng.lognormvariate(0.9, 0.9), 22.0) * HOUR) + rng.randrange(MINUTE), rng)


def reply_of_theirs(after: int, rng: Random) -> int:
    """When somebody outside answers: the same evening or within a few days."""
    return awake(after + round(min(rng.lognormvariate(2.2, 1.0), 80.0) * HOUR) + rng.randrange(MINUTE), rng)


def start_of_ours(day: date, rng: Random) -> int:
    """A moment in office hours on the work day nearest after `day`."""
    return at_time(work_day_from(day), rng.choice((9, 10, 10, 11, 13, 14, 15, 16, 17)), rng.randrange(60)) + (
        rng.randrange(60_000)
    )


def start_of_theirs(day: date, rng: Random) -> int:
    """A moment when somebody outside writes; of the weekend days two thirds move into the week."""
    if day.weekday() >= 5 and rng.random() < 0.67:
        day += timedelta(days=2 + rng.randrange(3))
    hour = rng.choice((8, 9, 9, 10, 10, 11, 11, 12, 13, 14, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22))
    return at_time(day, hour, rng.randrange(60)) + rng.randrange(60_000)


def days_between(earlier: int, later: int) -> float:
    """Days of 24 hours between two instants."""
    return (later - earlier) / DAY
