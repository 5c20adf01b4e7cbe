"""How much stored mail is still to be read again by this version, counted for `status` and pages."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from streaklike.mail import reading
from streaklike.store.models import MailboxMessage, Message
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.origins import FROM_FILE

SHOWN: Final = and_(MailboxMessage.state == "stored", MailboxMessage.is_hidden.is_(False))
_DECIDED: Final = and_(
    MailboxMessage.state == "left_out",
    MailboxMessage.reason.in_(("internal", "set_aside")),
    MailboxMessage.is_hidden.is_(False),
)
"""Left out for what was read in it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a mailbox's mail is read by this version.

    `waiting` are still to be read again. What cannot be keeps its older reading: `from_file` came from a mail file, which
    is not kept, and `gone` is what Gmail did not give.
    """

    waiting: int = 0
    from_file: int = 0
    gone: int = 0


def find_stale(mailbox_id: int) -> ColumnElement[bool]:
    """The copies of a mailbox that Gmail is to be asked for again."""
    return and_(
        MailboxMessage.mailbox_id == mailbox_id,
        MailboxMessage.read_version < reading.VERSION,
        FROM_GMAIL,
        or_(SHOWN, _DECIDED),
    )


def measure_reading(session: Session, mailbox_id: int) -> Reading:
    """Count what is left to be read again, and what keeps its older reading."""
    waiting = (
        session.scalar(select(func.count()).select_from(MailboxMessage).where(find_stale(mailbox_id))) or 0
    )
    is_file = func.substr(MailboxMessage.gmail_id, 1, len(FROM_FILE)) == FROM_FILE
    is_gone = and_(FROM_GMAIL, MailboxMessage.read_version >= reading.VERSION)
    older = (
        select(func.count(MailboxMessage.message_id.distinct()))
        .join(Message, Message.id == MailboxMessage.message_id)
        .where(MailboxMessage.mailbox_id == mailbox_id, SHOWN, Message.read_version < reading.VERSION)
    )
    return Reading(
        waiting, session.scalar(older.where(is_file)) or 0, session.scalar(older.where(is_gone)) or 0
    )
