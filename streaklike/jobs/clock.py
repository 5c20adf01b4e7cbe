"""The clock of a single machine: polls the mailboxes and evaluates what time has made due."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from apscheduler.schedulers.background import BackgroundScheduler

from streaklike.instants import DAY, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.sync import sync_mailboxes
from streaklike.settings import Settings
from streaklike.store.database import Database

POLL_SECONDS = 60
PROOF_AGE = DAY
"""So old may a mailbox's proof be; then every id is listed anew and compared (5 units for 500)."""

log = logging.getLogger(__name__)


@contextmanager
def running_clock(database: Database, settings: Settings) -> Iterator[None]:
    """Poll every minute while the block runs; a poll that is still at work is not started a second time."""
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        poll,
        "interval",
        seconds=POLL_SECONDS,
        args=(database, settings),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=POLL_SECONDS,
    )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def poll(database: Database, settings: Settings) -> None:
    """One tick: sync every mailbox whose consent stands, evaluate what is due, say what failed."""
    reports = sync_mailboxes(database, settings, skip_revoked=True, prove_before=now_instant() - PROOF_AGE)
    for report in reports:
        if report.error:
            log.warning("%s was not synced: %s", report.mailbox, report.error)
    refresh_due(database, settings)
