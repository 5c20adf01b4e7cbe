"""How each mailbox's sync stands, and which stand still (Q11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE
from streaklike.store.models import Mailbox
from streaklike.sync.proof import Proof, prove
from streaklike.sync.reading_left import Reading, measure_reading

STALLED_AFTER = 15 * MINUTE
"""Without a good sync for so long, nor progress of one under way, a mailbox stands still."""


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """A mailbox's state, freshness and proof. `lag` is in milliseconds since the last good sync, None where none was.

    `stall` says in a word why the mailbox stands still: reconnect, error or late; None where it does not. `reading` is how
    far its mail is read by this version.
    """

    email: str
    source: str
    state: str
    synced_at: int | None
    proven_at: int | None
    lag: int | None
    error: str | None
    needs_reconnect: bool
    proof: Proof
    stall: str | None
    reading: Reading


def measure_health(session: Session, *, now: int) -> Sequence[MailboxHealth]:
    """The health of every mailbox, in the order of their addresses. An imported file is never late, nor is a leaver's mailbox."""
    mailboxes = session.scalars(select(Mailbox).order_by(Mailbox.email)).all()
    return [_measure(session, mailbox, now) for mailbox in mailboxes]


def _measure(session: Session, mailbox: Mailbox, now: int) -> MailboxHealth:
    return MailboxHealth(
        email=mailbox.email,
        source=mailbox.source,
        state=mailbox.state,
        synced_at=mailbox.synced_at,
        proven_at=mailbox.proven_at,
        lag=None if mailbox.synced_at is None else max(0, now - mailbox.synced_at),
        error=mailbox.error,
        needs_reconnect=mailbox.needs_reconnect,
        proof=prove(session, mailbox.id),
        stall=find_stall(mailbox, now),
        reading=measure_reading(session, mailbox.id),
    )


def find_stall(mailbox: Mailbox, now: int) -> str | None:
    """Why the mailbox stands still, in a word: reconnect, error or late; None where it does not."""
    if mailbox.source != "gmail" or mailbox.user.disabled_at is not None:
        return None
    if mailbox.needs_reconnect:
        return "reconnect"
    if mailbox.error is not None:
        return "error"
    known = (mailbox.synced_at or 0, mailbox.progress_at or 0, mailbox.created_at)
    # what a clock that was ahead wrote down says nothing of how long ago it was
    moved_at = max((at for at in known if at <= now + MINUTE), default=0)
    return "late" if now - moved_at > STALLED_AFTER else None
