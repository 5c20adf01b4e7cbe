"""Jobs for tests: what they did stands in lists."""

from dataclasses import replace
from pathlib import Path

from streaklike.instants import MINUTE
from streaklike.jobs.kinds import Backoff, JobFailed, JobType, Run
from streaklike.jobs.worker import Worker
from streaklike.settings import Settings
from streaklike.store.database import Database

NOW = 1_790_000_000_000 // MINUTE * MINUTE
SPAN = 30_000


class Book:
    """Writes down every run; fails as often as it is told to."""

    def __init__(self, *, failures: int = 0, is_permanent: bool = False) -> None:
        self.runs: list[Run] = []
        self.failures = failures
        self.is_permanent = is_permanent

    def __call__(self, run: Run) -> None:
        self.runs.append(run)
        if self.failures:
            self.failures -= 1
            raise JobFailed("Gmail does not answer.", is_permanent=self.is_permanent)


def make_kind(run=lambda _run: None, **values) -> JobType:
    return replace(JobType("work", run, every=MINUTE, backoff=Backoff(MINUTE, 60 * MINUTE)), **values)


class Hand:
    """A worker whose clock is moved by hand, and whose dice always fall on the longest wait."""

    def __init__(self, database: Database, *kinds: JobType) -> None:
        self.now = NOW
        self.worker = Worker(
            database, Settings(data_dir=Path("unused")), kinds, clock=lambda: self.now, rng=lambda: 1.0
        )

    def run_due(self, later: int = 0) -> int:
        self.now += later
        return self.worker.run_due()
