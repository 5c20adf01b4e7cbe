"""Set-based writing that reads alike on both databases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Insert, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from streaklike.store.models import Base

T = TypeVar("T")

MAX_BINDS = 500
"""How many values one IN list takes: well inside what either database allows."""

WRITER_LOCK = 5_720_211
"""The advisory lock that makes one writer of derived rows at a time on PostgreSQL, as SQLite does by itself."""


def in_chunks(values: Iterable[T], size: int = MAX_BINDS) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    chunk: list[T] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def insert_for(session: Session, model: type[Base]) -> Insert:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(model.__table__)  # type: ignore[arg-type]
    return sqlite.insert(model.__table__)  # type: ignore[arg-type]


def insert_missing(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, passing over those whose key is there already."""
    if rows:
        statement = insert_for(session, model).on_conflict_do_nothing()  # type: ignore[attr-defined]
        session.execute(statement, rows)


def lock_writer(session: Session) -> None:
    """Wait to be the one writer of derived rows until the transaction ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})


def reserve_ids(session: Session, table: Table, count: int) -> list[int]:
    """Ids for `count` rows that are about to be inserted by this transaction, ascending."""
    if count == 0:
        return []
    if session.get_bind().dialect.name == "postgresql":
        series = text(
            f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, :count)"  # noqa: S608 - a table's name of ours
        )
        return sorted(session.scalars(series, {"count": count}))
    highest = session.scalar(select(func.max(table.c.id))) or 0
    return list(range(highest + 1, highest + 1 + count))
