"""How much stored mail is still to be parsed again by this version, counted for `status` and pages."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from streaklike.mail import reading
from streaklike.store.models import MailboxMessage, Message
from streaklike.sync.copy_filters import FROM_GMAIL, IS_FROM_FILE

SHOWN: Final = and_(MailboxMessage.state == "stored", MailboxMessage.is_hidden.is_(False))
_DECIDED: Final = and_(
    MailboxMessage.state == "left_out",
    MailboxMessage.reason.in_(("internal", "set_aside")),
    MailboxMessage.is_hidden.is_(False),
)
"""Excluded because of its parsed content."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a mailbox's mail was parsed by this version.

    `waiting` counts messages to be parsed again. Others keep their old content: `from_file` came from a mail
    file, which is not kept, and `gone` were not returned by Gmail.
    """

    waiting: int = 0
    from_file: int = 0
    gone: int = 0


def find_stale(mailbox_id: int) -> ColumnElement[bool]:
    """SQL condition for the mailbox messages that have to be fetched from Gmail again."""
    return and_(
        MailboxMessage.mailbox_id == mailbox_id,
        MailboxMessage.read_version < reading.VERSION,
        FROM_GMAIL,
        or_(SHOWN, _DECIDED),
    )


def measure_reading(session: Session, mailbox_id: int) -> Reading:
    """Count what is left to be parsed again, and what keeps its old content."""
    waiting = (
        session.scalar(select(func.count()).select_from(MailboxMessage).where(find_stale(mailbox_id))) or 0
    )
    is_gone = and_(FROM_GMAIL, MailboxMessage.read_version >= reading.VERSION)
    older = (
        select(func.count(MailboxMessage.message_id.distinct()))
        .join(Message, Message.id == MailboxMessage.message_id)
        .where(MailboxMessage.mailbox_id == mailbox_id, SHOWN, Message.read_version < reading.VERSION)
    )
    return Reading(
        waiting, session.scalar(older.where(IS_FROM_FILE)) or 0, session.scalar(older.where(is_gone)) or 0
    )
