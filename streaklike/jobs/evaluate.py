"""Evaluating what is due, in transactions of its own."""

from streaklike.cadence.queries.waiting_work import has_waiting_work
from streaklike.instants import now_instant
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.writing import lock_writer

PORTION = 2_000
"""How many people a background job evaluates in one transaction: whoever clicks meanwhile waits for one portion at most."""


def refresh_due(database: Database, settings: Settings, *, limit: int | None = None) -> int:
    """Evaluate the contacts that are due, at most `limit`, in one transaction. Returns how many.

    Where nothing is due it only looks: it neither waits for its turn to write nor loads what evaluates.
    """
    with database.read() as session:
        if not has_waiting_work(session, now=now_instant()):
            return 0
    from streaklike.cadence.evaluate.refresh import refresh  # noqa: PLC0415 - takes a third of a second to load

    with database.begin() as session:
        lock_writer(session)
        return refresh(session, now=now_instant(), team_zone=settings.timezone, limit=limit)


def refresh_in_portions(database: Database, settings: Settings) -> int:
    """Evaluate all due contacts, a portion per transaction so that others can write in between. Returns how many."""
    total = 0
    while count := refresh_due(database, settings, limit=PORTION):
        total += count
        if count < PORTION:
            break
    return total
