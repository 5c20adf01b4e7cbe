"""Reading many rows cheaply: past the ORM's loading, no pauses for garbage."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVarTuple

from sqlalchemy import CompoundSelect, Row, Select
from sqlalchemy.orm import Session

Columns = TypeVarTuple("Columns")


def fetch(session: Session, statement: Select[*Columns]) -> Sequence[Row[*Columns]]:
    """The rows of a statement on columns, past the loading of models."""
    session.flush()
    return session.connection().execute(statement).all()


def fetch_raw(
    session: Session, statement: Select[*Columns] | CompoundSelect[*Columns]
) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them, unconverted: for plain numbers and texts by the hundred thousand."""
    session.flush()
    result = session.connection().execute(statement)
    rows: list[tuple[Any, ...]] = [] if result.cursor is None else list(result.cursor.fetchall())
    result.close()
    return rows


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Lets a burst of short-lived rows, none of which form cycles, pass without the collector walking over them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
