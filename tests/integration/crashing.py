"""Syncs that are killed: in a process of their own, by the signal that cannot be caught, at a point or an instant.

A fail point lies before and after each commit, and before and after each call to Gmail.
"""

import itertools
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from gmail_emulator import Account, GmailServer
from streaklike.gmail import calling
from streaklike.jobs.sync import sync_mailboxes
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.sync import fetch, full
from tests.integration.sync_helpers import AN, BO, MEI, WEI, Team, at, mime

PAGE_MESSAGES = 3
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.integration.crashing"])


class FailPoints:
    """Counts the points that are passed, and dies at one of them; 0 is none."""

    def __init__(self, deadly: int) -> None:
        self.passed = 0
        self._deadly = deadly
        self._lock = threading.Lock()

    def reach(self, *_arguments: object) -> None:
        with self._lock:
            self.passed += 1
            if self.passed == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        event.listen(Session, "before_commit", self.reach)
        event.listen(Session, "after_commit", self.reach)
        call = calling.Caller.call

        def call_between(caller: calling.Caller, *arguments: Any, **options: Any) -> dict[str, Any]:
            self.reach()
            answer = call(caller, *arguments, **options)
            self.reach()
            return answer

        calling.Caller.call = call_between  # type: ignore[method-assign]


def _sync_in_child(url: str, settings: Settings, deadly: int, told: Connection) -> None:
    fetch.PAGE_MESSAGES = PAGE_MESSAGES
    full.BATCH_MESSAGES = 20
    points = FailPoints(deadly)
    points.install()
    told.send("begun")
    database = open_database(url)
    sync_mailboxes(database, settings)
    database.close()
    told.send(points.passed)


@dataclass(frozen=True, slots=True)
class Run:
    """How a child ended: `is_killed`, or all the points that it passed, and how long it took in seconds."""

    is_killed: bool
    passed: int
    seconds: float


def run_child(
    team: Team,
    url: str,
    *,
    deadly: int = 0,
    after: float | None = None,
    work: Callable[[str, Settings, int, Connection], None] = _sync_in_child,
) -> Run:
    """Sync (or do other `work`) in a child that dies at the `deadly`-th point, or is killed `after` so many seconds."""
    ours, theirs = processes.Pipe()
    child = processes.Process(target=work, args=(url, team.settings, deadly, theirs))
    child.start()
    theirs.close()
    ours.recv()
    began = time.monotonic()
    child.join(timeout=60.0 if after is None else after)
    if child.is_alive():
        child.kill()
        child.join()
    seconds = time.monotonic() - began
    assert child.exitcode in (0, -signal.SIGKILL), f"the sync failed by itself: {child.exitcode}"
    passed = ours.recv() if child.exitcode == 0 else 0
    ours.close()
    child.close()
    return Run(passed == 0, passed, seconds)


def fill(mei: Account, wei: Account, threads: int) -> None:
    """Threads of one to four messages at Mei's; every other one Wei has too."""
    for thread in range(threads):
        refs: list[str] = []
        for turn in range(1 + thread % 4):
            minute, ours = thread * 10 + turn, turn % 2 == 1
            source = mime(
                MEI if ours else AN,
                [AN if ours else MEI],
                f"Matter {thread}",
                f"Text {thread} {turn}",
                minute=minute,
                cc=[WEI] if thread % 2 else [],
                message_id=f"{thread}-{turn}",
                refs=refs,
            )
            mei.deliver(source, label_ids=("SENT",) if ours else ("INBOX",), at=at(minute))
            if thread % 2:
                wei.deliver(source, at=at(minute))
            refs.append(f"{thread}-{turn}")


def change(mei: Account, wei: Account) -> None:
    """What a day brings: new mail in old and new threads, trash, and mail deleted for ever."""
    held = list(mei.state())
    for place, gmail_id in enumerate(held[:12]):
        (mei.trash, mei.delete, mei.untrash)[place % 3](gmail_id)
    for turn in range(12):
        minute = 5000 + turn
        source = mime(
            BO if turn % 2 else AN,
            [MEI],
            f"Matter {turn}",
            f"New {turn}",
            minute=minute,
            cc=[WEI],
            refs=[f"{turn}-0"] if turn < 8 else (),
        )
        mei.deliver(source, at=at(minute))
        wei.deliver(source, at=at(minute))


class Crashes:
    """Three phases of a team's sync, each from its own snapshot to the same end: first, behind, expired."""

    PHASES = ("first", "behind", "expired")

    def __init__(self, make_url: Callable[..., str], folder: Path, server: GmailServer, threads: int) -> None:
        self.make_url, self.folder, self.server = make_url, folder, server
        new, behind = make_url(), make_url()
        team = self.open(new)
        self.mei, self.wei = team.connect(MEI), team.connect(WEI)
        team.database.close()
        fill(self.mei, self.wei, threads)
        behind = make_url(new)
        self.finish(behind)
        self.snapshots = {"first": new, "behind": behind, "expired": behind}
        change(self.mei, self.wei)
        self.expected = self.finish(make_url(new))

    def open(self, url: str) -> Team:
        return Team(open_database(url), url, self.folder, self.server)

    def finish(self, url: str) -> list[str]:
        """Sync undisturbed; the dump."""
        team = self.open(url)
        try:
            for report in team.sync():
                assert (report.error, report.complete) == (None, True), report
            return team.dump()
        finally:
            team.database.close()

    def begin(self, phase: str) -> None:
        if phase == "expired":
            self.mei.expire_history()
            self.wei.expire_history()

    def run(self, phase: str, **kill: Any) -> Run:
        """A child that is killed, and the next run, which must end as an undisturbed one."""
        url = self.make_url(self.snapshots[phase])
        team = self.open(url)
        run = run_child(team, url, **kill)
        team.database.close()
        assert self.finish(url) == self.expected, f"{phase}, {kill}: another end"
        return run

    def kill_at_points(self, phase: str, choose: Callable[[int], Iterable[int]]) -> tuple[int, int]:
        """Kill at the points that `choose` picks of all; how many there are, and how many kills there were."""
        self.begin(phase)
        total = self.run(phase).passed
        runs = [self.run(phase, deadly=point) for point in choose(total)]
        return total, sum(run.is_killed for run in runs)

    def kill_at_times(self, phase: str, times: int, rng: random.Random) -> int:
        """Kill at random instants of a run, so many times; a run that ended before its instant came is run again."""
        self.begin(phase)
        seconds = self.run(phase).seconds
        kills = 0
        for _ in range(3 * times):
            kills += self.run(phase, after=rng.uniform(0.0, seconds)).is_killed
            if kills == times:
                break
        return kills


def spread(total: int, count: int) -> Sequence[int]:
    """So many points, evenly from the first to the last."""
    return [1 + round(place * (total - 1) / (count - 1)) for place in range(count)]


def every(total: int) -> Iterable[int]:
    return itertools.islice(itertools.count(1), total)
