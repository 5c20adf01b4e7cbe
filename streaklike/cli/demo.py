"""Everything on a made-up NGO in a temporary place: no account needed, nothing kept."""

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from demo_story import Story, build_story, tell
from gmail_emulator import GmailServer
from streaklike.app import create_app
from streaklike.cli.context import say, wait_for_a_signal
from streaklike.cli.ports import check_port
from streaklike.cli.progress import sync_progress
from streaklike.cli.stopping import has_stragglers, stoppable
from streaklike.cli.web_server import make_server
from streaklike.demo.casebook import apply_casebook
from streaklike.gmail.auth import parse_credentials_file
from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.mailboxes import add_mailbox, add_user
from streaklike.jobs.manual_sync import sync_manually
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import running_jobs
from streaklike.settings import Settings
from streaklike.stopping import Stop, Stopped
from streaklike.store.database import Database, open_database
from streaklike.store.writing import lock_writer
from streaklike.web import demo_sign_in

ENDED = "The demo has ended."


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen at."
)
def demo(port: int) -> None:
    """Show it all: a Gmail server on loopback, a first sync, and the web app, ready to click."""
    check_port("127.0.0.1", port)
    with (
        _temporary_folder() as (folder, remove),
        stoppable(code=0, sentence=ENDED, clean_up=remove) as stop,
        GmailServer(units_per_minute=0) as gmail,
    ):
        settings = Settings(
            data_dir=folder,
            database_url="",
            gmail_endpoint=gmail.url,
            gmail_units_per_minute=0,
            gmail_project_units_per_minute=0,
            team_domains=(),
            public_url=f"http://127.0.0.1:{port}",
        )
        say("Writing eighteen months of mail of a small NGO …")
        story = build_story(now_instant())
        tell(gmail, story)
        database = open_database(settings.resolved_database_url)
        try:
            connect_mailboxes(database, settings, gmail, story)
            _serve(database, settings, port)
            _sync(database, settings, story, port, stop)
            with running_jobs(database, settings, JOBS, stop=stop):
                wait_for_a_signal()
        finally:
            database.close()


@contextmanager
def _temporary_folder() -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder, and what removes it with all that is in it: at the end of the block, which Ctrl+C or a hangup ends too."""
    folder = Path(tempfile.mkdtemp(prefix="streaklike-demo-"))

    def remove() -> None:
        for _ in range(3):  # a thread that was left behind may write a file between two looks
            shutil.rmtree(folder, ignore_errors=True)

    try:
        yield folder, remove
    except (KeyboardInterrupt, Stopped):
        remove()
        say(ENDED)
        if has_stragglers():
            os._exit(0)
    finally:
        remove()


def connect_mailboxes(database: Database, settings: Settings, gmail: GmailServer, story: Story) -> None:
    """Make the story's members, each with their mailbox on this Gmail server."""
    for colleague in story.colleagues:
        add_user(
            database,
            settings,
            colleague.email,
            name=colleague.name,
            role=colleague.role,
            locale=colleague.locale,
        )
        credentials = parse_credentials_file(json.dumps(gmail.accounts[colleague.email].credentials()))
        add_mailbox(database, settings, colleague.email, credentials)


def _serve(database: Database, settings: Settings, port: int) -> None:
    app = create_app(settings, database)
    demo_sign_in.init_app(app)
    server = make_server(app, settings, host="127.0.0.1", port=port)
    threading.Thread(target=server.run, daemon=True).start()
    say(f"Open http://127.0.0.1:{port} — it fills while you look.")


def _sync(database: Database, settings: Settings, story: Story, port: int, stop: Stop) -> None:
    began = time.monotonic()
    with sync_progress() as on_progress:
        reports = sync_manually(database, settings, on_progress=on_progress, stop=stop)
    with database.begin() as session:
        lock_writer(session)
        apply_casebook(session, story, now=now_instant())
    refresh_due(database, settings)
    total = sum(report.messages_total for report in reports)
    say(
        f"{total} messages of {len(reports)} mailboxes in {time.monotonic() - began:.0f} s. "
        f"Ready: http://127.0.0.1:{port} (Ctrl+C ends it; nothing is kept)"
    )
