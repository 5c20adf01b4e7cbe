"""Dates as people type them: one way for every command, and one sentence where they cannot be read."""

from datetime import date
from zoneinfo import ZoneInfo

import click

from streaklike.instants import parse_day, parse_local
from streaklike.settings import Settings

DATE = "DATE"
"""What help calls a date, with or without a time of day."""


def as_instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Read an option as `YYYY-MM-DD` (where that day begins) or `YYYY-MM-DD HH:MM`, in the team's zone.

    ISO 8601 with a zone of its own is read too. Raises click.BadParameter.
    """
    if value is None:
        return None
    try:
        return parse_local(value, ZoneInfo(Settings().timezone))
    except (ValueError, OverflowError) as error:  # a zone may carry a date beyond the calendar
        raise _refuse(value, "YYYY-MM-DD or YYYY-MM-DD HH:MM, such as 2026-12-03 14:30") from error


def read_day(text: str) -> date:
    """Read `YYYY-MM-DD`, for what holds for a whole day. Raises click.BadParameter."""
    try:
        return parse_day(text)
    except ValueError as error:
        raise _refuse(text, "YYYY-MM-DD, such as 2026-12-03") from error


def _refuse(text: str, form: str) -> click.BadParameter:
    return click.BadParameter(f"{text!r} is no date that can be used here. Nothing was changed. Give {form}.")
