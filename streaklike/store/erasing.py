"""Erase deleted content from the database's files, not only from its tables.

SQLite overwrites deleted content with zeroes (`secure_delete`) but leaves traces in three places: the full
text index only marks entries as deleted, a split page keeps a copy of what moved out of it, and the WAL keeps
old pages until it is overwritten. After deletions we therefore merge the index, which drops marked entries,
rewrite the file (VACUUM) and truncate the WAL. Merging uses short transactions, because the index of several
years takes seconds. FTS5's `secure-delete` is not used: it needs SQLite 3.42 and makes the file unreadable
for older versions.
On PostgreSQL we run VACUUM, which frees the space of dead rows for reuse. Its WAL, free space and backups are
up to the operator.
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
"""Pages of the index merged per transaction: about 2 MB, a fraction of a second."""

SMALL_FILE: Final = 256 * 2**20
"""Bytes.

Files up to this size are rewritten at each erasing, which takes seconds; larger ones at most once a day,
because it blocks writers.
"""

IN_MEMORY: Final = 64 * 2**20
"""Bytes. Up to this size VACUUM's temporary copy is kept in memory."""

LOG_PATIENCE_SECONDS: Final = 5.0
"""How long to wait for readers of old pages before truncating the WAL is postponed."""

VACUUMED: Final = (
    "address", "body", "contact", "conversation", "copy", "event", "flag", "forward_offer", "job", "link", "mailbox",
    "message", "participant", "search_entry", SEARCH_TERMS, "standing",
)  # fmt: skip
"""Tables that contain traces of mail, for VACUUM on PostgreSQL."""

_ADDRESS: Final = Base.metadata.tables["address"]

log = logging.getLogger(__name__)


def request_erasing(session: Session) -> None:
    """Request erasing, in the transaction that deletes."""
    session.execute(update(Erasure).values(asked=Erasure.asked + 1))


def erase_deleted(database: Database, *, now: int) -> bool:
    """Erase deleted content if requested since the last run. Opens its own transactions.

    Returns False if it could not be completed, because an old state is still being read or the disk is full;
    the request then stays due. Raises DatabaseUnavailable.
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
    is_recent = 0 <= now - rewritten_at < DAY  # negative if a clock was ahead
    return path is None or path.stat().st_size <= SMALL_FILE or not is_recent


def _drop_strangers(database: Database) -> None:
    """Delete addresses that no mail and no contact refers to. They are searched for without the write lock."""
    unheld = select(_ADDRESS.c.id).where(
        _ADDRESS.c.contact_id.is_(None), _ADDRESS.c.id.not_in(_select_held())
    )
    with database.read() as session:
        found = session.scalars(unheld).all()
    for chunk in in_chunks(found):
        with database.begin() as session:
            lock_writer(session)
            # Checked again under the lock: mail may have arrived for them since.
            still = session.scalars(unheld.where(in_values(session, _ADDRESS.c.id, chunk))).all()
            session.execute(delete(_ADDRESS).where(in_values(session, _ADDRESS.c.id, still)))


def _select_held() -> Select[tuple[int]]:
    """Select the addresses that a row of any table refers to."""
    pointing = [
        select(key.parent.label("id")).where(key.parent.is_not(None))
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is _ADDRESS.c.id
    ]
    held = union(*pointing).subquery()
    return select(held.c.id)


def _merge_index(database: Database) -> None:
    """Merge the full text index completely, like FTS5's `optimize`, but in steps."""
    pages = -MERGED_PAGES  # FTS5: a negative number starts a full merge, a positive one continues it
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
    """Rewrite the file. Raises sqlite3.OperationalError if another process writes or the disk is full."""
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
            connection.invalidate()  # the PRAGMAs must not outlive this use
            connection.close()


def _cut_log(database: Database) -> bool:
    """Checkpoint and truncate the WAL. Returns False if a reader of an older state prevents it."""
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
