"""Which of the two databases a session speaks to."""

from sqlalchemy.orm import Session


def is_postgres(session: Session) -> bool:
    """PostgreSQL, else SQLite."""
    return session.get_bind().dialect.name == "postgresql"
