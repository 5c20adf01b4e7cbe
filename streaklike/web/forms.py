"""Reading the fields of a form: one place for each type, each with one sentence where a field makes no sense."""

from datetime import date

from flask import g, request

from streaklike.instants import OutOfRange, parse_day, parse_local


class Unreadable(Exception):
    """A form says something that cannot be used; `key` names the text that explains it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_day(field: str) -> date:
    """The day in a field of the form. Raises Unreadable."""
    try:
        return parse_day(request.form.get(field, "").strip())
    except OutOfRange as error:
        raise Unreadable("date_range") from error
    except ValueError as error:
        raise Unreadable("date") from error


def read_moment(field: str) -> int | None:
    """An instant from a local date and time without zone, as browsers send it; None for an empty field.

    Raises Unreadable.
    """
    text = request.form.get(field, "").strip()
    if not text:
        return None
    try:
        return parse_local(text, g.zone)
    except OutOfRange as error:
        raise Unreadable("date_range") from error
    except (ValueError, OverflowError) as error:
        raise Unreadable("date") from error
