"""Every job there is. A new one is a plain function and a line here.

`status` and a sync by hand ask only which jobs there are and when, so each function loads by itself what it runs.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE, now_instant
from streaklike.jobs.kinds import JobFailed, JobType, Run
from streaklike.jobs.queue import enqueue, forget_old
from streaklike.store.database import Database
from streaklike.store.form_keys import forget_old_keys
from streaklike.store.models import Mailbox, User

if TYPE_CHECKING:
    from streaklike.jobs.sync import Progress

PROOF_AGE = DAY
"""So old may a mailbox's proof be; then every id is listed anew and compared (5 units for 500)."""


def list_mailboxes(session: Session, _now: int) -> Sequence[str]:
    """The mailboxes to poll: all connected ones whose consent stands; what is gone only their people can mend (Q5).

    A leaver's is polled no more (Q27).
    """
    connected = Mailbox.source == "gmail", Mailbox.needs_reconnect.is_(False), User.disabled_at.is_(None)
    found = select(Mailbox.email).join(Mailbox.user).where(*connected)
    return session.scalars(found.order_by(Mailbox.email)).all()


def sync_mailbox(run: Run) -> None:
    """Read one mailbox until all is in, and prove it once a day. Raises JobFailed with the sync's own sentence.

    The evaluate job is asked to look at what came in: soon at first, so that people see something, then less often.
    """
    from streaklike.jobs.sync import sync_alone  # noqa: PLC0415 - see the module's docstring

    asking = _Asking(run.database)
    try:
        report = sync_alone(
            run.database,
            run.settings,
            run.subject,
            prove_before=run.now - PROOF_AGE,
            on_progress=asking.on_progress,
            stop=run.stop,
        )
    except LookupError as error:
        raise JobFailed(str(error), is_permanent=True) from error
    if report is None:
        return
    if report.messages_added or report.mode == "full":
        asking.ask()
    if report.error and not _has_left(run):
        raise JobFailed(report.error, is_permanent=report.needs_reconnect)


def _has_left(run: Run) -> bool:
    """Whether the mailbox's member was disabled: what stopped there is no failure."""
    left = select(Mailbox.id).join(Mailbox.user)
    with run.database.read() as session:
        found = left.where(Mailbox.email == run.subject, User.disabled_at.is_not(None))
        return session.scalar(found) is not None


class _Asking:
    """Asks for an evaluation while one mailbox is read: after a second, then with twice the pause each time."""

    def __init__(self, database: Database) -> None:
        from streaklike.jobs.sync import FIRST_REFRESH_SECONDS, SLOWEST_REFRESH_SECONDS  # noqa: PLC0415 - see the module's docstring

        self._database = database
        self._pause, self._longest = FIRST_REFRESH_SECONDS, SLOWEST_REFRESH_SECONDS
        self._next = time.monotonic() + self._pause
        self._done = -1

    def on_progress(self, progress: "Progress") -> None:
        if time.monotonic() < self._next or progress.done == self._done:
            return
        self.ask()
        self._done = progress.done
        self._pause = min(2 * self._pause, self._longest)
        self._next = time.monotonic() + self._pause

    def ask(self) -> None:
        with self._database.begin() as session:
            enqueue(session, EVALUATE, now=now_instant())


def evaluate(run: Run) -> None:
    """Evaluate every contact that is due, by a change or by time."""
    from streaklike.jobs.evaluate import refresh_in_portions  # noqa: PLC0415 - see the module's docstring

    refresh_in_portions(run.database, run.settings)


def deliver_digests(run: Run) -> None:
    """Make and send the digests that are due; each is claimed and recorded by itself (Q7)."""
    from streaklike.digest.errors import BadSender, BadServer, CannotSend  # noqa: PLC0415 - see the module's docstring
    from streaklike.jobs.digests import deliver_due  # noqa: PLC0415

    try:
        deliver_due(run.database, run.settings, run.now)
    except (BadSender, BadServer, CannotSend) as error:
        raise JobFailed(str(error)) from error


