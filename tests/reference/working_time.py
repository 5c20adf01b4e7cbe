"""Taiwan's working hours, day by day (R41, R42)."""

from collections.abc import Collection
from datetime import UTC, date, datetime

import holidays

from streaklike.instants import HOUR

TAIPEI = 8 * HOUR
OPENS, CLOSES = 9 * HOUR, 17 * HOUR
DAY = 24 * HOUR
OFF = holidays.country_holidays("TW", years=range(2024, 2029))
MAKE_UP = {day for year in range(2024, 2029) for day in OFF.weekend_workdays if day.year == year}


def is_work_day(day: date, typhoons: Collection[date] = ()) -> bool:
    """Whether we work on that day in Taiwan."""
    if day in typhoons:
        return False
    if day in MAKE_UP:
        return True
    return day.weekday() < 5 and day not in OFF


def midnight(instant: int) -> int:
    """The instant at which the Taipei day of this one began."""
    return (instant + TAIPEI) // DAY * DAY - TAIPEI


def day_of(instant: int) -> date:
    return datetime.fromtimestamp((instant + TAIPEI) // DAY * 86_400, UTC).date()


def first_over(start: int, working_time: int, typhoons: Collection[date] = ()) -> int:
    """The first millisecond at which more than so much working time has passed since `start`."""
    left, morning = working_time, midnight(start)
    while True:
        if is_work_day(day_of(morning), typhoons):
            begin, end = max(start, morning + OPENS), morning + CLOSES
            if end > begin:
                if end - begin > left:
                    return begin + left + 1
                left -= end - begin
        morning += DAY
