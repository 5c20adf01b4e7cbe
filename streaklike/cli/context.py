"""What every command opens: the settings and the database, made or migrated where needed."""

import json
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.settings import OLD_DATA_DIR, Settings, make_data_folder
from streaklike.store.database import Database, DatabaseUnavailable, find_sqlite_file, open_database
from streaklike.store.models import User

as_json = click.option(
    "--json", "is_json", is_flag=True, help="One JSON document, or one object a line, on stdout."
)


@contextmanager
def opened(*, is_announced: bool = False) -> Iterator[tuple[Settings, Database]]:
    """The settings and an open database; closed at the end.

    `is_announced`: print where the data folder is. It is printed anyway where it was just made, and where it was found in the current
    folder: another one would have found something else. Raises DatabaseUnavailable.
    """
    settings = Settings()
    _prepare_data_folder(settings)
    file = find_sqlite_file(settings.resolved_database_url)
    is_new = file is not None and not file.exists()
    database = open_database(settings.resolved_database_url)
    _say_place(settings, file, is_new=is_new, is_announced=is_announced)
    try:
        yield settings, database
    finally:
        database.close()


def _prepare_data_folder(settings: Settings) -> None:
    """Make the folder where the database is to lie in it, and close it to other accounts wherever it is there."""
    if settings.database_url and not settings.data_dir.is_dir():
        return
    try:
        make_data_folder(settings)
    except OSError as error:
        raise DatabaseUnavailable(
            f"The data folder {settings.data_dir.absolute()} cannot be made or opened: {error.strerror}. Nothing was changed. "
            "Name a folder that this account may write to: STREAKLIKE_DATA_DIR."
        ) from error


def _say_place(settings: Settings, file: Path | None, *, is_new: bool, is_announced: bool) -> None:
    folder = settings.data_dir.absolute()
    if settings.database_url:
        if file is not None and is_new:
            say(f"A new, empty database was made: {file.absolute()}")
    elif not settings.is_data_dir_given and settings.data_dir == OLD_DATA_DIR:
        say(
            f"Data folder: {folder}, found in the current folder. To use it from anywhere: STREAKLIKE_DATA_DIR={folder}"
        )
    elif is_new:
        say(f"Data folder: {folder}, with a new, empty database.")
    elif is_announced:
        say(f"Data folder: {folder}")


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


def say_links_are_missing(settings: Settings) -> None:
    """Tell, where no public address is set, that digests lead nowhere, and what to do."""
    if not settings.mailed_url:
        say(
            "STREAKLIKE_PUBLIC_URL is not set: digests are sent without links. Set it to the address at which the team "
            "reaches streaklike, such as https://crm.ngo.example."
        )


def say(sentence: str) -> None:
    """Talk goes to stderr; stdout is for data."""
    click.echo(sentence, err=True)


def wait_for_a_signal() -> None:
    """Wait until the handler of a signal raises.

    A signal may land in another thread, and is handled when the main one next wakes: within a second.
    """
    never = threading.Event()
    while not never.wait(timeout=1):
        pass
