"""The engine: one function opens a database of either kind, brought to the newest schema, ready for sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from streaklike.store.faults import BUSY, DAMAGED, describe_fault

BUSY_TIMEOUT_MS = 15_000
OUR_TABLES = frozenset({"alembic_version", "mailbox", "message", "standing"})
"""Tables that every database of ours has had since the first migration."""
NOBODYS_TABLES = frozenset({"spatial_ref_sys"})
"""Tables that an extension of PostgreSQL makes in every database."""


class DatabaseUnavailable(Exception):
    """The database cannot be opened or is held by another program. The sentence says what to do.

    `kind` is that of `faults.Fault`.
    """

    def __init__(self, sentence: str, kind: str = BUSY) -> None:
        super().__init__(sentence)
        self.kind = kind


class Database:
    """An open database. `begin()` is a writing transaction, `read()` one that only looks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A writing transaction: commits at the end, rolls back on any error. On SQLite it takes the write lock at once."""
        with _explained(), self._sessions() as session:
            if self.is_sqlite:
                session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            yield session
            session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction for looking: one consistent view, given up at the end."""
        with _explained(), self._sessions() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        fault = describe_fault(error)
        if fault is None:
            raise
        raise DatabaseUnavailable(fault.sentence, fault.kind) from error


def normalise_url(url: str) -> str:
    """`postgresql://` means psycopg 3; everything else stands as it is."""
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url


POSTGRES_OPTIONS = {
    "plan_cache_mode": "force_custom_plan",
    "random_page_cost": 1.1,
    "parallel_setup_cost": 10_000,
}
"""How PostgreSQL is to plan. A plan made for any values at all is a poor one for most: lists may hold one id or thousands.
A team's mail lies in memory or on an SSD, where a page found by an index costs little more than the next one; its own
default is for disks that turn. A worker process beside takes some 5 ms to begin, longer than most statements last."""


def open_engine(url: str) -> Engine:
    """An engine for the URL. SQLite gets WAL, synchronous=FULL, foreign keys and a busy timeout on each connection."""
    parsed = make_url(normalise_url(url))
    if parsed.get_backend_name() != "sqlite":
        options = " ".join(f"-c {name}={value}" for name, value in POSTGRES_OPTIONS.items())
        return create_engine(parsed, pool_pre_ping=True, connect_args={"options": options})
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-2000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")

    return engine


def newest_revision() -> str:
    """The revision of the newest migration: the number that its file begins with."""
    folder = resources.files("streaklike.store") / "migrations" / "versions"
    return max(file.name.partition("_")[0] for file in folder.iterdir() if file.name[:1].isdigit())


def find_revision(engine: Engine) -> str | None:
    """The revision that the database stands at; None where it has no tables yet."""
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

    with _explained():
        migrate(engine)


def open_database(url: str) -> Database:
    """Open, make or migrate the database at `url`. Raises DatabaseUnavailable with a sentence for people."""
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
