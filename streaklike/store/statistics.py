"""What the database knows of its tables' sizes: PostgreSQL plans blindly until a table was looked through once."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from streaklike.store.dialect import is_postgres

TABLES = ("address", "contact", "conversation", "copy", "event", "message", "participant", "standing")


def ensure_statistics(session: Session) -> None:
    """Look through the tables that hold rows and never were looked through, as right after the first sync.

    PostgreSQL does so by itself within a minute or two; SQLite plans well without. It takes part of a second.
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
