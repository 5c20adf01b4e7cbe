"""The web app, and on one machine everything else beside it."""

import logging

import click
import waitress

from streaklike.app import create_app
from streaklike.cli.context import opened, say
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import running_jobs

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the web app, and poll the mailboxes every minute."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with opened() as (settings, database), running_jobs(database, settings, JOBS):
        app = create_app(settings, database)
        app.config["LOCAL_SIGN_IN"] = host in LOOPBACK
        say(f"Open http://{host}:{port} (Ctrl+C stops it)")
        waitress.serve(app, host=host, port=port, threads=8, ident=None)
