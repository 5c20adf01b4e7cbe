"""Statistics are made where there are none."""

from sqlalchemy import text

from streaklike.store.database import Database
from streaklike.store.models import User
from streaklike.store.statistics import ensure_statistics


def test_tables_with_rows_are_looked_through_once(database: Database) -> None:
    with database.begin() as session:
        session.execute(
            text(
                "INSERT INTO contact (id, kind, name, is_manual, created_at) VALUES (1, 'contact', '', true, 0)"
            )
        )
        session.add(User(email="mei@ngo.example", name="Mei", created_at=0))
        ensure_statistics(session)
        ensure_statistics(session)
        if not database.is_sqlite:
            known = session.execute(
                text("SELECT relname, reltuples FROM pg_class WHERE relname IN ('contact', 'message')")
            )
            assert dict(known.all()) == {"contact": 1, "message": -1}
