"""Evaluating what is due, in a transaction of its own."""

from streaklike.cadence.refresh import refresh
from streaklike.instants import now_instant
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.writing import lock_writer


def refresh_due(database: Database, settings: Settings) -> int:
    """Evaluate every standing that is due; how many were."""
    with database.begin() as session:
        lock_writer(session)
        return refresh(session, now=now_instant(), team_zone=settings.timezone)
