"""Shared by all tables: the metadata with its naming convention, and column types."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Index, Integer, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlalchemy.util import PopulateDict

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Int64 = BigInteger().with_variant(Integer, "sqlite")
"""64-bit integer. SQLite assigns row ids only to columns declared INTEGER."""

Instant = int
"""UTC milliseconds (streaklike.instants)."""


class JsonValue(TypeDecorator[Any]):
    """A JSON value: JSONB on PostgreSQL, text on SQLite. With `none_as_null` None is SQL's NULL instead of JSON's.

    `JSON().with_variant(JSONB(), "postgresql")` says the same, but loads PostgreSQL's dialect and asyncio with it into every
    command, which takes a fifth of a second at the prompt.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, *, none_as_null: bool = False) -> None:
        super().__init__(none_as_null=none_as_null)
        self.none_as_null = none_as_null

    @property
    def should_evaluate_none(self) -> bool:  # type: ignore[override]
        """As JSON has it; a decorator does not ask the type that it wraps."""
        return not self.none_as_null

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=self.none_as_null))
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - only where PostgreSQL is spoken to

        return dialect.type_descriptor(JSONB(none_as_null=self.none_as_null))

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> Any:
        """What stands on the other side of an operator is no JSON value itself: a key, or a text taken out."""
        return self.impl_instance.coerce_compared_value(op, value)


class Base(DeclarativeBase):
    """Base class of all models."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declared form
        int: Int64,
        str: Text(),
        dict[str, Any]: JsonValue(),
        list[Any]: JsonValue(),
    }


class PartialIndex(Index):
    """An index of the rows for which `where`, SQL, holds, on either database.

    `Index(sqlite_where=…, postgresql_where=…)` says the same, but loads both dialects while the models are imported: a
    tenth of a second at the prompt of every command. Here a dialect learns of it when it asks, which it does for DDL alone.
    """

    inherit_cache = True

    def __init__(self, name: str, *columns: str, unique: bool, where: str) -> None:
        super().__init__(name, *columns, unique=unique)
        condition = text(where)

        def options(dialect_name: str) -> Any:
            found = self._kw_reg_for_dialect_cls(dialect_name)
            if dialect_name in ("sqlite", "postgresql"):
                found["where"] = condition
            return found

        self.dialect_options = PopulateDict(options)


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """A partial index of the rows that match the SQL condition `where`."""
    return PartialIndex(name, *columns, unique=unique, where=where)


def where_known(name: str, *columns: str, known: str | None = None) -> Index:
    """A partial index of the rows where `known`, by default the first column, is not NULL."""
    return index_where(name, *columns, where=f"{known or columns[0]} IS NOT NULL")


class LastId(Base):
    """The highest id ever assigned in a table. Needed on SQLite, which reuses the ids of deleted rows."""

    __tablename__ = "last_id"

    name: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int]
