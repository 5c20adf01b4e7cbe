"""Completeness proof: stored plus excluded messages equal the number that Gmail lists."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from streaklike.gmail.types import GmailId
from streaklike.store.in_values import in_values
from streaklike.store.models import Mailbox, MailboxMessage
from streaklike.store.writing import in_chunks
from streaklike.sync.copy_filters import FROM_GMAIL, LISTED, NOT_OFFERED
from streaklike.sync.labels import LABEL, UNLISTED

LISTABLE = or_(
    MailboxMessage.state == "listed",
    and_(MailboxMessage.state == "stored", MailboxMessage.is_hidden.is_(False)),
    and_(MailboxMessage.state == "left_out", MailboxMessage.reason.not_in(UNLISTED)),
)
"""Messages that messages.list returns: all but spam and trash."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A mailbox's totals.

    `waiting` counts known ids not fetched yet; `is_settled`: no full sync is in progress.
    """

    messages_total: int
    left_out: dict[str, int]
    waiting: int
    gmail_total: int
    is_settled: bool

    @property
    def is_complete(self) -> bool:
        if self.waiting or not self.is_settled:
            return False
        return self.messages_total + sum(self.left_out.values()) == self.gmail_total


def prove(session: Session, mailbox_id: int) -> Proof:
    """Compare the stored counts of a mailbox with Gmail's total."""
    mailbox = session.get_one(Mailbox, mailbox_id)
    of_source = FROM_GMAIL if mailbox.source == "gmail" else NOT_OFFERED
    kinds = MailboxMessage.state, MailboxMessage.is_hidden, MailboxMessage.reason
    counts: Counter[tuple[str, str]] = Counter()
    for state, is_hidden, reason, count in session.execute(
        select(*kinds, func.count())
        .where(MailboxMessage.mailbox_id == mailbox_id, of_source)
        .group_by(*kinds)
        .having(LISTABLE)
    ):
        counts[state, _reported_reason(reason, is_hidden=is_hidden)] += count
    return Proof(
        messages_total=sum(count for (state, _), count in counts.items() if state == "stored"),
        left_out={reason: count for (state, reason), count in sorted(counts.items()) if state == "left_out"},
        waiting=sum(count for (state, _), count in counts.items() if state == "listed"),
        gmail_total=mailbox.gmail_total,
        is_settled=mailbox.state == "current",
    )


def is_waiting(session: Session, mailbox_id: int) -> bool:
    """Whether any id is known but not fetched yet."""
    listed = select(MailboxMessage.gmail_id).where(MailboxMessage.mailbox_id == mailbox_id, LISTED).limit(1)
    return session.scalar(listed) is not None


def _reported_reason(reason: str | None, *, is_hidden: bool) -> str:
    """The reported exclusion reason. For an excluded label nothing else is revealed (R11)."""
    return LABEL if is_hidden and reason == "internal" else str(reason)


@contextmanager
def counting(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> Iterator[None]:
    """Adjust `gmail_total` by the change in listable messages among these ids within the block."""
    before = _count_listable(session, mailbox_id, gmail_ids)
    yield
    after = _count_listable(session, mailbox_id, gmail_ids)
    if after != before:
        session.get_one(Mailbox, mailbox_id).gmail_total += after - before


def _count_listable(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> int:
    total = 0
    for chunk in in_chunks(set(gmail_ids)):
        statement = select(func.count()).where(
            MailboxMessage.mailbox_id == mailbox_id,
            in_values(session, MailboxMessage.gmail_id, chunk),
            LISTABLE,
        )
        total += session.scalar(statement) or 0
    return total
