"""A worker: takes jobs from the queue and runs each in a thread of its own.

Any number of workers may run on one database, each a process or a part of one. As long as a worker lives it renews its
hold on what it runs; what a killed one held is put back when that runs out, by whichever worker looks next.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from streaklike.instants import SECOND, now_instant
from streaklike.jobs import queue
from streaklike.jobs.clock import running_clock
from streaklike.jobs.kinds import JobFailed, JobType, Run
from streaklike.jobs.leases import make_holder
from streaklike.settings import Settings
from streaklike.stopping import Stop, Stopped
from streaklike.store.database import Database, DatabaseUnavailable

ENDS_WITHIN_SECONDS = 1.0
"""How long a worker that ends waits for what it runs; then it lets go of it. A sync may be cut anywhere (Q1)."""

WHOLE_WITHIN_SECONDS = 10.0
"""How long it waits for a job that should not be cut off: a mail that is being handed over."""

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """`places` jobs at a time; a look at the queue every `look`; a job is held for `hold` and renewed at a third of it.

    `look` and `hold` in milliseconds. A killed worker's job is taken up `hold` and `look` later at the latest.
    """

    places: int = 8
    look: int = SECOND
    hold: int = 30 * SECOND


RHYTHM = WorkerConfig()


class Worker:
    """Runs jobs of the registry's kinds. The caller's threads call `look` and `renew` in turn, or `run_due` once."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        kinds: Sequence[JobType],
        *,
        rhythm: WorkerConfig = RHYTHM,
        clock: Callable[[], int] = now_instant,
        rng: Callable[[], float] = random.random,
        stop: Stop | None = None,
    ) -> None:
        self.name = make_holder()
        self.stopping = threading.Event()
        self._stop = stop or Stop()
        self._has_cut = False
        self._database, self._settings = database, settings
        self._kinds = {kind.name: kind for kind in kinds}
        self._rhythm, self._clock, self._rng = rhythm, clock, rng
        self._running: dict[int, tuple[JobType, threading.Thread]] = {}
        self._change = threading.Condition()

    def run_due(self) -> int:
        """Run all that is due, one after the other, until nothing is; how many jobs that were."""
        self._sweep()
        count = 0
        while job := self._claim(self._kinds):
            try:
                self._perform(job)
            except BaseException:
                self.let_go()
                raise
            count += 1
        return count

    def look(self) -> None:
        """Put back what killed workers held, and begin what is due while there are places."""
        self._sweep()
        while kinds := self._open_kinds():
            job = self._claim(kinds)
            if job is None:
                return
            thread = threading.Thread(target=self._run_and_leave, args=(job,), daemon=True)
            with self._change:
                self._running[job.id] = job.kind, thread
            thread.start()

    def renew(self) -> None:
        """Say that this worker lives and goes on with what it runs."""
        with self._change:
            ids = list(self._running)
        if not ids:
            return
        now, hold = self._clock(), self._rhythm.hold
        kept = self._write(lambda session: queue.renew(session, self.name, ids, now=now, span=hold))
        with self._change:
            still = sum(job_id in self._running for job_id in ids)
        if kept < still:
            log.warning("%d jobs were renewed too late: another worker has taken them over.", still - kept)

    def pause(self, seconds: float) -> None:
        """Wait until a job has ended, the worker is to stop, or so many seconds have passed."""
        with self._change:
            if not self.stopping.is_set():
                self._change.wait(timeout=seconds)

    def stop(self) -> None:
        """Take no more jobs, and tell what runs to end."""
        self.stopping.set()
        self._stop.set()
        with self._change:
            self._change.notify_all()

    @property
    def is_busy(self) -> bool:
        """Whether a job still runs here."""
        with self._change:
            return bool(self._running)

    @property
    def is_delicate(self) -> bool:
        """Whether something runs that should not be cut off."""
        with self._change:
            return any(kind.is_whole for kind, _ in self._running.values())

    def leave(
        self, seconds: float = ENDS_WITHIN_SECONDS, whole_seconds: float = WHOLE_WITHIN_SECONDS
    ) -> bool:
        """Wait for what runs, then let go of what is not done, so that others take it up at once; whether all was.

        It waits for `seconds`, and for `whole_seconds` where a job runs that should not be cut off.
        """
        with self._change:
            is_idle = self._change.wait_for(lambda: not self._running, timeout=seconds)
            if any(kind.is_whole for kind, _ in self._running.values()):
                is_idle = self._change.wait_for(
                    lambda: not self._running, timeout=max(0, whole_seconds - seconds)
                )
        if not is_idle or self._has_cut:
            self.let_go()
        return is_idle

    def let_go(self) -> None:
        """Let go of all that is not done, so that others take it up at once."""
        now = self._clock()
        count = self._write(lambda session: queue.release(session, self.name, now=now))
        log.warning("%d jobs were cut off; they begin again later.", count)

    def _open_kinds(self) -> dict[str, JobType]:
        """What may be begun now: the last place is for short jobs."""
        with self._change:
            left = self._rhythm.places - len(self._running)
            long = sum(kind.is_long for kind, _ in self._running.values())
        if left <= 0 or self.stopping.is_set() or self._stop.is_set:
            return {}
        is_full = long >= max(1, self._rhythm.places - 1)
        return {name: kind for name, kind in self._kinds.items() if not (is_full and kind.is_long)}

    def _claim(self, kinds: dict[str, JobType]) -> queue.Claimed | None:
        """On SQLite a look without the write lock comes first: an idle worker must not be in the way of a sync."""
        now, hold = self._clock(), self._rhythm.hold
        with self._database.read() as session:
            if queue.find_due(session, kinds, now=now) is None:
                return None
        return self._write(lambda session: queue.claim(session, kinds, self.name, now=now, span=hold))

    def _sweep(self) -> None:
        now = self._clock()
        with self._change:
            mine = list(self._running)
        with self._database.read() as session:
            if not session.scalar(select(exists().where(queue.find_stalled(now)))):
                return
        count = self._write(lambda session: queue.sweep(session, self._kinds, now=now, but=mine))
        if count:
            log.warning("%d jobs of a worker that was killed are put back.", count)

    def _run_and_leave(self, job: queue.Claimed) -> None:
        try:
            self._perform(job)
        except Stopped:
            self._has_cut = True
        except DatabaseUnavailable as error:
            log.warning(
                "How %s %s ended could not be saved; it will begin again. %s",
                job.kind.name,
                job.subject,
                error,
            )
        except Exception:
            log.exception(
                "How %s %s ended could not be saved; it will begin again.", job.kind.name, job.subject
            )
        finally:
            with self._change:
                del self._running[job.id]
                self._change.notify_all()

    def _perform(self, job: queue.Claimed) -> None:
        run = Run(self._database, self._settings, job.subject, self._clock(), job.slot_at, self._stop)
        try:
            job.kind.run(run)
        except JobFailed as error:
            self._fail(job, str(error), is_permanent=error.is_permanent)
        except DatabaseUnavailable as error:
            self._fail(job, str(error))
        except Exception as error:
            log.exception("%s %s stopped by a fault of ours.", job.kind.name, job.subject)
            self._fail(
                job, f"It stopped by a fault of ours ({type(error).__name__}); the log has the details."
            )
        else:
            now = self._clock()
            self._write(lambda session: queue.finish(session, self.name, job, now=now))

    def _fail(self, job: queue.Claimed, error: str, *, is_permanent: bool = False) -> None:
        now = self._clock()
        due_at = self._write(
            lambda session: queue.fail(
                session, self.name, job, error, is_permanent=is_permanent, now=now, rng=self._rng
            )
        )
        when = "it is not tried again" if due_at is None else f"next try in {(due_at - now) // SECOND} s"
        log.warning(
            "%s %s failed (%d in a row; %s): %s", job.kind.name, job.subject, job.attempts, when, error
        )

    def _write(self, action: Callable[[Session], T]) -> T:
        """One transaction; again where another's row came first, which the second look sees."""
        for _ in range(5):
            try:
                with self._database.begin() as session:
                    return action(session)
            except IntegrityError:
                continue
        with self._database.begin() as session:
            return action(session)


