"""The web app, the clock and the workers: on one machine in one process, or each by itself."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import click

from streaklike.app import create_app
from streaklike.cli.context import opened, say, wait_for_a_signal
from streaklike.cli.logs import set_up_logging
from streaklike.cli.ports import check_port
from streaklike.cli.sign_in import EVERYWHERE, print_first_link, served_url
from streaklike.cli.stopping import stoppable
from streaklike.cli.web_server import make_server
from streaklike.jobs.clock import running_clock
from streaklike.jobs.registry import JOBS, ask_for_sync
from streaklike.jobs.worker import Worker, WorkerConfig, running_jobs, running_worker
from streaklike.settings import Settings
from streaklike.stopping import Stop, Stopped
from streaklike.store.database import Database


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen at."
)
@click.option(
    "--jobs/--no-jobs",
    "has_jobs",
    default=True,
    help="Whether the clock and a worker run in this process too; they do unless told otherwise.",
)
def serve(host: str, port: int, *, has_jobs: bool) -> None:
    """Serve the web app, and poll the mailboxes every minute."""
    check_port(host, port)
    with _running() as (settings, database, ending):
        if not has_jobs:
            _serve(settings, database, host, port)
            return
        with running_jobs(database, settings, JOBS, stop=ending.stop) as worker:
            ending.worker = worker
            _serve(settings, database, host, port)
        _end_now_if_busy(worker)


def _serve(settings: Settings, database: Database, host: str, port: int) -> None:
    app = create_app(settings, database, ask_for_sync=ask_for_sync)
    if host not in EVERYWHERE:
        app.config["TRUSTED_HOSTS"].append(f"[{host}]" if ":" in host else host)
    server = make_server(app, settings, host=host, port=port)
    print_first_link(database, settings, host=host, port=port)
    say(f"Open {served_url(settings, host=host, port=port)} (Ctrl+C stops it)")
    server.run()


@click.command()
@click.option(
    "--places",
    default=WorkerConfig().places,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many jobs it runs side by side.",
)
@click.option("--once", "is_once", is_flag=True, help="Run what is due one after the other, then end.")
def worker(places: int, *, is_once: bool) -> None:
    """Run the jobs that the clock and people's actions enqueue. Any number of workers may run, on any machine."""
    with _running() as (settings, database, ending):
        if is_once:
            count = Worker(database, settings, JOBS, stop=ending.stop).run_due()
            say(f"{count} jobs done.")
            return
        with running_worker(
            database, settings, JOBS, rhythm=WorkerConfig(places=places), stop=ending.stop
        ) as taken:
            ending.worker = taken
            say("The worker waits for jobs (Ctrl+C stops it)")
            _wait()
        _end_now_if_busy(taken)


@click.command()
def scheduler() -> None:
    """Keep the clock. Any number may run: one leads, and another takes over where it is killed."""
    with _running() as (_settings, database, _ending), running_clock(database, JOBS):
        say("The clock runs (Ctrl+C stops it)")
        _wait()


@dataclass(slots=True)
class _Ending:
    """What is told to stop, and what has to be let go of where the process must end before its threads do."""

    stop: Stop = field(default_factory=Stop)
    worker: Worker | None = None

    @property
    def is_delicate(self) -> bool:
        return self.worker is not None and self.worker.is_delicate

    def let_go(self) -> None:
        if self.worker is not None:
            self.worker.let_go()


@contextmanager
def _running() -> Iterator[tuple[Settings, Database, _Ending]]:
    """The log on stderr; a termination or a hangup ends the block in order, as Ctrl+C does."""
    set_up_logging(logging.INFO)
    ending = _Ending()
    with (
        suppress(KeyboardInterrupt, Stopped),
        stoppable(
            code=0, sentence="", clean_up=ending.let_go, is_delicate=lambda: ending.is_delicate
        ) as ending.stop,
        opened(is_announced=True) as (settings, database),
    ):
        yield settings, database, ending


def _wait() -> None:
    with suppress(KeyboardInterrupt, SystemExit):
        wait_for_a_signal()


def _end_now_if_busy(worker: Worker) -> None:
    """End though a job still runs: the interpreter would wait for a sync's threads, and a sync may be cut off (Q1)."""
    if worker.is_busy:
        logging.shutdown()
        os._exit(0)
