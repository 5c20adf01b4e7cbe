"""Many writers on one database: threads of several processes that write again and again, as fast as they are let."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from sqlalchemy import select

from streaklike.store.database import Database, open_database
from streaklike.store.models import Setting
from tests.integration.crashing import processes

LONGEST_HOLD_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Turns:
    """What became of one writer: how often it wrote, the longest it waited in seconds, and why it ended early."""

    count: int
    longest_wait: float
    failure: str | None


def share_out(writers: int, in_values: int) -> Iterator[int]:
    """So many writers in so many parts, as even as can be."""
    for part in range(in_values):
        yield writers // in_values + (part < writers % in_values)


def run_writers(url: str, *, writers: int, in_values: int, seconds: float) -> list[Turns]:
    """Have so many writers write for so long, in `among` processes that begin together; what became of each."""
    barrier = processes.Barrier(in_values)
    pipes, children = [], []
    for first, count in enumerate(share_out(writers, in_values)):
        ours, theirs = processes.Pipe(duplex=False)
        child = processes.Process(
            target=_write_in_threads, args=(url, first, count, seconds, barrier, theirs), daemon=True
        )
        child.start()
        theirs.close()
        pipes.append(ours)
        children.append(child)
    told = [turns for pipe in pipes for turns in pipe.recv()]
    for child in children:
        child.join()
    return told


def _write_in_threads(
    url: str, first: int, count: int, seconds: float, barrier: threading.Barrier, told: Connection
) -> None:
    database = open_database(url)
    results: list[Turns] = []
    barrier.wait()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=lambda key=f"{first}-{n}": results.append(_write_until(database, key, until)))
        for n in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    told.send(results)


def _write_until(database: Database, name: str, until: float) -> Turns:
    rng = random.Random(name)
    count, longest, failure = 0, 0.0, None
    while failure is None and time.monotonic() < until:
        began = time.monotonic()
        try:
            with database.begin() as session:
                longest = max(longest, time.monotonic() - began)
                row = session.scalar(select(Setting).where(Setting.name == name))
                if row is None:
                    session.add(Setting(name=name, value={"count": 1}))
                else:
                    row.value = {"count": count + 1}
                session.flush()
                time.sleep(rng.uniform(0, LONGEST_HOLD_SECONDS))
            count += 1
        except Exception as error:  # noqa: BLE001 - the test asks for any
            failure = repr(error)
    return Turns(count, longest, failure)


def check_nobody_starved(url: str, told: list[Turns]) -> None:
    """Nobody was refused, nobody had less than a fifth of a fair share, and every turn that was counted is saved."""
    assert [turns.failure for turns in told if turns.failure] == []
    fair = sum(turns.count for turns in told) / len(told)
    assert min(turns.count for turns in told) >= fair / 5, [turns.count for turns in told]
    database = open_database(url)
    with database.read() as session:
        rows = session.scalars(select(Setting).where(Setting.name.like("%-%"))).all()
        assert sorted(row.value["count"] for row in rows) == sorted(turns.count for turns in told)
    database.close()
