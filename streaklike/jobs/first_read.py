"""The instant at which a mailbox was first read by the API: from then on its old debts are told apart (R59)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.jobs.ahead import SLACK
from streaklike.people.events import mark_conversations_due
from streaklike.store.models import Mailbox, MailboxMessage, Message


def keep_first_read(session: Session, mailbox: Mailbox, *, now: int) -> None:
    """Keep `now` as the mailbox's first read, unless it has one: that never moves, whatever is connected or renamed.

    One that lies in the future was written by a clock that was ahead, and would set apart what is new: it becomes `now`. Where a file had brought mail into the mailbox before, everybody in its conversations becomes due: old debts among them
    have a first read from now on.
    """
    if mailbox.first_read_at is not None and mailbox.first_read_at <= now + SLACK:
        return
    mailbox.first_read_at = now
    session.flush()
    held = select(Message.conversation_id).join(MailboxMessage, MailboxMessage.message_id == Message.id)
    mark_conversations_due(
        session,
        held.where(MailboxMessage.mailbox_id == mailbox.id, Message.conversation_id.is_not(None)).distinct(),
    )
