"""One way to say a date, and one sentence where it cannot be read."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import click
import pytest

from streaklike.cadence.calendar.due_dates import parse_when
from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cli.dates import as_instant, read_day
from streaklike.instants import format_instant
from streaklike.people.errors import BadValue

SENTENCE = "is no date that can be used here. Nothing was changed. Give YYYY-MM-DD"
WRONG = ("", "tomorrow?", "2026-13-01", "12/03/2026", "0001-01-01", "9999-12-31 23:59", "2026-12-03 25:00")


def read(text: str) -> int | None:
    return as_instant(click.Context(click.Command("x")), click.Option(["--at"]), text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-03", "2026-12-02T16:00:00Z"),
        ("2026-12-03 14:30", "2026-12-03T06:30:00Z"),
        ("2026-12-03T14:30", "2026-12-03T06:30:00Z"),
        ("2026-12-03T14:30:00+00:00", "2026-12-03T14:30:00Z"),
        ("2026-12-03T14:30:00Z", "2026-12-03T14:30:00Z"),
    ],
)
def test_a_date_is_read_in_the_teams_zone_unless_it_names_its_own(
    text: str, instant: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STREAKLIKE_TIMEZONE", "Asia/Taipei")
    got = read(text)
    assert got is not None
    assert format_instant(got) == instant


@pytest.mark.parametrize("parse", [read, read_day], ids=["instant", "day"])
@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_date_is_refused_in_one_sentence(text: str, parse: Callable[[str], object]):
    with pytest.raises(click.BadParameter) as refused:
        parse(text)
    assert SENTENCE in refused.value.message


def test_when_is_refused_in_the_same_sentence():
    with pytest.raises(BadValue) as refused:
        parse_when("someday", now=0, zone=ZoneInfo("Asia/Taipei"), calendar=WorkCalendar())
    assert SENTENCE in str(refused.value)
