"""Everything on a made-up NGO in a temporary place: no account needed, nothing kept."""

import json
import tempfile
import threading
import time
from pathlib import Path

import click
import waitress

from streaklike.app import create_app
from streaklike.cli.context import say, wait_for_a_signal
from streaklike.cli.ports import check_port
from streaklike.cli.progress import sync_progress
from streaklike.demo.casebook import apply_casebook
from streaklike.demo.gmail_server import GmailServer
from streaklike.demo.story import Story, build_story, tell
from streaklike.gmail.auth import parse_credentials_file
from streaklike.instants import now_instant
from streaklike.jobs.by_hand import sync_by_hand
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.mailboxes import add_mailbox, add_user
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import running_jobs
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.store.writing import lock_writer


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def demo(port: int) -> None:
    """Show it all: a Gmail server on loopback, a first sync, and the web app, ready to click."""
    check_port("127.0.0.1", port)
    with (
        tempfile.TemporaryDirectory(prefix="streaklike-demo-") as folder,
        GmailServer(units_per_minute=0) as gmail,
    ):
        settings = Settings(
            data_dir=Path(folder),
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
            _connect(database, settings, gmail, story)
            _serve(database, settings, port)
            _sync(database, settings, story, port)
            with running_jobs(database, settings, JOBS):
                _wait()
        finally:
            database.close()


def _connect(database: Database, settings: Settings, gmail: GmailServer, story: Story) -> None:
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
    app.config["LOCAL_SIGN_IN"] = True
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=8, ident=None)
    threading.Thread(target=server.run, daemon=True).start()
    say(f"Open http://127.0.0.1:{port} — it fills while you look.")


def _sync(database: Database, settings: Settings, story: Story, port: int) -> None:
    began = time.monotonic()
    with sync_progress() as on_progress:
        reports = sync_by_hand(database, settings, on_progress=on_progress)
    with database.begin() as session:
        lock_writer(session)
        apply_casebook(session, story, now=now_instant())
    refresh_due(database, settings)
    total = sum(report.messages_total for report in reports)
    say(
        f"{total} messages of {len(reports)} mailboxes in {time.monotonic() - began:.0f} s. "
        f"Ready: http://127.0.0.1:{port} (Ctrl+C ends it; nothing is kept)"
    )


def _wait() -> None:
    try:
        wait_for_a_signal()
    except KeyboardInterrupt:
        say("The demo has ended.")
