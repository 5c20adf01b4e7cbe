"""What every command opens: the settings and the database, made or migrated where needed."""

import json
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import parse_instant
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.store.models import User

as_json = click.option(
    "--json", "is_json", is_flag=True, help="One JSON document, or one object a line, on stdout."
)


@contextmanager
def opened() -> Iterator[tuple[Settings, Database]]:
    """The settings and an open database; closed at the end."""
    settings = Settings()
    database = open_database(settings.resolved_database_url)
    try:
        yield settings, database
    finally:
        database.close()


def get_member(session: Session, email: str) -> User:
    """The team's member with this email. Raises LookupError, a sentence."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise LookupError(
            f"{email} is no member of the team. Nothing was changed. Add them: streaklike user add {email}"
        )
    return user


def say_left_out(counts: Mapping[str, int]) -> str:
    """How many mails were left out for which reason."""
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "none"


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def print_lines(values: Iterable[Any]) -> None:
    """One JSON object a line on stdout."""
    for value in values:
        click.echo(json.dumps(value, ensure_ascii=False))


def say(sentence: str) -> None:
    """Talk goes to stderr; stdout is for data."""
    click.echo(sentence, err=True)


def as_instant(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Read an option given as ISO 8601."""
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is no instant. Give ISO 8601 with a zone, such as 2026-11-22T08:00:00+08:00."
        ) from error


def wait_for_a_signal() -> None:
    """Wait until the handler of a signal raises.

    A signal may land in another thread, and is handled when the main one next wakes: within a second.
    """
    never = threading.Event()
    while not never.wait(timeout=1):
        pass
