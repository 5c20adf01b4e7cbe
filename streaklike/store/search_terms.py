"""The full text index `search_terms`: an FTS5 table on SQLite, vectors with a GIN index on PostgreSQL.

Neither is a model, because virtual tables and their shadow tables do not fit the metadata: `is_modelled`
excludes them from comparisons, and migration 0002 creates them.
On SQLite it stores no text (`content=''`) and no positions (`detail=none`). It is tokenized at ASCII only, as
entries are split already (mail.bigrams). Its rowid is `SearchEntry.placed_at`, so that the index returns the
newest first however common a word is. Deleting from such a table requires the exact terms that were inserted.
On PostgreSQL each vector also holds its week, so that a common word is searched in few weeks. The planner
underestimates the table, whose vectors are stored out of line, and would scan it, so the function
`search_terms_with` forces the use of indexes.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.store.dialect import is_postgres

TABLE: Final = "search_terms"
WEEK: Final = 7 * DAY
NEWEST_AT_ONCE: Final = 2_000
"""How many of the newest messages are searched first on PostgreSQL, extended to whole weeks."""

WEEKS_BEFORE: Final = 8
"""The second step searches this many times as many weeks; the last one everything older."""

MOST_WEEKS: Final = 200
"""If the newest messages span more weeks than this, everything is searched at once."""

WEEK_MARK: Final = "\ue001"
FIRST_BATCH, LARGEST_BATCH = 64, 1024

MAKE_SQLITE: Final = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(terms, content='', columnsize=0, detail=none, tokenize='ascii')",
    f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('automerge', 16)",  # noqa: S608 - a name of ours
)
# MATERIALIZED and the planner settings keep PostgreSQL on the GIN index for the first step.
_MAKE_FUNCTION: Final = f"""
    CREATE FUNCTION {TABLE}_with(wanted tsquery, below bigint)
    RETURNS TABLE (placed_at bigint, id bigint, at bigint) LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    AS $$
        WITH proposed AS MATERIALIZED (SELECT message_id FROM {TABLE} WHERE vector @@ wanted)
        SELECT s.placed_at, m.id, m.at FROM proposed p
        JOIN search_entry s ON s.message_id = p.message_id JOIN message m ON m.id = p.message_id
        WHERE s.placed_at < below AND m.is_live
    $$
"""  # noqa: S608 - a name of ours
MAKE_POSTGRESQL: Final = (
    f"CREATE TABLE {TABLE} (message_id BIGINT PRIMARY KEY REFERENCES search_entry ON DELETE CASCADE, vector TSVECTOR NOT NULL)",
    f"ALTER TABLE {TABLE} ALTER COLUMN vector SET STATISTICS 0",
    f"CREATE INDEX ix_{TABLE}_vector ON {TABLE} USING gin (vector)",
    _MAKE_FUNCTION,
)


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether Alembic's `include_name` should compare this object: everything but the index's own tables."""
    return not (kind == "table" and name is not None and name.startswith(TABLE))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query: entries that must all be present, and prefixes of entries."""

    entries: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()


class Found(NamedTuple):
    """A message found in the index: its key there, its id and its time."""

    placed_at: int
    message_id: int
    at: int


class Batch(NamedTuple):
    """Messages found, complete down to the key `reached`: no other match has that key or a higher one."""

    found: Sequence[Found]
    reached: int


class Placed(NamedTuple):
    """A message's part of the index."""

    placed_at: int
    message_id: int
    terms: str


def write_terms(session: Session, rows: Collection[Placed]) -> None:
    """Insert messages into the index. Their search entries must exist."""
    if not rows:
        return
    if not is_postgres(session):
        statement = f"INSERT INTO {TABLE} (rowid, terms) VALUES (:place, :terms)"  # noqa: S608 - a name of ours
        values = [{"place": row.placed_at, "terms": row.terms} for row in sorted(rows)]
    else:
        statement = f"INSERT INTO {TABLE} (message_id, vector) VALUES (:id, CAST(:terms AS tsvector))"  # noqa: S608
        values = [
            {"id": row.message_id, "terms": f"{row.terms} {WEEK_MARK}{row.placed_at // WEEK}"} for row in rows
        ]
    session.execute(text(statement), values)


