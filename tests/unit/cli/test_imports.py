"""Nobody waits at the prompt: a command loads what it needs, and nothing of what it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from gmail_emulator import GmailServer
from streaklike.cli.main import COMMANDS, SUMMARIES, cli
from streaklike.store.database import open_database

RUN = """
import json, sys
from streaklike.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

MAIL = b"From: An <an@donor.example>\r\nTo: mei@ngo.example\r\nMessage-ID: <1@donor.example>\r\nSubject: Rice\r\n\r\nMay I help?\r\n"
MAIL_AT = 1_780_000_000_000

NEVER = (
    "alembic", "apscheduler", "babel", "flask", "holidays", "jinja2", "psycopg", "rich", "selectolax", "waitress",
    "werkzeug", "gmail_emulator", "demo_story", "sqlalchemy.dialects.postgresql", "streaklike.app", "streaklike.demo",
    "streaklike.digest.render", "streaklike.web",
)  # fmt: skip
"""What no command at the prompt loads on a database that stands at the newest migration."""

READS_NO_MAIL = ("streaklike.mail.understand", "streaklike.mail.quotes", "streaklike.people.linking")
JUDGES_NOBODY = (
    "streaklike.cadence.evaluate.refresh",
    "streaklike.cadence.rules.evaluation",
    "streaklike.cadence.model.history",
)
ASKS_NO_GMAIL = (
    "cryptography", "google", "googleapiclient", "httplib2", "streaklike.gmail.client", "streaklike.jobs.sync",
    "streaklike.sync.ingest",
)  # fmt: skip

FORBIDDEN = {
    ("status",): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL),
    ("status", "--jobs"): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL),
    ("search", "rice"): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL),
    ("contacts",): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL),
    ("sync",): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY),
    ("--help",): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL, "sqlalchemy", "pydantic"),
    ("--version",): (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY, *ASKS_NO_GMAIL, "sqlalchemy", "pydantic"),
}


def list_loaded(folder: Path, *arguments: str, **given: str) -> list[str]:
    """The modules that a command of its own process has loaded at its end. `given` are settings."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("STREAKLIKE_", "COV_"))
    }
    environment["STREAKLIKE_DATA_DIR"] = str(folder)
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        cwd=folder,
        env={**environment, **given, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    loaded: list[str] = json.loads(ran.stderr.splitlines()[-1])
    return loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database stands at the newest migration, with nobody due."""
    made = tmp_path_factory.mktemp("data")
    open_database(f"sqlite:///{made / 'streaklike.db'}").close()
    list_loaded(made, "contacts")  # the first evaluation notes by which words mail is read
    return made


@pytest.mark.parametrize("arguments", FORBIDDEN, ids=" ".join)
def test_a_command_loads_only_what_it_needs(folder: Path, arguments: tuple[str, ...]) -> None:
    loaded = list_loaded(folder, *arguments)
    assert "click" in loaded
    found = [
        name
        for name in loaded
        for prefix in FORBIDDEN[arguments]
        if name == prefix or name.startswith(f"{prefix}.")
    ]
    assert not found


def test_a_sync_that_finds_nothing_new_loads_nothing_that_reads_mail(tmp_path: Path) -> None:
    with GmailServer(units_per_minute=0) as server:
        account = server.add_account("mei@ngo.example")
        credentials = tmp_path / "credentials.json"
        credentials.write_text(json.dumps(account.credentials()), encoding="utf-8")
        given = {"STREAKLIKE_GMAIL_ENDPOINT": server.url}
        list_loaded(tmp_path, "user", "add", "mei@ngo.example", "--name", "Mei", "--role", "admin")
        list_loaded(tmp_path, "mailbox", "add", "mei@ngo.example", "--credentials", str(credentials), **given)
        account.deliver(MAIL, at=MAIL_AT)
        first = list_loaded(tmp_path, "sync", **given)
        then = list_loaded(tmp_path, "sync", **given)
    assert {"streaklike.mail.understand", "streaklike.people.linking.link"} <= set(first)
    forbidden = (*NEVER, *READS_NO_MAIL, *JUDGES_NOBODY)
    assert [name for name in then if name.startswith(forbidden)] == []
    assert "streaklike.gmail.client" in then


def test_help_says_of_every_command_what_the_command_says_of_itself() -> None:
    context = click.Context(cli)
    own = {name: cli.get_command(context, name).get_short_help_str(10_000) for name in COMMANDS}
    assert own == SUMMARIES
