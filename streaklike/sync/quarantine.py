"""Quarantined messages (Q10): list them with their reason, and retry them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from streaklike.store.models import Mailbox, MailboxMessage
from streaklike.sync.copies import BEHIND
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.origins import FROM_FILE

SET_ASIDE: Final = and_(MailboxMessage.state == "left_out", MailboxMessage.reason == "set_aside")

CANNOT_STORE: Final = "store"
CANNOT_READ: Final = "read"
OTHER_ANSWER: Final = "answer"
UNKNOWN: Final = "unknown"
_WRITING: Final = frozenset(
    {"DataError", "IntegrityError", "ProgrammingError", "OperationalError", "StatementError"}
)


@dataclass(frozen=True, slots=True)
class QuarantinedMail:
    """A message that could not be parsed or stored so far.

    `at` is its time, None if Gmail did not return it. `fault` is the error class, `why` its category: store,
    read, answer or unknown. `is_from_file`: only importing the file again can bring it back.
    """

    mailbox: str
    gmail_id: str
    at: int | None
    fault: str | None
    is_from_file: bool

    @property
    def why(self) -> str:
        kind = (self.fault or "").partition("/")[0]
        if not kind:
            return UNKNOWN
        if kind == "OtherAnswer":
            return OTHER_ANSWER
        return CANNOT_STORE if kind in _WRITING else CANNOT_READ

    @property
    def link(self) -> str | None:
        """URL of the message in Gmail; None for mail from a file."""
        if self.is_from_file:
            return None
        return f"https://mail.google.com/mail/?authuser={self.mailbox}#all/{self.gmail_id}"


def list_quarantined(session: Session, mailbox_ids: Collection[int] | None = None) -> list[QuarantinedMail]:
    """List quarantined messages in these mailboxes, or in all, newest first within each mailbox."""
    rows = select(Mailbox.email, MailboxMessage.gmail_id, MailboxMessage.at, MailboxMessage.fault).join(
        Mailbox, Mailbox.id == MailboxMessage.mailbox_id
    )
    rows = rows.where(SET_ASIDE, *_of(mailbox_ids)).order_by(
        Mailbox.email, MailboxMessage.at.desc(), MailboxMessage.gmail_id
    )
    return [
        QuarantinedMail(email, gmail_id, at or None, fault, gmail_id.startswith(FROM_FILE))
        for email, gmail_id, at, fault in session.execute(rows)
    ]


def count_quarantined(session: Session) -> dict[int, int]:
    """Count quarantined messages by mailbox id."""
    counted = (
        select(MailboxMessage.mailbox_id, func.count()).where(SET_ASIDE).group_by(MailboxMessage.mailbox_id)
    )
    return dict(session.execute(counted).all())


def try_again(session: Session, mailbox_ids: Collection[int] | None = None) -> Sequence[str]:
    """Mark quarantined Gmail messages to be fetched by the next sync, after all others.

    Returns the addresses of the affected mailboxes.
    """
    again = (SET_ASIDE, FROM_GMAIL, *_of(mailbox_ids))
    concerned = select(Mailbox.email).where(
        Mailbox.source == "gmail", Mailbox.id.in_(select(MailboxMessage.mailbox_id).where(*again))
    )
    emails = session.scalars(concerned.order_by(Mailbox.email)).all()
    session.execute(
        update(MailboxMessage)
        .where(*again, MailboxMessage.mailbox_id.in_(select(Mailbox.id).where(Mailbox.source == "gmail")))
        .values(state="listed", reason=None, fault=None, position=BEHIND)
        .execution_options(synchronize_session=False)
    )
    return emails


def _of(mailbox_ids: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    return () if mailbox_ids is None else (MailboxMessage.mailbox_id.in_(mailbox_ids),)
