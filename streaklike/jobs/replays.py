"""Works off the policy replays that members asked for, one at a time over all processes (the job's lock)."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from streaklike.boxes.policy_store import ThresholdChange
from streaklike.cadence.replay.outcomes import Comparison, compare
from streaklike.cadence.replay.replay import replay
from streaklike.cadence.replay.requests import (
    data_hash,
    fail_replay,
    keep_result,
    note_progress,
    put_back,
    take_next,
)
from streaklike.instants import SECOND
from streaklike.jobs.kinds import Run
from streaklike.jobs.leases import make_holder
from streaklike.stopping import Stopped
from streaklike.store.database import DatabaseUnavailable
from streaklike.store.models import Replay

TELL_SECONDS = 1.0
BREATHE_EVERY_SECONDS = 0.05
BREATH_SECONDS = 0.01
"""A replay is CPU under the interpreter's lock: it steps aside often, so that pages served beside it stay quick."""
BROKEN = "It stopped by a fault of ours; the log has the details."

Clock = Callable[[], int]

log = logging.getLogger(__name__)


class _TakenOver(Exception):
    """The replay is another worker's by now: this one was thought dead."""


def run_replays(run: Run) -> bool:
    """Run what is wanted, the longest waiting first, until nothing is; whether all was done.

    False where the worker is to stop: what it was at waits again. What a killed worker was at is begun anew.
    """
    runner = make_holder()
    clock = _clock_of(run)
    while not run.stop.is_set:
        with run.database.begin() as session:
            wanted = take_next(session, runner, now=clock())
        if wanted is None:
            return True
        _run_one(run, wanted, runner, clock)
    return False


def _clock_of(run: Run) -> Clock:
    """The instants of this run: they go on from the one that it was given."""
    began = time.monotonic()
    return lambda: run.now + round((time.monotonic() - began) * SECOND)


def _run_one(run: Run, wanted: Replay, runner: str, clock: Clock) -> None:
    try:
        found, basis = _work_out(run, wanted, runner, clock())
    except _TakenOver:
        log.warning("Replay %d was taken over by another worker.", wanted.id)
    except Stopped:
        with run.database.begin() as session:
            put_back(session, wanted.id, runner)
    except DatabaseUnavailable:
        raise  # the job fails and is tried again; the row stays and is taken up then
    except Exception:
        log.exception("Replay %d stopped by a fault of ours.", wanted.id)
        with run.database.begin() as session:
            fail_replay(session, wanted.id, runner, BROKEN, now=clock())
    else:
        with run.database.begin() as session:
            keep_result(session, wanted.id, runner, found, basis=basis, now=clock())


def _work_out(run: Run, wanted: Replay, runner: str, now: int) -> tuple[Comparison, str]:
    telling = _Telling(run, wanted.id, runner)
    zone = run.settings.timezone
    with run.database.read() as session:
        basis = data_hash(session, now=now, team_zone=zone)
        changes = [ThresholdChange(*change) for change in wanted.changes]
        replayed = replay(
            session, changes, now=now, months=wanted.months, team_zone=zone, on_progress=telling.on_progress
        )
        return compare(session, replayed), basis


class _Telling:
    """Writes progress now and then, each time in a short transaction of its own, and ends the replay where it must end."""

    def __init__(self, run: Run, replay_id: int, runner: str) -> None:
        self._run, self._replay_id, self._runner = run, replay_id, runner
        self._breathed = self._told = time.monotonic()

    def on_progress(self, done: int, total: int) -> None:
        self._run.stop.check()
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._tell(done, total)
            self._told = time.monotonic()
        if now - self._breathed >= BREATHE_EVERY_SECONDS:
            time.sleep(BREATH_SECONDS)
            self._breathed = time.monotonic()

    def _tell(self, done: int, total: int) -> None:
        is_mine = True
        with suppress(DatabaseUnavailable), self._run.database.begin() as session:  # a bar may miss a step
            is_mine = note_progress(session, self._replay_id, self._runner, done, total)
        if not is_mine:
            raise _TakenOver
