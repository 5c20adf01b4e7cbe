"""Cheap reads of many rows: bypass the ORM's loading and pauses for garbage collection."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVarTuple

from sqlalchemy import CompoundSelect, Row, Select
from sqlalchemy.orm import Session

Columns = TypeVarTuple("Columns")


def fetch(session: Session, statement: Select[*Columns]) -> Sequence[Row[*Columns]]:
    """Return the rows of a statement on columns, bypassing ORM model loading."""
    session.flush()
    return session.connection().execute(statement).all()


def fetch_raw(
    session: Session, statement: Select[*Columns] | CompoundSelect[*Columns]
) -> list[tuple[Any, ...]]:
    """Return the driver's rows without type conversion: for plain numbers and texts by the hundred thousand."""
    # Reading by the connection does not autoflush as the session would.
    session.flush()
    result = session.connection().execute(statement)
    rows: list[tuple[Any, ...]] = [] if result.cursor is None else list(result.cursor.fetchall())
    result.close()
    return rows


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Disable the collector during a burst of short-lived rows without cycles, which it would traverse in vain."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
