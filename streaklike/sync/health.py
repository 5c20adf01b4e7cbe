"""Sync health of each mailbox, and detection of stalled ones (Q11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE
from streaklike.store.models import Mailbox
from streaklike.sync.proof import Proof, prove
from streaklike.sync.reading_left import Reading, measure_reading

STALLED_AFTER = 15 * MINUTE
"""A mailbox without a successful sync or progress for this long is stalled."""


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """A mailbox's sync state. Times are UTC milliseconds; `lag` is milliseconds since the last good sync, or
    None.

    `stall` is the reason why the mailbox is stalled: reconnect, error or late; None if it is not. `reading`
    is how much of its mail was parsed by the current parser version.
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
    """Return the health of every mailbox, ordered by address.

    Imported files and mailboxes of members without access are never late.
    """
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
    """Return why the mailbox is stalled (reconnect, error or late), or None."""
    if mailbox.source != "gmail" or mailbox.user.disabled_at is not None:
        return None
    if mailbox.needs_reconnect:
        return "reconnect"
    if mailbox.error is not None:
        return "error"
    known = (mailbox.synced_at or 0, mailbox.progress_at or 0, mailbox.created_at)
    # Ignore timestamps in the future: they were written by a clock that was ahead.
    moved_at = max((at for at in known if at <= now + MINUTE), default=0)
    return "late" if now - moved_at > STALLED_AFTER else None
