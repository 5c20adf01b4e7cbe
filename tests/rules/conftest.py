"""A desk of each kind of database: one for a whole module that is filled and synced once, or one for a test alone."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine

from gmail_emulator import GmailServer
from streaklike.instants import to_datetime
from tests.conftest import KINDS, _execute, _with_database
from tests.rules.cli_harness import MEI, NOW, WEI, Harness


@contextmanager
def _database(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "streaklike.db")
        yield f"sqlite:///{folder / 'streaklike.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"r{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE template_streaklike")
    yield _with_database(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _open_harness(request: pytest.FixtureRequest, folder: Path) -> Iterator[Harness]:
    with (
        _database(request.param, request, folder) as url,
        pytest.MonkeyPatch.context() as patch,
        GmailServer(units_per_minute=0) as server,
    ):
        patch.chdir(folder)
        patch.setenv("STREAKLIKE_DATABASE_URL", url)
        patch.setenv("STREAKLIKE_GMAIL_ENDPOINT", server.url)
        patch.setenv("STREAKLIKE_GMAIL_UNITS_PER_MINUTE", "0")
        harness = Harness(server, folder)
        with time_machine.travel(to_datetime(NOW), tick=True):
            for email in (MEI, WEI):
                harness.box(email)
            yield harness


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    """The module's desk: its `fill` puts letters into the mailboxes, then all is synced; tests only ask."""
    fill: Callable[[Harness], None] = request.module.fill
    with _open_harness(request, tmp_path_factory.mktemp("world")) as harness:
        fill(harness)
        reports = harness.sync()
        assert all(report["complete"] for report in reports), reports
        yield harness


@pytest.fixture(params=KINDS)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    """A desk for one test."""
    with _open_harness(request, tmp_path) as harness:
        yield harness
