"""Bulk writes with one interface for both databases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Insert, Table, Text, bindparam, cast, func, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from streaklike.store.dialect import is_postgres
from streaklike.store.models import Base, LastId
from streaklike.store.models.base import JsonValue

T = TypeVar("T")

MAX_BINDS = 500
"""Maximum of values in an IN list, well below the limit of either database."""

WRITER_LOCK = 5_720_211
"""PostgreSQL advisory lock that allows one writer of derived rows at a time, as SQLite does by itself."""


def in_chunks(values: Iterable[T], size: int = MAX_BINDS) -> Iterator[list[T]]:
    """Split the values into lists of at most `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def insert_for(session: Session, model: type[Base]) -> Insert:
    """The dialect's own INSERT, which supports ON CONFLICT."""
    statement: Insert = _insert(session, _table(model))
    return statement


def _insert(session: Session, table: Table) -> Any:
    """Each dialect is loaded only where it is spoken: PostgreSQL's brings asyncio, a tenth of a second."""
    if is_postgres(session):
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert(table)


def insert_missing(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, skipping those whose key exists."""
    if rows:
        statement = insert_for(session, model).on_conflict_do_nothing()  # type: ignore[attr-defined]
        session.execute(statement, rows)


def update_rows(
    session: Session, into: Table | type[Base], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Update many rows: the first of `names` is the key column, the others are set.

    PostgreSQL gets one statement with an array per column, SQLite one prepared statement via executemany.
    """
    if not rows:
        return
    # Raw statements bypass the unit of work: write pending objects first.
    session.flush()
    table = _table(into)
    if is_postgres(session):
        given = _unnest(table, names, rows)
        found = table.c[names[0]] == given[names[0]]
        changed = {name: cast(given[name], table.c[name].type) for name in names[1:]}
        session.connection().execute(update(table).where(found).values(changed))
        return
    assignments = ", ".join(f"{name} = ?" for name in names[1:])
    statement = f"UPDATE {table.name} SET {assignments} WHERE {names[0]} = ?"  # noqa: S608 - names of ours
    session.connection().exec_driver_sql(statement, [(*row[1:], row[0]) for row in rows])


def insert_rows(
    session: Session,
    into: Table | type[Base],
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    is_passing_over: bool = False,
) -> None:
    """Insert many rows with the columns `names`. Values are passed to the driver as they are: JSON is text.

    `is_passing_over`: skip rows whose key exists. Columns that are not named get no Python-side default.
    """
    if not rows:
        return
    session.flush()
    table = _table(into)
    if is_postgres(session):
        given = _unnest(table, names, rows)
        values = [cast(given[name], table.c[name].type) for name in names]
        inserted = _insert(session, table).from_select(names, select(*values))
        session.connection().execute(inserted.on_conflict_do_nothing() if is_passing_over else inserted)
        return
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)
    ending = " ON CONFLICT DO NOTHING" if is_passing_over else ""
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({places}){ending}"  # noqa: S608 - names of ours
    session.connection().exec_driver_sql(statement, rows)


def _table(into: Table | type[Base]) -> Table:
    return into if isinstance(into, Table) else Base.metadata.tables[into.__tablename__]


def _unnest(table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Any:
    """The columns of a derived table made of the rows' values, one array each."""
    from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415

    # Arrays keep the number of bind parameters constant; VALUES would need one per cell.
    arrays = [
        bindparam(name, list(values), type_=ARRAY(_plain(table.c[name].type)))
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    ]
    return func.unnest(*arrays).table_valued(*names).render_derived(name="given").c


# Rows carry JSON as text already; the JSON type would serialize it twice.
def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(kind, JsonValue) else kind


def lock_writer(session: Session) -> None:
    """Become the only writer of derived rows until the transaction ends; waits for it."""
    if is_postgres(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})


def reserve_ids(session: Session, table: Table, count: int) -> list[int]:
    """Reserve ids for `count` rows that this transaction inserts. Ascending, and never used before.

    Ids of deleted rows are not reused, so that links and pages never point to a different row.
    """
    if count == 0:
        return []
    if is_postgres(session):
        series = text(
            f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, :count)"  # noqa: S608 - a table's name of ours
        )
        return sorted(session.scalars(series, {"count": count}))
    given = session.scalar(select(LastId.id).where(LastId.name == table.name)) or 0
    highest = max(given, session.scalar(select(func.max(table.c.id))) or 0)
    insert = _insert(session, _table(LastId)).values(name=table.name, id=highest + count)
    session.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"id": insert.excluded.id}))
    return list(range(highest + 1, highest + 1 + count))
