"""A sync at a person's own word: it holds each mailbox as a worker would, so that no mailbox is synced twice at once (Q6)."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from streaklike.instants import SECOND, now_instant
from streaklike.jobs import queue
from streaklike.jobs.leases import make_holder
from streaklike.jobs.registry import SYNC
from streaklike.jobs.sync import OnProgress, SyncReport, patiently, sync_mailboxes
from streaklike.settings import Settings
from streaklike.stopping import Stop
from streaklike.store.database import Database
from streaklike.store.fault_origin import is_operational

log = logging.getLogger(__name__)

HOLD = 30 * SECOND
LOOK_SECONDS = 0.5
RENEW_SECONDS = 10.0


def sync_manually(
    database: Database,
    settings: Settings,
    *,
    emails: Sequence[str] = (),
    verify: bool = False,
    on_progress: OnProgress = lambda _progress: None,
    on_wait: Callable[[str], None] = lambda _sentence: None,
    stop: Stop | None = None,
) -> list[SyncReport]:
    """Sync the mailboxes as `sync_mailboxes` does, each once no job is at it.

    `on_wait` is given a sentence where another process reads a mailbox at the moment: it is waited for. What is read here
    no worker begins meanwhile; killed, its hold runs out and a worker goes on. Raises what `sync_mailboxes` does.
    """
    stop = stop or Stop()
    hold = _Holding(database, on_wait, stop).hold
    return sync_mailboxes(
        database, settings, emails=emails, verify=verify, on_progress=on_progress, hold=hold, stop=stop
    )


@dataclass(frozen=True, slots=True)
class _Holding:
    database: Database
    on_wait: Callable[[str], None]
    stop: Stop

    @contextmanager
    def hold(self, email: str) -> Iterator[None]:
        """Hold the mailbox's job while the block runs."""
        holder = make_holder()
        job = self._await(email, holder)
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(job, holder, ended), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            self._finish(holder, job)

    def _finish(self, holder: str, job: queue.Claimed) -> None:
        def finish() -> None:
            with self.database.begin() as session:
                queue.finish(session, holder, job, now=now_instant())

        patiently(finish, Stop())

    def _await(self, email: str, holder: str) -> queue.Claimed:
        has_told = False
        while (job := self._claim(email, holder)) is None:
            if not has_told:
                self.on_wait(
                    f"{email}: another process is reading it, and goes on there. Waiting until it is done."
                )
                has_told = True
            self.stop.sleep(LOOK_SECONDS)
        return job

    def _claim(self, email: str, holder: str) -> queue.Claimed | None:
        def claim() -> queue.Claimed | None:
            with suppress(IntegrityError), self.database.begin() as session:
                return queue.claim_by_hand(session, SYNC, email, holder, now=now_instant(), span=HOLD)
            return None

        return patiently(claim, self.stop)

    def _renew(self, job: queue.Claimed, holder: str, ended: threading.Event) -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                with self.database.begin() as session:
                    queue.renew(session, holder, [job.id], now=now_instant(), span=HOLD)
            except Exception as error:
                if not is_operational(error):
                    raise
                log.warning("The hold on %s could not be renewed; it is tried again.", job.subject)
