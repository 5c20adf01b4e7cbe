"""Writers that crowd: each gets its turn, a wait is told, and whoever only looks never writes."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from streaklike.store import database as databases
from streaklike.store import turns
from streaklike.store.database import Database, DatabaseUnavailable, open_database
from streaklike.store.models import Setting
from tests.integration.crowding import check_nobody_starved, run_writers


def test_ten_writers_in_three_processes_all_get_their_turns(database_url: str):
    check_nobody_starved(database_url, run_writers(database_url, writers=10, in_values=3, seconds=4))


def test_the_threads_of_a_process_write_in_the_order_in_which_they_came(tmp_path: Path):
    line = turns.turns_of(tmp_path / "x.db")
    order: list[int] = []

    def write(number: int) -> None:
        with line.hold():
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    with line.hold():
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(line._line) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_a_wait_is_told_before_it_fails_and_then_says_who_writes(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(turns, "SAY_AFTER_SECONDS", 0.05)
    monkeypatch.setattr(turns, "WAIT_LIMIT_SECONDS", 0.3)
    path = tmp_path / "streaklike.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    failures: list[str] = []

    def write() -> None:
        try:
            with database.begin() as session:
                session.add(Setting(name="late", value={}))
        except DatabaseUnavailable as error:
            failures.append(str(error))

    with database.begin():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    write()
    holder.close()
    assert "the thread MainThread of this same process has had its turn to write" in failures[0]
    assert "another program holds the database file" in failures[1]
    assert all("Nothing was changed" in failure for failure in failures)
    told = [record.getMessage() for record in caplog.records if record.name == "streaklike.store.turns"]
    assert any("Waiting to write" in line and "MainThread" in line for line in told)
    assert any("Waiting to write" in line and "another program" in line for line in told)
    write()
    assert len(failures) == 2
    with database.read() as session:
        assert session.get(Setting, "late") is not None
    database.close()


def test_a_write_begun_inside_another_of_its_thread_is_an_error_at_once(tmp_path: Path):
    line = turns.turns_of(tmp_path / "x.db")
    with line.hold(), pytest.raises(RuntimeError, match="inside another"), line.hold():
        pass
    with line.hold():
        pass


def test_a_transaction_for_looking_cannot_write(database: Database):
    with pytest.raises(DBAPIError), database.read() as session:
        session.execute(text("DELETE FROM setting"))
    with database.begin() as session:
        session.add(Setting(name="after", value={}))


def test_many_who_look_and_write_at_once_never_run_out_of_connections(database: Database):
    failures: list[BaseException] = []
    barrier = threading.Barrier(40)  # all look at the same time

    def work(number: int) -> None:
        try:
            with database.read() as session:
                session.get(Setting, "x")
                barrier.wait(timeout=20)
            with database.begin() as session:
                session.add(Setting(name=f"s{number}", value={}))
        except Exception as error:  # noqa: BLE001 - the test asks for any
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_connections_that_ran_out_are_told_in_a_sentence(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(databases, "KEPT_CONNECTIONS", 1)
    monkeypatch.setattr(databases, "MOST_POSTGRES_CONNECTIONS", 1)
    monkeypatch.setattr(databases, "POOL_TIMEOUT_SECONDS", 0.1)
    database = open_database(postgres_server)
    with (
        database.read(),
        pytest.raises(DatabaseUnavailable, match="connections of this process"),
        database.read() as second,
    ):
        second.get(Setting, "x")
    database.close()
