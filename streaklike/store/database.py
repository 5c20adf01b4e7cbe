"""Open a SQLite or PostgreSQL database, migrated to the newest schema, and provide its sessions."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from streaklike.private_files import FOLDER_MODE, make_private_file, tighten_file
from streaklike.store.faults import BUSY, CLOSED, DAMAGED, describe_fault
from streaklike.store.turns import WriterQueue, WriteWaitExpired, is_busy, turns_of

OUR_TABLES = frozenset({"alembic_version", "mailbox", "message", "standing"})
"""Tables that every streaklike database has had since the first migration."""
NOBODYS_TABLES = frozenset({"spatial_ref_sys"})
"""Tables that PostgreSQL extensions create in every database."""

BUSY_TIMEOUT_MS = 15_000
"""SQLite's own busy timeout, for everything but the write lock, which is queued by `store.turns`."""

KEPT_CONNECTIONS = 16
MOST_POSTGRES_CONNECTIONS = 48
"""Maximum of connections per process on PostgreSQL: eight requests, eight jobs and eight mailboxes at once,
each of which may read while it writes. SQLite needs no limit: a connection is an open file, and writers
queue before they take one.
"""

POOL_TIMEOUT_SECONDS = 60.0


class DatabaseUnavailable(Exception):
    """The database cannot be opened or is locked by another program. The message says what to do.

    `kind` is that of `faults.DatabaseFault`.
    """

    def __init__(self, sentence: str, kind: str = BUSY) -> None:
        super().__init__(sentence)
        self.kind = kind


class Database:
    """An open database. `begin()` starts a writing transaction, `read()` a read-only one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._turns = find_turns(engine.url)
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A writing transaction: commits at the end, rolls back on any error. Raises DatabaseUnavailable.

        On SQLite it waits for its turn and takes the write lock immediately. The connection is taken only
        then, so that queued writers do not exhaust the pool for readers.
        """
        with _explained(), self.hold_turn(), self._sessions() as session:
            if self.is_sqlite:
                session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read-only transaction with one consistent view, rolled back at the end. Raises
        DatabaseUnavailable.

        Read-only is enforced, because a SQLite reader that starts to write fails at once, without waiting, if
        another connection has written since.
        """
        with _explained(is_writing=False), self._sessions() as session:
            if not self.is_sqlite:
                session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                )
            yield session

    def hold_turn(self) -> AbstractContextManager[None]:
        """Hold this thread's turn to write to a SQLite file.

        A no-op on PostgreSQL, which queues writers itself.
        """
        return self._turns.hold() if self._turns is not None else nullcontext()

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _explained(*, is_writing: bool = True) -> Iterator[None]:
    try:
        yield
    except WriteWaitExpired as error:
        raise DatabaseUnavailable(str(error), BUSY) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable(
            f"All {MOST_POSTGRES_CONNECTIONS} connections of this process to the database have been in use for "
            f"{POOL_TIMEOUT_SECONDS:.0f} s. Nothing was changed. Try again; where it comes back, run fewer jobs side by side "
            "(streaklike worker --places) or look for a statement that does not end.",
            BUSY,
        ) from error
    except DBAPIError as error:
        fault = describe_fault(error)
        # A write in a read-only transaction is a programming error, not a fault of the database.
        if fault is None or (fault.kind == CLOSED and not is_writing):
            raise
        raise DatabaseUnavailable(fault.sentence, fault.kind) from error


def normalise_url(url: str) -> str:
    """Map `postgresql://` to psycopg 3; other URLs are unchanged."""
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url


POSTGRES_OPTIONS = {
    "plan_cache_mode": "force_custom_plan",
    "random_page_cost": 1.1,
    "parallel_setup_cost": 10_000,
}
"""PostgreSQL planner settings.

