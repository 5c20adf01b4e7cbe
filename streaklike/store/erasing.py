"""What was deleted goes from the database's files too, not only from its tables.

SQLite writes zeroes over what is deleted (`secure_delete`), but leaves traces in three places: its full text index only
notes that an entry is gone, a page that was split keeps a stray copy of what moved out of it, and the log (`-wal`) keeps
older pages until it is written over. So after deletions the index is merged, which drops what was noted as gone, the file
is written anew (VACUUM), and the log is cut to nothing. The merging goes in short transactions, since an index of years
takes seconds. FTS5's own `secure-delete` is not used: it needs SQLite 3.42, and a file written with it cannot be read by an
older one.

PostgreSQL has VACUUM, which makes the room of dead rows free to be written over; its write-ahead log, its free room and its
backups are the operator's.
"""

import logging
import sqlite3
import time
from typing import Final

from sqlalchemy import Engine, Select, delete, select, text, union, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.store.database import Database, find_file
from streaklike.store.in_values import in_values
from streaklike.store.models import Base, Erasure
from streaklike.store.search_terms import TABLE as SEARCH_TERMS
from streaklike.store.writing import in_chunks, lock_writer

MERGED_PAGES: Final = 500
"""How much of the index one transaction merges: some 2 MB, part of a second."""

SMALL_FILE: Final = 256 * 2**20
"""Bytes. A file up to this size is written anew at each erasing, in seconds; a larger one once a day at most, since nobody
else writes meanwhile."""

IN_MEMORY: Final = 64 * 2**20
"""Bytes. Up to this size the copy from which the file is written anew is held in memory."""

LOG_PATIENCE_SECONDS: Final = 5.0
"""How long readers of an old page are waited for before the log is left to the next time."""

VACUUMED: Final = (
    "address", "body", "contact", "conversation", "copy", "event", "flag", "forward_offer", "job", "link", "mailbox",
    "message", "participant", "search_entry", SEARCH_TERMS, "standing",
)  # fmt: skip
"""The tables in which a mail leaves something, on PostgreSQL."""

_ADDRESS: Final = Base.metadata.tables["address"]

log = logging.getLogger(__name__)


def ask_for_erasing(session: Session) -> None:
    """Say, in the transaction that deletes, that something was deleted whose traces are to go."""
    session.execute(update(Erasure).values(asked=Erasure.asked + 1))


def erase_deleted(database: Database, *, now: int) -> bool:
    """Erase what was deleted, where anything was since the last time; False where something stands in the way.

    Then it stays due: somebody still reads an older state, or the disk is full. Opens its own transactions. Raises
    DatabaseUnavailable.
    """
    with database.read() as session:
        row = session.scalars(select(Erasure)).one()
    if row.asked <= row.done:
        return True
    _drop_strangers(database)
    if not database.is_sqlite:
        _vacuum_tables(database.engine)
    else:
        _merge_index(database)
        is_rewritten = _is_rewriting_due(database, row.rewritten_at, now)
        try:
            if is_rewritten:
                _rewrite_file(database)
        except sqlite3.OperationalError as error:
            log.warning(
                "Deleted mail is not yet erased from the database's file (%s). Tried again later.", error
            )
            return False
        if not _cut_log(database):
            log.info(
                "Deleted mail is not yet erased from the database's log: somebody reads it. Tried again later."
            )
            return False
        if not is_rewritten:
            return True
    with database.begin() as session:
        session.execute(update(Erasure).values(done=row.asked, rewritten_at=now))
    return True


def _is_rewriting_due(database: Database, rewritten_at: int, now: int) -> bool:
    path = find_file(database.engine.url)
    is_recent = 0 <= now - rewritten_at < DAY  # in the future: a clock was ahead
    return path is None or path.stat().st_size <= SMALL_FILE or not is_recent


def _drop_strangers(database: Database) -> None:
    """Delete the addresses that no mail and no person holds any more. They are looked for without the write lock."""
    unheld = select(_ADDRESS.c.id).where(
        _ADDRESS.c.contact_id.is_(None), _ADDRESS.c.id.not_in(_select_held())
    )
    with database.read() as session:
        found = session.scalars(unheld).all()
    for chunk in in_chunks(found):
        with database.begin() as session:
            lock_writer(session)
            still = session.scalars(unheld.where(in_values(session, _ADDRESS.c.id, chunk))).all()
            session.execute(delete(_ADDRESS).where(in_values(session, _ADDRESS.c.id, still)))


def _select_held() -> Select[tuple[int]]:
    """The addresses to which a row of any table points."""
    pointing = [
        select(key.parent.label("id")).where(key.parent.is_not(None))
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is _ADDRESS.c.id
    ]
    held = union(*pointing).subquery()
    return select(held.c.id)


def _merge_index(database: Database) -> None:
    """Merge the full text index into one piece, as its `optimize` does at one go."""
    pages = -MERGED_PAGES  # a negative number begins to merge all there is, a positive one goes on
    while True:
        with database.begin() as session:
            before = session.scalar(text("SELECT total_changes()")) or 0
            session.execute(
                text(f"INSERT INTO {SEARCH_TERMS} ({SEARCH_TERMS}, rank) VALUES ('merge', :pages)"),  # noqa: S608 - a name of ours
                {"pages": pages},
            )
            written = (session.scalar(text("SELECT total_changes()")) or 0) - before
        if written < 2 and pages > 0:  # the statement itself counts as one change
            return
        pages = MERGED_PAGES


def _rewrite_file(database: Database) -> None:
    """Write the whole file anew. Raises sqlite3.OperationalError where another process writes, or there is no room."""
    path = find_file(database.engine.url)
    is_large = path is not None and path.stat().st_size > IN_MEMORY
    with database.hold_turn():
        connection = database.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only=OFF")
            cursor.execute(f"PRAGMA temp_store={'FILE' if is_large else 'MEMORY'}")
            cursor.execute("VACUUM")
        finally:
            connection.invalidate()  # the next one has its usual settings again
            connection.close()


def _cut_log(database: Database) -> bool:
    """Write the log back and cut it to nothing; whether it could be: nobody may be reading an older state."""
    until = time.monotonic() + LOG_PATIENCE_SECONDS
    while not _try_cut_log(database):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _try_cut_log(database: Database) -> bool:
    with database.hold_turn():
        connection = database.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout")
            (usual,) = cursor.fetchone() or (0,)
            cursor.execute("PRAGMA busy_timeout=0")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            is_busy, *_ = cursor.fetchone() or (1,)
            cursor.execute(f"PRAGMA busy_timeout={usual:d}")
            return not is_busy
        finally:
            connection.close()


def _vacuum_tables(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM {', '.join(VACUUMED)}"))