@contextmanager
def running_worker(
    database: Database,
    settings: Settings,
    kinds: Sequence[JobType],
    *,
    rhythm: WorkerConfig = RHYTHM,
    clock: Callable[[], int] = now_instant,
    stop: Stop | None = None,
) -> Iterator[Worker]:
    """Run jobs while the block runs, beside it. `stop` tells them to end before the block does."""
    worker = Worker(database, settings, kinds, rhythm=rhythm, clock=clock, stop=stop)
    threads = [
        threading.Thread(target=_repeat, args=(worker, *turn), daemon=True)
        for turn in (
            (worker.look, worker.pause, rhythm.look / SECOND),
            (worker.renew, worker.stopping.wait, rhythm.hold / 3 / SECOND),
        )
    ]
    for thread in threads:
        thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        worker.leave()
        for thread in threads:
            thread.join(timeout=1)


def _repeat(
    worker: Worker, action: Callable[[], None], pause: Callable[[float], object], seconds: float
) -> None:
    while not worker.stopping.is_set():
        try:
            action()
        except DatabaseUnavailable as error:
            log.warning("The worker could not reach its jobs; it tries again. %s", error)
        except Exception:
            log.exception("The worker could not reach its jobs; it tries again.")
        pause(seconds)


@contextmanager
def running_jobs(
    database: Database, settings: Settings, kinds: Sequence[JobType], *, stop: Stop | None = None
) -> Iterator[Worker]:
    """The clock and a worker in this process, while the block runs."""
    with running_worker(database, settings, kinds, stop=stop) as worker, running_clock(database, kinds):
        yield worker