def erase(run: Run) -> None:
    """Erase what was deleted for good from the database's files, where anything was."""
    from streaklike.store.erasing import erase_deleted  # noqa: PLC0415 - see the module's docstring

    if not erase_deleted(run.database, now=run.now):
        raise JobFailed(
            "Somebody reads an older state of the database; deleted mail is erased from its files later."
        )


def work_off_replays(run: Run) -> None:
    """Run the policy replays that members asked for; what does not end before the worker does is left for the next."""
    from streaklike.jobs.replays import run_replays  # noqa: PLC0415 - see the module's docstring

    run_replays(run)


def list_wanted_replays(session: Session, _now: int) -> Sequence[str]:
    """The clock rings for replays only while any is wanted: an action's own ring may have been lost."""
    from streaklike.cadence.replay.requests import is_any_wanted  # noqa: PLC0415 - see the module's docstring

    return ("",) if is_any_wanted(session) else ()


def list_rereadable(session: Session, now: int) -> Sequence[str]:
    """The mailboxes with stored mail to read again."""
    from streaklike.jobs import rereading  # noqa: PLC0415 - see the module's docstring

    return rereading.list_rereadable(session, now)


def renew_watch(run: Run) -> None:
    """Ask Gmail to go on ringing for a mailbox."""
    from streaklike.jobs import watch  # noqa: PLC0415 - see the module's docstring

    watch.renew_watch(run)


def reread_mailbox(run: Run) -> None:
    """Read a portion of one mailbox's stored mail again, and have evaluated what that changes."""
    from streaklike.jobs.rereading import read_again  # noqa: PLC0415 - see the module's docstring

    if read_again(run):
        with run.database.begin() as session:
            enqueue(session, EVALUATE, now=now_instant())


def tidy(run: Run) -> None:
    """Forget jobs and replays that ended long ago, and the keys of forms that nobody sends again."""
    from streaklike.cadence.replay.requests import delete_old_replays  # noqa: PLC0415 - see the module's docstring

    with run.database.begin() as session:
        forget_old(session, now=run.now)
        delete_old_replays(session, now=run.now)
        forget_old_keys(session, now=run.now)


SYNC = JobType(
    "sync", sync_mailbox, every=MINUTE, list_subjects=list_mailboxes, lock="mailbox:{}", is_long=True
)
WATCH = JobType("watch", renew_watch, every=DAY, list_subjects=list_mailboxes, lock="watch:{}", tries=5)
REREAD = JobType(
    "reread",
    reread_mailbox,
    every=MINUTE,
    list_subjects=list_rereadable,
    lock="mailbox:{}",
    is_long=True,
)
EVALUATE = JobType("evaluate", evaluate, every=MINUTE, lock="evaluate")
REPLAY = JobType(
    "replay",
    work_off_replays,
    every=MINUTE,
    list_subjects=list_wanted_replays,
    lock="replay",
    is_long=True,
)
JOBS: Sequence[JobType] = (
    SYNC,
    EVALUATE,
    REREAD,
    REPLAY,
    WATCH,
    JobType("digest", deliver_digests, every=5 * MINUTE, lock="digest", is_whole=True),
    JobType("erase", erase, every=HOUR, lock="erase", is_long=True),
    JobType("tidy", tidy, every=HOUR, tries=3),
)


class JobService:
    """Where pages ask for jobs, in the transaction of the action that wants them."""

    def ask_for_evaluation(self, session: Session, now: int) -> None:
        """Have everybody who is due evaluated."""
        enqueue(session, EVALUATE, now=now)

    def ask_for_replays(self, session: Session, now: int) -> None:
        """Have the replays that are wanted worked off."""
        enqueue(session, REPLAY, now=now)


def ask_for_sync(session: Session, email: str, now: int) -> None:
    """Ask for a mailbox's sync by a action, doubles merged; nothing for one that is not polled."""
    if email in list_mailboxes(session, now):
        enqueue(session, SYNC, email, now=now)
