"""Every job there is. A new one is a plain function and a line here."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.digest.errors import BadSender, BadServer, CannotSend
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.jobs.digests import deliver_due
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.kinds import JobFailed, JobKind, Run
from streaklike.jobs.queue import forget_old
from streaklike.jobs.sync import sync_mailboxes
from streaklike.store.models import Mailbox

PROOF_AGE = DAY
"""So old may a mailbox's proof be; then every id is listed anew and compared (5 units for 500)."""


def list_mailboxes(session: Session, _now: int) -> Sequence[str]:
    """The mailboxes to poll: all connected ones whose consent stands; what is gone only their people can mend (Q5)."""
    connected = select(Mailbox.email).where(Mailbox.source == "gmail", Mailbox.needs_reconnect.is_(False))
    return session.scalars(connected.order_by(Mailbox.email)).all()


def sync_mailbox(run: Run) -> None:
    """Read one mailbox until all is in, and prove it once a day. Raises JobFailed with the sync's own sentence."""
    try:
        reports = sync_mailboxes(
            run.database,
            run.settings,
            emails=[run.subject],
            skip_revoked=True,
            prove_before=run.now - PROOF_AGE,
        )
    except LookupError as error:
        raise JobFailed(str(error), is_permanent=True) from error
    for report in reports:
        if report.error:
            raise JobFailed(report.error, is_permanent=report.needs_reconnect)


def evaluate(run: Run) -> None:
    """Evaluate every standing that time has made due."""
    refresh_due(run.database, run.settings)


def deliver_digests(run: Run) -> None:
    """Make and send the digests that are due; each is claimed and recorded by itself (Q7)."""
    try:
        deliver_due(run.database, run.settings, run.now)
    except (BadSender, BadServer, CannotSend) as error:
        raise JobFailed(str(error)) from error


def tidy(run: Run) -> None:
    """Forget jobs that ended long ago."""
    with run.database.begin() as session:
        forget_old(session, now=run.now)


SYNC = JobKind(
    "sync", sync_mailbox, every=MINUTE, list_subjects=list_mailboxes, lock="mailbox:{}", is_long=True
)
JOBS: Sequence[JobKind] = (
    SYNC,
    JobKind("evaluate", evaluate, every=MINUTE, lock="evaluate"),
    JobKind("digest", deliver_digests, every=5 * MINUTE, lock="digest"),
    JobKind("tidy", tidy, every=HOUR, tries=3),
)
