"""Which of the two supported databases a session uses."""

from sqlalchemy.orm import Session


def is_postgres(session: Session) -> bool:
    """Whether the session is on PostgreSQL; otherwise it is on SQLite."""
    return session.get_bind().dialect.name == "postgresql"
