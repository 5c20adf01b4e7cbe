"""A replay of the policy is a job (R51): one at a time, taken up again where its worker was killed, kept, pruned."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from streaklike.boxes.policy_store import ThresholdChange
from streaklike.cadence.editing.policy_changes import TEAM_SCOPE, with_requested_changes
from streaklike.cadence.replay import requests
from streaklike.cadence.replay.requests import (
    GIVEN_UP,
    KEEP,
    MOST_ATTEMPTS,
    delete_old_replays,
    fail_replay,
    note_progress,
    put_back,
    request_replay,
    take_next,
)
from streaklike.instants import SECOND
from streaklike.jobs import replays
from streaklike.jobs.queue import enqueue
from streaklike.jobs.registry import REPLAY
from streaklike.jobs.worker import RHYTHM, Worker
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.store.models import Replay, User
from tests.integration.crashing import processes
from tests.unit.web.web_fixtures import NOW, World

SETTINGS = Settings(data_dir=Path("unused"), _env_file=None)


def ask(database: Database, *values: str, by: str | None = None) -> None:
    """Want a replay of each of these limits, and ring for the job."""
    with database.begin() as session:
        user = session.query(User).filter_by(email=by).one() if by else None
        for value in values:
            _, changes = with_requested_changes(session, [("budget_limit", value, TEAM_SCOPE)])
            request_replay(session, changes, months=3, by=user, now=NOW, team_zone="Asia/Taipei")
        enqueue(session, REPLAY, now=NOW)


def make_worker(database: Database, later: int = 0) -> Worker:
    return Worker(database, SETTINGS, [REPLAY], clock=lambda: NOW + later)


def rows(database: Database) -> list[Replay]:
    with database.read() as session:
        return session.query(Replay).order_by(Replay.id).all()


def _work_until_killed(url: str, told: Connection) -> None:
    def stay(_self: object, done: int, total: int) -> None:
        if done:
            told.send((done, total))
            threading.Event().wait(600)

    replays._Telling.on_progress = stay  # type: ignore[method-assign]
    make_worker(open_database(url)).run_due()


def test_R51_a_killed_workers_replay_is_taken_up_again(database: Database, database_url: str, world: World):
    ask(database, "2")
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=_work_until_killed, args=(database_url, theirs), daemon=True)
    child.start()
    theirs.close()
    assert ours.poll(120)
    assert ours.recv()[0] == 1
    child.kill()
    child.join()
    (left,) = rows(database)
    assert (left.state, left.attempts) == ("running", 1)
    assert make_worker(database).run_due() == 0, "its hold has not run out yet"
    assert make_worker(database, RHYTHM.hold + SECOND).run_due() == 1
    (done,) = rows(database)
    assert (done.state, done.attempts, done.error) == ("done", 2, None)
    assert done.result
    assert done.result["mornings"] > 40


def test_R51_a_worker_that_ends_puts_its_replay_back(
    database: Database, monkeypatch: pytest.MonkeyPatch, world: World
):
    ask(database, "2")
    worker = make_worker(database)
    tell = replays._Telling.on_progress

    def stop(self: replays._Telling, done: int, total: int) -> None:
        if done == 2:
            worker.stop()
        tell(self, done, total)

    monkeypatch.setattr(replays._Telling, "on_progress", stop)
    worker.run_due()
    (left,) = rows(database)
    assert (left.state, left.attempts, left.runner) == ("waiting", 0, None)
    monkeypatch.undo()
    with database.begin() as session:
        enqueue(session, REPLAY, now=NOW)
    make_worker(database).run_due()
    assert [each.state for each in rows(database)] == ["done"]


def test_R51_replays_run_one_at_a_time_whoever_asks(
    database: Database, monkeypatch: pytest.MonkeyPatch, world: World
):
    ask(database, "2", "4")
    ask(database, "5", by="wei@ngo.example")
    work_out, at_work, most = replays._work_out, threading.Semaphore(1), []

    def alone(*arguments: object) -> object:
        most.append(at_work.acquire(blocking=False))
        try:
            return work_out(*arguments)  # type: ignore[arg-type]
        finally:
            at_work.release()

    monkeypatch.setattr(replays, "_work_out", alone)
    workers = [make_worker(database) for _ in range(3)]
    threads = [threading.Thread(target=worker.run_due) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert [each.state for each in rows(database)] == ["done"] * 3
    assert most == [True] * 3


def test_R51_only_the_run_at_work_writes_and_one_begun_too_often_is_given_up(
    database: Database, world: World
):
    ask(database, "2")
    with database.begin() as session:
        first = take_next(session, "first", now=NOW)
        assert first is not None
        key = first.id
        again = take_next(session, "second", now=NOW)
        assert again is not None
        assert again.id == key
        assert not note_progress(session, key, "first", 1, 2)
        assert not put_back(session, key, "first")
        assert not fail_replay(session, key, "first", "no", now=NOW)
        assert note_progress(session, key, "second", 1, 2)
        for number in range(MOST_ATTEMPTS - 2):
            assert take_next(session, f"more {number}", now=NOW)
        assert take_next(session, "last", now=NOW) is None
    (given_up,) = rows(database)
    assert (given_up.state, given_up.error) == ("failed", GIVEN_UP)


def test_R51_old_results_are_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch, world: World):
    monkeypatch.setattr(requests, "MOST_KEPT", 2)
    with database.begin() as session:
        for number in range(4):
            change = ThresholdChange("team", "", "budget_limit", 3, 10 + number)
            request_replay(session, [change], months=1, by=None, now=NOW, team_zone="UTC")
            taken = take_next(session, "me", now=NOW)
            assert taken is not None
            assert fail_replay(session, taken.id, "me", "no", now=NOW)
        delete_old_replays(session, now=NOW)
        assert session.query(Replay).count() == 2
        delete_old_replays(session, now=NOW + KEEP + SECOND)
        assert session.query(Replay).count() == 0
