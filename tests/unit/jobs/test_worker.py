"""A worker's places, its end, and what it does where its database fails it."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select, update

from streaklike.jobs import queue
from streaklike.jobs.kinds import JobType
from streaklike.jobs.worker import Worker, WorkerConfig, running_jobs
from streaklike.settings import Settings
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.models import Job
from tests.unit.jobs.kinds import NOW, SPAN, Book, Hand, make_kind

SETTINGS = Settings(data_dir=Path("unused"), _env_file=None)


class Gate:
    """A job that stays inside until it is let out."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.out = threading.Event()

    def __call__(self, _run) -> None:
        self.entered.release()
        assert self.out.wait(60)


def make_worker(database: Database, *kinds: JobType, places: int = 3, now: int = NOW) -> Worker:
    return Worker(
        database,
        SETTINGS,
        kinds,
        rhythm=WorkerConfig(places=places, hold=SPAN),
        clock=lambda: now,
        rng=lambda: 1.0,
    )


def ask(database: Database, kind: JobType, *subjects: str) -> None:
    with database.begin() as session:
        for subject in subjects:
            queue.enqueue(session, kind, subject, now=NOW)


def rows(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {f"{job.name} {job.subject}": job.state for job in session.scalars(select(Job))}


def test_the_last_place_is_kept_for_short_jobs(database: Database):
    gate, book = Gate(), Book()
    long = make_kind(gate, name="long", is_long=True)
    short = make_kind(book, name="short")
    worker = make_worker(database, long, short)
    ask(database, long, "a", "b", "c")
    worker.look()
    for _ in range(2):
        assert gate.entered.acquire(timeout=60)
    ask(database, short, "x")
    worker.look()
    assert worker.is_busy
    for _ in range(600):
        if rows(database)["short x"] == "done":
            break
        worker.pause(0.1)
    assert sorted(rows(database).values()) == ["done", "running", "running", "waiting"]
    gate.out.set()
    assert worker.leave(60)
    assert rows(database)["long c"] == "waiting"


def test_a_worker_that_stops_takes_no_more_and_lets_go_of_what_it_cuts_off(database: Database):
    gate = Gate()
    kind = make_kind(gate, tries=1)
    worker = make_worker(database, kind, places=1)
    ask(database, kind, "a", "b")
    worker.look()
    assert gate.entered.acquire(timeout=60)
    worker.stop()
    worker.look()
    assert not worker.leave(0)
    assert rows(database) == {"work a": "waiting", "work b": "waiting"}
    gate.out.set()
    assert worker.leave(60)
    assert rows(database) == {"work a": "waiting", "work b": "waiting"}, "who let go has no say any more"


def test_a_worker_that_lives_renews_and_is_not_swept_by_itself(database: Database):
    gate = Gate()
    kind = make_kind(gate)
    worker = make_worker(database, kind)
    ask(database, kind, "a")
    worker.look()
    assert gate.entered.acquire(timeout=60)
    with database.begin() as session:
        session.execute(update(Job).values(lease_until=NOW - 1))
    worker.look()
    assert rows(database) == {"work a": "running"}
    worker.renew()
    with database.read() as session:
        assert session.scalar(select(Job.lease_until)) == NOW + SPAN
    gate.out.set()
    assert worker.leave(60)
    assert rows(database) == {"work a": "done"}


def test_a_job_whose_end_could_not_be_saved_begins_again(database: Database, monkeypatch: pytest.MonkeyPatch):
    book = Book()
    kind = make_kind(book)
    worker = make_worker(database, kind)
    ask(database, kind, "a")

    def refuse(*_arguments: object, **_named: object) -> None:
        raise DatabaseUnavailable("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(queue, "finish", refuse)
        worker.look()
        assert worker.leave(60)
    assert rows(database) == {"work a": "running"}
    later = make_worker(database, kind, now=NOW + SPAN + 1)
    assert later.run_due() == 1
    assert rows(database) == {"work a": "done"}
    assert len(book.runs) == 2


def test_a_database_that_is_away_is_told_in_its_own_words(database: Database):
    def refuse(_run) -> None:
        raise DatabaseUnavailable("The disk is full.")

    kind = make_kind(refuse)
    ask(database, kind, "a")
    assert Hand(database, kind).run_due() == 1
    with database.read() as session:
        assert session.scalar(select(Job.error)) == "The disk is full."


def test_clock_and_worker_in_one_process(database: Database):
    done = threading.Event()
    kind = make_kind(lambda _run: done.set())
    with running_jobs(database, SETTINGS, [kind]):
        assert done.wait(60)
    assert rows(database) == {"work ": "done"}
