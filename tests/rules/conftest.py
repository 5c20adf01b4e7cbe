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
from tests.rules.desk import MEI, NOW, WEI, Desk


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
def _open_desk(request: pytest.FixtureRequest, folder: Path) -> Iterator[Desk]:
    with (
        _database(request.param, request, folder) as url,
        pytest.MonkeyPatch.context() as patch,
        GmailServer(units_per_minute=0) as server,
    ):
        patch.chdir(folder)
        patch.setenv("STREAKLIKE_DATABASE_URL", url)
        patch.setenv("STREAKLIKE_GMAIL_ENDPOINT", server.url)
        patch.setenv("STREAKLIKE_GMAIL_UNITS_PER_MINUTE", "0")
        desk = Desk(server, folder)
        with time_machine.travel(to_datetime(NOW), tick=True):
            for email in (MEI, WEI):
                desk.box(email)
            yield desk


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The module's desk: its `fill` puts letters into the mailboxes, then all is synced; tests only ask."""
    fill: Callable[[Desk], None] = request.module.fill
    with _open_desk(request, tmp_path_factory.mktemp("world")) as desk:
        fill(desk)
        reports = desk.sync()
        assert all(report["complete"] for report in reports), reports
        yield desk


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk for one test."""
    with _open_desk(request, tmp_path) as desk:
        yield desk
