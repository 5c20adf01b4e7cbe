"""A sync, an import, the demo and serve end soon after Ctrl+C, a termination or a hangup, whatever they wait for."""

import signal
import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gmail_emulator import Fault, GmailServer
from streaklike.store.database import open_database
from streaklike.store.models import Job, MailboxMessage
from tests.integration.quota import fill_threads
from tests.integration.stopping import SIGNALS, Commands, wait_for_line
from tests.integration.sync_helpers import AN, MEI, mime

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def commands(tmp_path: Path, database_url: str, server: GmailServer) -> Commands:
    """A mailbox of which a minute's quota fetches a part: the rest of the minute is waited for."""
    commands = Commands(tmp_path, database_url, server, units_per_minute=2000)
    account = server.add_account(MEI)
    fill_threads(account, 300)
    commands.connect(account)
    return commands


def await_that(check, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.05)


def count_stored(url: str) -> int:
    database = open_database(url)
    with database.read() as session:
        count = session.scalar(
            select(func.count()).select_from(MailboxMessage).where(MailboxMessage.state == "stored")
        )
    database.close()
    return count or 0


def is_held(url: str) -> bool:
    """Whether a sync has begun."""
    database = open_database(url)
    with database.read() as session:
        held = session.scalars(select(Job.id).where(Job.state == "running")).first()
    database.close()
    return held is not None


@on_sqlite
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_sync_that_waits_for_its_quota_stops(
    commands: Commands, server: GmailServer, number: signal.Signals
):
    account = server.accounts[MEI]
    with commands.started("sync") as process:
        await_that(lambda: account.units_spent >= 1900)
        ended = commands.stop(process, number)
    print(f"\n{number.name} while waiting for quota: {ended.seconds:.2f} s")
    assert (ended.code, "What was saved is safe" in ended.said) == (130, True), ended
    assert "Traceback" not in ended.said
    assert ended.seconds < 10


@on_sqlite
def test_a_sync_stops_though_gmail_does_not_answer(commands: Commands, server: GmailServer):
    server.faults.add(Fault(call="messages.list", delay=25.0, times=None))
    account = server.accounts[MEI]
    with commands.started("sync") as process:
        await_that(lambda: account.calls["getProfile"] >= 2)
        time.sleep(0.5)
        ended = commands.stop(process, signal.SIGINT)
    print(f"\nSIGINT while Gmail is silent: {ended.seconds:.2f} s")
    assert ended.code == 130
    assert ended.seconds < 10


@on_sqlite
def test_a_sync_stops_though_nothing_answers_at_all(commands: Commands, database_url: str):
    """A listener that takes no call: the connection is never made, and no flag is looked at."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        taken = [socket.create_connection(silent.getsockname(), timeout=5)]
        commands.environment["STREAKLIKE_GMAIL_ENDPOINT"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with commands.started("sync") as process:
            await_that(lambda: is_held(database_url))
            time.sleep(0.5)
            ended = commands.stop(process, signal.SIGTERM)
        for wire in taken:
            wire.close()
    print(f"\nSIGTERM while a connection is being made: {ended.seconds:.2f} s")
    assert ended.code == 130
    assert ended.seconds < 10


def test_serve_stops_in_the_middle_of_a_sync_and_lets_go_of_it(
    commands: Commands, server: GmailServer, database_url: str
):
    number = signal.SIGTERM if database_url.startswith("sqlite") else signal.SIGINT
    account = server.accounts[MEI]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with commands.started("serve", "--port", str(port)) as process:
        await_that(lambda: account.units_spent >= 1900)
        ended = commands.stop(process, number)
    print(f"\nserve, {number.name} in the middle of a sync: {ended.seconds:.2f} s")
    assert ended.code == 0, ended
    assert ended.seconds < 10
    database = open_database(database_url)
    with database.read() as session:
        assert session.scalars(select(Job.state).where(Job.state == "running")).all() == []
    database.close()


@on_sqlite
def test_an_import_stops(commands: Commands, tmp_path: Path, database_url: str):
    mail = b"".join(
        b"From x@y Sun Nov 22 01:46:29 2026\n" + mime(AN, [MEI], f"Mail {n}", minute=n) + b"\n\n"
        for n in range(6000)
    )
    (tmp_path / "all.mbox").write_bytes(mail)
    with commands.started("import", "mbox", "all.mbox", "--mailbox", MEI) as process:
        await_that(lambda: count_stored(database_url) > 0)
        ended = commands.stop(process, signal.SIGINT)
    print(f"\nimport, SIGINT: {ended.seconds:.2f} s")
    assert ended.code == 130
    assert "What was saved is safe" in ended.said
    assert ended.seconds < 10


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=lambda number: number.name)
def test_the_demo_leaves_no_mail_behind(tmp_path: Path, server: GmailServer, number: signal.Signals):
    commands = Commands(tmp_path, "", server)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with commands.started("demo", "--port", str(port)) as process:
        wait_for_line(process, "Open http")
        assert list(commands.temporary.iterdir())
        time.sleep(1.0)
        ended = commands.stop(process, number)
    print(f"\ndemo, {number.name} in the middle of its first sync: {ended.seconds:.2f} s")
    assert ended.code == 0
    assert list(commands.temporary.iterdir()) == []
    assert ended.seconds < 10