def remove_terms(session: Session, rows: Collection[Placed]) -> None:
    """Remove messages, given exactly the terms that were inserted.

    On PostgreSQL the search entry's deletion cascades.
    """
    if rows and not is_postgres(session):
        # FTS5's 'delete' command: a contentless table does not know what it has indexed for a row.
        session.execute(
            text(f"INSERT INTO {TABLE} ({TABLE}, rowid, terms) VALUES ('delete', :place, :terms)"),  # noqa: S608
            [{"place": row.placed_at, "terms": row.terms} for row in sorted(rows)],
        )


def iter_found(session: Session, wanted: Wanted, *, below: int) -> Iterator[Batch]:
    """Yield batches of live messages that match `wanted` with a key lower than `below`, newest first.

    An empty query matches all messages.
    """
    if not is_postgres(session) or not (wanted.entries or wanted.beginnings):
        return _by_place(session, wanted, below)
    return _by_weeks(session, wanted, below)


def _by_place(session: Session, wanted: Wanted, below: int) -> Iterator[Batch]:
    sql = text(_SQLITE if wanted.entries or wanted.beginnings else _ALL)
    values: dict[str, Any] = {"below": below, "size": FIRST_BATCH}
    if wanted.entries or wanted.beginnings:
        values["match"] = " AND ".join(
            [*(f'"{entry}"' for entry in wanted.entries), *(f'"{entry}"*' for entry in wanted.beginnings)]
        )
    while True:
        rows = session.execute(sql, values).all()
        is_last = len(rows) < values["size"]
        reached = 0 if is_last else rows[-1].placed_at
        yield Batch([Found(row.placed_at, row.id, row.at) for row in rows if row.is_live], reached)
        if is_last:
            return
        values |= {"below": reached, "size": min(values["size"] * 4, LARGEST_BATCH)}


_SQLITE: Final = f"""
    SELECT s.placed_at, m.id, m.at, m.is_live FROM {TABLE}
    CROSS JOIN search_entry s ON s.placed_at = {TABLE}.rowid CROSS JOIN message m ON m.id = s.message_id
    WHERE {TABLE} MATCH :match AND {TABLE}.rowid < :below ORDER BY {TABLE}.rowid DESC LIMIT :size
"""  # noqa: S608 - a name of ours; CROSS JOIN keeps the order of the joins

_ALL: Final = """
    SELECT s.placed_at, m.id, m.at, m.is_live FROM search_entry s JOIN message m ON m.id = s.message_id
    WHERE s.placed_at < :below ORDER BY s.placed_at DESC LIMIT :size
"""

_POSTGRESQL: Final = f"SELECT placed_at, id, at FROM {TABLE}_with(CAST(:match AS tsquery), :below)"  # noqa: S608 - a name of ours

_PLACES: Final = """
    SELECT placed_at FROM search_entry WHERE placed_at < :below ORDER BY placed_at DESC LIMIT 1 OFFSET :skip
"""


def _by_weeks(session: Session, wanted: Wanted, below: int) -> Iterator[Batch]:
    match = " & ".join(
        [*(f"'{entry}'" for entry in wanted.entries), *(f"'{entry}':*" for entry in wanted.beginnings)]
    )
    for weeks in (*_choose_weeks(session, below), None):
        within = match
        if weeks is not None:
            within += " & (" + " | ".join(f"'{WEEK_MARK}{week}'" for week in weeks) + ")"
        rows = session.execute(text(_POSTGRESQL), {"match": within, "below": below})
        found = [Found(*row) for row in rows]
        below = weeks.start * WEEK if weeks is not None else 0
        yield Batch(found, below)


def _choose_weeks(session: Session, below: int) -> tuple[range, ...]:
    """The weeks of the newest messages, and those before them: a common word has enough matches there."""
    newest, oldest = (
        session.scalar(text(_PLACES), {"below": below, "skip": skip}) for skip in (0, NEWEST_AT_ONCE - 1)
    )
    if newest is None or oldest is None:
        return ()
    first = range(oldest // WEEK, newest // WEEK + 1)
    if len(first) > MOST_WEEKS:
        return ()
    before = range(max(0, first.start - min(WEEKS_BEFORE * len(first), MOST_WEEKS)), first.start)
    return (first, before) if before else (first,)
