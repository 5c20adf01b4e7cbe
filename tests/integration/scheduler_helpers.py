"""Clocks and workers as processes of their own, which are killed by the signal that cannot be caught."""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select

from streaklike.instants import DAY, MINUTE
from streaklike.jobs.clock import Pace, running_clock
from streaklike.jobs.kinds import JobType, Run
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import WorkerConfig, running_worker
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.store.job_state import CLOCK
from streaklike.store.models import Job, Lease
from streaklike.sync import fetch

SCALE = 8
"""So much faster than in life: a minute is seven and a half seconds."""

RHYTHM = WorkerConfig(places=4, look=100, hold=WorkerConfig().hold // SCALE)
EVERY = 50
PACE = Pace(beat=20, lease=400)
PATIENCE_SECONDS = 120.0

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.integration.scheduler_helpers"])


def write_down(path: Path, what: str) -> None:
    """One line, whole, whoever else writes."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what}\n".encode())
    os.close(handle)


def _note_slot(path: Path, run: Run) -> None:
    write_down(path, str(run.slot_at))


def _pretend_to_sync(path: Path, run: Run) -> None:
    write_down(path, f"begin {run.subject} {os.getpid()}")
    time.sleep(0.05)
    write_down(path, f"end {run.subject} {os.getpid()}")


def make_ticking(path: Path) -> JobType:
    return JobType("tick", partial(_note_slot, path), every=EVERY, is_merged=False, grace=DAY)


def make_syncing(path: Path, subjects: tuple[str, ...]) -> JobType:
    return JobType(
        "sync",
        partial(_pretend_to_sync, path),
        every=EVERY,
        list_subjects=partial(_list, subjects),
        lock="mailbox:{}",
        is_long=True,
    )


def _list(subjects: tuple[str, ...], _session: Any, _now: int) -> tuple[str, ...]:
    return subjects


def keep_clock(url: str, kind: JobType) -> None:
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of every beat that comes late
    with running_clock(open_database(url), [kind], pace=PACE):
        threading.Event().wait()


def work(url: str, kind: JobType) -> None:
    with running_worker(open_database(url), Settings(_env_file=None), [kind], rhythm=RHYTHM):
        threading.Event().wait()


def work_for_real(url: str, settings: Settings) -> None:
    """The registry's own jobs, over pages so small that a kill falls into the middle of a sync."""
    fetch.PAGE_MESSAGES = 3
    with running_worker(open_database(url), settings, JOBS, rhythm=RHYTHM):
        threading.Event().wait()


@dataclass
class Crew:
    """Processes that are started and killed; at the end of the block all are."""

    hands: dict[int, Any] = field(default_factory=dict)
    kills: int = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pid in list(self.hands):
            self.kill(pid)

    def start(self, target: Callable[..., None], *arguments: Any) -> int:
        hand = processes.Process(target=target, args=arguments, daemon=True)
        hand.start()
        self.hands[hand.pid] = hand
        return hand.pid

    def kill(self, pid: int) -> None:
        hand = self.hands.pop(pid)
        assert hand.exitcode is None, f"a process ended by itself: {hand.exitcode}"
        hand.kill()
        hand.join()
        self.kills += 1


def await_that(is_so: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What is true at last; fails where it does not become so."""
    end = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)
    return found


def pid_of(holder: str | None) -> int | None:
    return int(holder.split(":")[-2]) if holder else None


@dataclass(frozen=True)
class Slots:
    """What came of a run of clocks: the instants enqueued and those run, how many leaders died, and how many led."""

    enqueued: list[int]
    run: list[int]
    kills: int
    leaders: int


def run_clocks(url: str, folder: Path, *, clocks: int, ticks: int, kills: int) -> Slots:
    """Let so many clocks tick, and kill who leads so many times; two workers run the slots meanwhile."""
    path = folder / "slots.txt"
    kind = make_ticking(path)
    database = open_database(url)

    def count() -> int:
        with database.read() as session:
            return session.scalars(select(func.count()).select_from(Job)).one()

    def leader() -> int | None:
        with database.read() as session:
            return pid_of(session.scalar(select(Lease.holder).where(Lease.name == CLOCK)))

    leaders = set()
    with Crew() as workers:
        with Crew() as crew:
            for _ in range(clocks):
                crew.start(keep_clock, url, kind)
            for _ in range(2):
                workers.start(work, url, kind)
            for kill in range(1, kills + 1):
                await_that(lambda done=ticks * kill // (kills + 1): count() >= done)
                first = await_that(lambda: leader() in crew.hands and leader())
                leaders.add(first)
                crew.kill(first)
                crew.start(keep_clock, url, kind)
            await_that(lambda: count() >= ticks)
            killed = crew.kills
        enqueued = count()
        await_that(lambda: path.exists() and len(path.read_text().splitlines()) >= enqueued)
        await_that(lambda: _all_done(database))
    with database.read() as session:
        rows = list(session.scalars(select(Job.slot_at).order_by(Job.slot_at)))
    database.close()
    return Slots(
        [row for row in rows if row], sorted(map(int, path.read_text().split())), killed, len(leaders)
    )


def _all_done(database: Any) -> bool:
    with database.read() as session:
        return not session.scalar(select(Job.id).where(Job.state != "done").limit(1))


def check_slots(slots: Slots, *, ticks: int) -> None:
    """Each slot from the first to the last is there once, and was run once."""
    first, last = slots.enqueued[0], slots.enqueued[-1]
    assert slots.enqueued == list(range(first, last + 1, EVERY))
    assert slots.run == slots.enqueued
    assert len(slots.enqueued) >= ticks


@dataclass(frozen=True)
class Syncs:
    """The log of a run of workers, `begin` or `end`, mailbox and process a line, and which processes were killed."""

    log: list[tuple[str, ...]]
    killed: set[str]


def run_workers(url: str, folder: Path, *, mailboxes: int, syncs: int, kills: int) -> Syncs:
    """Two workers sync the mailboxes over and over; so many times one that has just begun a sync is killed."""
    path = folder / "syncs.txt"
    kind = make_syncing(path, tuple(f"member{n}@ngo.example" for n in range(mailboxes)))
    killed: set[str] = set()

    def log() -> list[tuple[str, ...]]:
        return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []

    def busy() -> int:
        what, _, pid = log()[-1]
        return int(pid) if what == "begin" and pid not in killed else 0

    with Crew() as crew:
        crew.start(keep_clock, url, kind)
        for _ in range(2):
            crew.start(work, url, kind)
        for kill in range(1, kills + 1):
            await_that(lambda done=2 * syncs * kill // (kills + 1): len(log()) >= done)
            victim = await_that(busy)
            crew.kill(victim)
            killed.add(str(victim))
            crew.start(work, url, kind)
        await_that(lambda: len(log()) >= 2 * syncs)
    return Syncs(log(), killed)


def check_syncs(syncs: Syncs) -> tuple[int, int]:
    """No mailbox was begun while another had it, but one whose worker was killed. How many ended, how many were cut."""
    inside: dict[str, str] = {}
    ended, cut = 0, 0
    for what, mailbox, pid in syncs.log:
        if what == "end":
            assert inside.pop(mailbox) == pid, "a sync ended that another had taken over"
            ended += 1
            continue
        if mailbox in inside:
            assert inside[mailbox] in syncs.killed, "two workers had one mailbox at once"
            cut += 1
        inside[mailbox] = pid
    return ended, cut


MINUTE_SECONDS = MINUTE / 1000 / SCALE
"""The minute within which a killed worker's mailbox is taken up, at this scale."""
