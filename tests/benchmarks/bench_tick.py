"""Milliseconds for one tick of the clock with a hundred people due, among 1,000, 10,000 and 100,000.

What a tick takes depends on who is due, not on how many there are: within 1.5 times. Each size is measured in turn,
again and again, so that a busy moment of the machine falls on all; the floor is the tick among 1,000.
"""

import random
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import update

from streaklike.cadence.evaluate.refresh import refresh, refresh_all
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus
from tests.benchmarks.made_up_mail import NOW, Writer
from tests.benchmarks.measuring import Figure, Report, Size, at_share, new_database, settle

PEOPLE = (1_000, 10_000, 100_000)
DUE = 100
TIMES = 30


def run(report: Report, size: Size, folder: str) -> None:
    """Measure ticks on three databases side by side; `size` says their kind alone."""
    runs: dict[int, list[tuple[float, float]]] = {people: [] for people in PEOPLE}
    with ExitStack() as stack:
        databases = {}
        for people in PEOPLE:
            place = Path(folder) / str(people)
            place.mkdir()
            database = stack.enter_context(new_database(str(place), size))
            _fill(database, people)
            databases[people] = database
        rng = random.Random(3)
        for _ in range(TIMES):
            for people, database in databases.items():
                runs[people].append(_tick(database, rng.sample(range(1, people + 1), DUE)))
    floor = at_share([wall for wall, _ in runs[PEOPLE[0]]], 0.5)
    for people, times in runs.items():
        walls, cpus = zip(*times, strict=True)
        name = f"a tick, {DUE} due among {people:,}"
        report.add(
            Figure(name, at_share(walls, 0.95), at_share(walls, 0.5), at_share(cpus, 0.5), floor, None)
        )


def _fill(database: Database, people: int) -> None:
    with database.begin() as session:
        Writer(people, 2 * people).write(session)
    with database.begin() as session:
        refresh_all(session, now=NOW)
    settle(database)


def _tick(database: Database, due: list[int]) -> tuple[float, float]:
    """The clock's and the CPU's milliseconds of evaluating those who are due."""
    with database.begin() as session:
        session.execute(update(ContactStatus).where(ContactStatus.contact_id.in_(due)).values(due_at=0))
    wall, cpu = time.perf_counter(), time.process_time()
    with database.begin() as session:
        evaluated = refresh(session, now=NOW)
    took = 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)
    assert evaluated == DUE
    return took
