"""Ensure that PostgreSQL has table statistics; without them it plans poorly."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from streaklike.store.dialect import is_postgres

TABLES = ("address", "contact", "conversation", "copy", "event", "message", "participant", "standing")


def ensure_statistics(session: Session) -> None:
    """ANALYZE tables that have rows but no statistics yet, as after the first sync.

    Autovacuum would do so within a minute or two; SQLite plans well without statistics. Takes a fraction of a
    second.
    """
    if not is_postgres(session):
        return
    session.flush()
    unknown = session.scalars(
        text(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relname = ANY(:tables) AND reltuples < 0 AND pg_relation_size(oid) > 0 ORDER BY relname"
        ),
        {"tables": list(TABLES)},
    ).all()
    for name in unknown:
        session.execute(text(f'ANALYZE "{name}"'))