force_custom_plan: IN lists hold from one to thousands of ids, for which a generic plan is poor.
random_page_cost: the data is in memory or on an SSD; the default is for spinning disks. parallel_setup_cost:
starting a worker process takes about 5 ms, longer than most statements.
"""


def open_engine(url: str) -> Engine:
    """Create the engine for the URL. SQLite gets WAL, synchronous=FULL, foreign keys, secure_delete and mode
    600.

    Errors never contain statement parameters, because these hold people's mail.
    """
    parsed = make_url(normalise_url(url))
    if parsed.get_backend_name() != "sqlite":
        options = " ".join(f"-c {name}={value}" for name, value in POSTGRES_OPTIONS.items())
        return create_engine(
            parsed,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=KEPT_CONNECTIONS,
            max_overflow=MOST_POSTGRES_CONNECTIONS - KEPT_CONNECTIONS,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            connect_args={"options": options},
        )
    path = find_file(parsed)
    if path is None:
        engine = create_engine(parsed, hide_parameters=True, connect_args={"check_same_thread": False})
    else:
        _make_private(path)
        engine = create_engine(
            parsed,
            hide_parameters=True,
            pool_size=KEPT_CONNECTIONS,
            max_overflow=-1,
            connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        )
    turns = find_turns(parsed)

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-2000",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        is_writing = connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE"
        raw = connection.connection.dbapi_connection
        # Reset at each BEGIN, because pooled connections serve both reading and writing transactions.
        raw.execute(f"PRAGMA query_only={'OFF' if is_writing else 'ON'}")
        if not is_writing or turns is None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN DEFERRED")
            return
        try:
            turns.begin_immediate(raw)
        except sqlite3.OperationalError as error:  # wrapped as SQLAlchemy does, for fault_origin
            raise OperationalError("BEGIN IMMEDIATE", None, error, hide_parameters=True) from error
        except sqlite3.DatabaseError as error:
            raise DatabaseError("BEGIN IMMEDIATE", None, error, hide_parameters=True) from error

    return engine


def find_file(url: URL) -> Path | None:
    """The file of a SQLite database; None for PostgreSQL, in-memory databases and SQLite URIs."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def find_sqlite_file(url: str) -> Path | None:
    """The SQLite file that this URL names; None if it names none or is not a URL."""
    try:
        return find_file(make_url(normalise_url(url)))
    except ArgumentError:
        return None


def find_turns(url: URL) -> WriterQueue | None:
    """The writer queue of a SQLite file; None if there is no file."""
    path = find_file(url)
    return None if path is None else turns_of(path)


def _make_private(path: Path) -> None:
    """Create the database file if missing, and make it and its WAL files unreadable for other accounts."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    make_private_file(path)
    for suffix in ("-wal", "-shm"):
        tighten_file(path.with_name(path.name + suffix))


def _use_wal(cursor: Any) -> None:
    """Switch SQLite to WAL.

    Retries, because SQLite does not wait if another connection does the same on a new file.
    """
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def newest_revision() -> str:
    """The newest migration's revision: the number at the beginning of its file name."""
    folder = resources.files("streaklike.store") / "migrations" / "versions"
    return max(file.name.partition("_")[0] for file in folder.iterdir() if file.name[:1].isdigit())


def find_revision(engine: Engine) -> str | None:
    """The database's revision; None if it has no tables yet.

    Raises DatabaseUnavailable if it is another program's.
    """
    with _explained(), engine.connect() as connection:
        names = set(inspect(connection).get_table_names())
        if "alembic_version" not in names and not names - NOBODYS_TABLES:
            return None
        if not names >= OUR_TABLES:
            listed = ", ".join(sorted(names)[:5])
            raise DatabaseUnavailable(
                f"The database is another program's (it holds {listed}). Nothing was changed. Give streaklike one of its "
                "own: check STREAKLIKE_DATABASE_URL and STREAKLIKE_DATA_DIR.",
                DAMAGED,
            )
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def _bring_up_to_date(engine: Engine) -> None:
    found, newest = find_revision(engine), newest_revision()
    if found == newest:
        return
    if found is not None and not (found.isdecimal() and len(found) == len(newest)):
        raise DatabaseUnavailable(
            f"The database stands at {found!r}, which is no revision of streaklike. Nothing was changed. Check "
            "STREAKLIKE_DATABASE_URL: it may be another program's.",
            DAMAGED,
        )
    if found is not None and found > newest:
        raise DatabaseUnavailable(
            f"The database was made by a newer streaklike (its revision is {found}, this program knows {newest}). "
            "Nothing was changed. Install the newer version, or open another database."
        )
    from streaklike.store.migrating import migrate  # noqa: PLC0415 - Alembic is slow to load and seldom needed

    turns = find_turns(engine.url)
    with _explained(), turns.hold() if turns is not None else nullcontext():
        migrate(engine)


def open_database(url: str) -> Database:
    """Open the database at `url`, creating or migrating it if necessary. Raises DatabaseUnavailable."""
    try:
        engine = open_engine(url)
    except (ArgumentError, OSError, ImportError) as error:
        raise DatabaseUnavailable(
            f"The database cannot be opened: {error}. Nothing was changed. STREAKLIKE_DATABASE_URL takes "
            "sqlite:///FILE or postgresql://USER@HOST/NAME, the latter with pip install 'streaklike[postgres]'."
        ) from error
    try:
        _bring_up_to_date(engine)
    except (DatabaseUnavailable, DBAPIError):
        engine.dispose()
        raise
    return Database(engine)
