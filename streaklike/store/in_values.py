"""Bind any number of values as one parameter, so that the statement is prepared only once."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, false, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from streaklike.store.dialect import is_postgres


def in_values(
    session: Session,
    column: ColumnElement[Any] | InstrumentedAttribute[Any],
    values: Iterable[int | None] | Iterable[str | None],
) -> ColumnElement[bool]:
    """SQL condition that `column` is one of these integers or strings: an array on PostgreSQL, JSON on
    SQLite.

    A `range` becomes a BETWEEN.
    """
    if isinstance(values, range):
        return column.between(values[0], values[-1]) if values else false()
    listed = list(values)
    if is_postgres(session):
        from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415 - loads asyncio; SQLite needs neither

        # The array's type is explicit, because an empty list has no element to infer it from.
        kind = Text() if listed and isinstance(listed[0], str) else BigInteger()
        return column == any_(bindparam(None, listed, type_=ARRAY(kind)))
    return column.in_(select(func.json_each(json.dumps(listed)).table_valued("value").c.value))
