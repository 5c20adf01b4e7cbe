"""The proof: what is stored and what was left out, with its reason, add up to what Gmail gives."""

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
"""The copies that messages.list gives: all but spam and trash."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A mailbox's account. `waiting` ids are known and not fetched yet; `is_settled` that no full sync is under way."""

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
    """Count what is there against what Gmail said."""
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
        counts[state, _told(reason, is_hidden=is_hidden)] += count
    return Proof(
        messages_total=sum(count for (state, _), count in counts.items() if state == "stored"),
        left_out={reason: count for (state, reason), count in sorted(counts.items()) if state == "left_out"},
        waiting=sum(count for (state, _), count in counts.items() if state == "listed"),
        gmail_total=mailbox.gmail_total,
        is_settled=mailbox.state == "current",
    )


def is_waiting(session: Session, mailbox_id: int) -> bool:
    """Whether an id is known and not fetched yet."""
    listed = select(MailboxMessage.gmail_id).where(MailboxMessage.mailbox_id == mailbox_id, LISTED).limit(1)
    return session.scalar(listed) is not None


def _told(reason: str | None, *, is_hidden: bool) -> str:
    """Why copies are left out, as told: of what bears a label that is left out nothing else is said (R11)."""
    return LABEL if is_hidden and reason == "internal" else str(reason)


@contextmanager
def counting(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> Iterator[None]:
    """Carry `gmail_total` on: by as many as become listable, or cease to be, among these ids meanwhile."""
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
