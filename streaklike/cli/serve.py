"""The web app, the clock and the workers: on one machine in one process, or each by itself."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
import waitress

from streaklike.app import create_app
from streaklike.cli.context import opened, say, wait_for_a_signal
from streaklike.cli.ports import check_port
from streaklike.jobs.clock import running_clock
from streaklike.jobs.registry import JOBS, ask_for_sync
from streaklike.jobs.worker import Rhythm, Worker, running_jobs, running_worker
from streaklike.settings import Settings
from streaklike.store.database import Database

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--jobs/--no-jobs",
    "has_jobs",
    default=True,
    help="Whether the clock and a worker run in this process too; they do unless told otherwise.",
)
def serve(host: str, port: int, *, has_jobs: bool) -> None:
    """Serve the web app, and poll the mailboxes every minute."""
    check_port(host, port)
    with _running() as (settings, database):
        if not has_jobs:
            _serve(settings, database, host, port)
            return
        with running_jobs(database, settings, JOBS) as worker:
            _serve(settings, database, host, port)
        _end_now_if_busy(worker)


def _serve(settings: Settings, database: Database, host: str, port: int) -> None:
    app = create_app(settings, database, ask_for_sync=ask_for_sync)
    app.config["LOCAL_SIGN_IN"] = host in LOOPBACK
    say(f"Open http://{host}:{port} (Ctrl+C stops it)")
    waitress.serve(app, host=host, port=port, threads=8, ident=None)


@click.command()
@click.option(
    "--places",
    default=Rhythm().places,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many jobs it runs side by side.",
)
@click.option("--once", "is_once", is_flag=True, help="Run what is due one after the other, then end.")
def worker(places: int, *, is_once: bool) -> None:
    """Run the jobs that the clock and people's deeds enqueue. Any number of workers may run, on any machine."""
    with _running() as (settings, database):
        if is_once:
            count = Worker(database, settings, JOBS).run_due()
            say(f"{count} jobs done.")
            return
        with running_worker(database, settings, JOBS, rhythm=Rhythm(places=places)) as taken:
            say("The worker waits for jobs (Ctrl+C stops it)")
            _wait()
        _end_now_if_busy(taken)


@click.command()
def scheduler() -> None:
    """Keep the clock. Any number may run: one leads, and another takes over where it is killed."""
    with _running() as (_settings, database), running_clock(database, JOBS):
        say("The clock runs (Ctrl+C stops it)")
        _wait()


@contextmanager
def _running() -> Iterator[tuple[Settings, Database]]:
    """The log on stderr; a termination signal ends the block in order, as Ctrl+C does."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with opened() as both:
        yield both


def _wait() -> None:
    with suppress(KeyboardInterrupt, SystemExit):
        wait_for_a_signal()


def _end_now_if_busy(worker: Worker) -> None:
    """End though a job still runs: the interpreter would wait for a sync's threads, and a sync may be cut off (Q1)."""
    if worker.is_busy:
        logging.shutdown()
        os._exit(0)
