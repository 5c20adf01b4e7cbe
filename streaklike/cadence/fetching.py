"""Reading and writing many rows cheaply: past the ORM's loading, no pauses for garbage."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVarTuple

from sqlalchemy import JSON, FromClause, Row, Select, Text, bindparam, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from streaklike.store.models import Base

Columns = TypeVarTuple("Columns")


def fetch(session: Session, statement: Select[*Columns]) -> Sequence[Row[*Columns]]:
    """The rows of a statement on columns, past the loading of models."""
    session.flush()
    return session.connection().execute(statement).all()


def fetch_raw(session: Session, statement: Select[*Columns]) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them, unconverted: for plain numbers and texts by the hundred thousand."""
    session.flush()
    result = session.connection().execute(statement)
    rows: list[tuple[Any, ...]] = [] if result.cursor is None else list(result.cursor.fetchall())
    result.close()
    return rows


def update_rows(
    session: Session, model: type[Base], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Write many rows at once: the first of `names` is the column by which a row is found, the others are set.

    PostgreSQL gets one statement with an array for each column, SQLite one prepared statement run again and again.
    """
    if not rows:
        return
    session.flush()
    table = model.__table__
    if session.get_bind().dialect.name == "postgresql":
        given = _unnest(table, names, rows)
        found = table.c[names[0]] == given[names[0]]
        changed = {name: given[name] for name in names[1:]}
        session.connection().execute(update(table).where(found).values(changed))  # type: ignore[arg-type]
        return
    assignments = ", ".join(f"{name} = ?" for name in names[1:])
    statement = f"UPDATE {table.description} SET {assignments} WHERE {names[0]} = ?"  # noqa: S608 - names of ours
    session.connection().exec_driver_sql(statement, [(*row[1:], row[0]) for row in rows])


def insert_rows(
    session: Session, model: type[Base], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert many rows at once, the columns of `names` in their order, as the driver takes them: JSON is text."""
    if not rows:
        return
    session.flush()
    table = model.__table__
    if session.get_bind().dialect.name == "postgresql":
        given = _unnest(table, names, rows)
        values = [cast(given[name], table.c[name].type) for name in names]
        session.connection().execute(insert(table).from_select(names, select(*values)))  # type: ignore[arg-type]
        return
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)
    statement = f"INSERT INTO {table.description} ({columns}) VALUES ({places})"  # noqa: S608 - names of ours
    session.connection().exec_driver_sql(statement, rows)


def _unnest(table: FromClause, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    """The columns of a table made of the rows' values, an array for each."""
    arrays = [
        bindparam(name, list(values), type_=ARRAY(_plain(table.c[name].type)))
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    ]
    return func.unnest(*arrays).table_valued(*names).render_derived(name="given").c


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(kind, JSON) else kind


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
