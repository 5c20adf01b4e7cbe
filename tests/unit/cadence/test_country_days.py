import subprocess
import sys
from datetime import date, timedelta

import holidays

from streaklike.cadence.calendar.country_days import CountryDays, compute_year
from streaklike.store.database import Database

YEARS = range(2024, 2027)


def test_R42_kept_years_say_what_the_library_says(database: Database) -> None:
    days = CountryDays("TW")
    with database.read() as session:
        days.teach(session)
    known = holidays.country_holidays("TW", years=YEARS)
    for number in range((date(2027, 1, 1) - date(2024, 1, 1)).days):
        day = date(2024, 1, 1) + timedelta(days=number)
        assert days.is_working_day(day) == known.is_working_day(day), day


def test_R42_another_country_is_computed_once_and_kept(database: Database) -> None:
    first = CountryDays("JP")
    with database.begin() as session:
        first.teach(session)
        assert not first.is_working_day(date(2026, 5, 4))
        first.keep(session)
        first.keep(session)
    second = CountryDays("JP")
    with database.read() as session:
        second.teach(session)
    assert second._years == {2026: compute_year("JP", 2026)}


def test_reading_the_calendar_does_not_load_the_library(database: Database) -> None:
    code = (
        "import sys\n"
        "from streaklike.cadence.calendar.work_calendar import load_calendar\n"
        "from streaklike.store.database import open_database\n"
        "from streaklike.instants import parse_instant\n"
        "with open_database(sys.argv[1]).read() as session:\n"
        "    calendar = load_calendar(session)\n"
        "now = parse_instant('2026-03-03T09:00:00+08:00')\n"
        "assert calendar.working_ms(now, now + 3_600_000) == 3_600_000\n"
        "assert 'holidays' not in sys.modules\n"
    )
    url = database.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-W", "error", "-c", code, url], check=True)
