"""Reading many rows cheaply: past the ORM's loading, any number of ids in one bound value, no pauses for garbage."""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVarTuple

from sqlalchemy import BigInteger, ColumnElement, Row, Select, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

Columns = TypeVarTuple("Columns")


def among(session: Session, column: InstrumentedAttribute[Any], values: Iterable[int]) -> ColumnElement[bool]:
    """`column` is one of these whole numbers, however many: an array on PostgreSQL, JSON on SQLite."""
    ids = list(values)
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, ids, type_=ARRAY(BigInteger)))
    listed = func.json_each(json.dumps(ids)).table_valued("value")
    return column.in_(select(listed.c.value))


def fetch(session: Session, statement: Select[*Columns]) -> Sequence[Row[*Columns]]:
    """The rows of a statement on columns, past the loading of models."""
    session.flush()
    return session.connection().execute(statement).all()


def fetch_raw(session: Session, statement: Select[Any]) -> list[tuple[Any, ...]]:
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
