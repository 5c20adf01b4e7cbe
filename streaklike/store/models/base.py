"""Shared by all tables: the metadata with its naming convention, and column types."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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


class Base(DeclarativeBase):
    """Base class of all models."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declared form
        int: Int64,
        str: Text(),
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
        list[Any]: JSON().with_variant(JSONB(), "postgresql"),
    }


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """A partial index of the rows that match the SQL condition `where`."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def where_known(name: str, *columns: str, known: str | None = None) -> Index:
    """A partial index of the rows where `known`, by default the first column, is not NULL."""
    return index_where(name, *columns, where=f"{known or columns[0]} IS NOT NULL")


class LastId(Base):
    """The highest id ever assigned in a table. Needed on SQLite, which reuses the ids of deleted rows."""

    __tablename__ = "last_id"

    name: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int]
