"""When the mailboxes holding a message were first read through the API (R59)."""

from collections.abc import Collection, Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch_raw
from streaklike.cadence.model.history import ContactHistory
from streaklike.store.in_values import in_values
from streaklike.store.models import Mailbox, MailboxMessage


def load_first_reads(session: Session, message_ids: Collection[int]) -> dict[int, int]:
    """Return the earliest first read among the mailboxes showing each message; none if only files brought it."""
    # One cheap look saves the join where no mailbox was read by the API.
    if not message_ids or not _has_first_read(session):
        return {}
    found = fetch_raw(
        session,
        select(MailboxMessage.message_id, func.min(Mailbox.first_read_at))
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .where(
            in_values(session, MailboxMessage.message_id, message_ids),
            MailboxMessage.is_hidden.is_(False),
            Mailbox.first_read_at.is_not(None),
        )
        .group_by(MailboxMessage.message_id),
    )
    return dict(found)


def add_first_reads(session: Session, histories: Iterable[ContactHistory]) -> None:
    """Set each history's first reads of its waiting mail, with one statement for all."""
    waiting = [history for history in histories if history.waiting]
    sources = {each for history in waiting for one in history.waiting for each, _ in one.run.sources}
    first_reads = load_first_reads(session, sources)
    for history in waiting if first_reads else ():
        history.first_reads = first_reads


def _has_first_read(session: Session) -> bool:
    first = select(Mailbox.id).where(Mailbox.first_read_at.is_not(None)).limit(1)
    return session.scalar(first) is not None
