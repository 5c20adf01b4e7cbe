"""A PostgreSQL whose backends are killed in the middle of what they do for a sync."""

import os
import random
import signal
import threading
from typing import Any

from sqlalchemy import event, func, select

from streaklike.jobs.sync import SyncReport
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.models import MailboxMessage
from tests.integration.sync_helpers import Team

SIGNALS = (signal.SIGTERM, signal.SIGKILL)
"""pg_terminate_backend's own, which ends one; and the one that no process sees coming, after which PostgreSQL ends all
backends and recovers from its log, as after a crash of the whole server."""


class BackendKiller:
    """Kills the backend that is about to run a statement of ours, every so often, so many times in all."""

    def __init__(self, database: Database, *, kills: int, gap: tuple[int, int], seed: int = 1) -> None:
        self.done = 0
        self._kills, self._gap = kills, gap
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._statements = 0
        self._next = self._rng.randint(*gap)
        event.listen(database.engine, "before_cursor_execute", self._look)

    def _look(self, connection: Any, *_arguments: object) -> None:
        with self._lock:
            self._statements += 1
            if self._statements < self._next or self.done == self._kills:
                return
            number = SIGNALS[self.done % len(SIGNALS)]
            self.done += 1
            self._next = self._statements + self._rng.randint(*self._gap)
        os.kill(connection.connection.dbapi_connection.info.backend_pid, number)


def sync_under_kills(team: Team, killer: BackendKiller, *, kills: int) -> tuple[SyncReport, int]:
    """Sync again and again until all is in and all kills are done; the last report, and how many runs that took."""
    for run in range(1, 3 * kills + 3):
        try:
            (report,) = team.sync()
        except DatabaseUnavailable:
            continue
        assert report.left_out.get("set_aside", 0) == 0, report
        if report.complete and (killer.done == kills or run > kills):
            return report, run
    raise AssertionError("it never came to an end")


def count_set_aside(team: Team) -> int:
    with team.database.read() as session:
        return (
            session.scalar(
                select(func.count()).select_from(MailboxMessage).where(MailboxMessage.reason == "set_aside")
            )
            or 0
        )
