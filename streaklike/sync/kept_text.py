"""Re-parse mail imported from files, as far as its subject and text are stored.

The file itself is not kept. Headers, HTML markup, and text that an older parser cut off are parsed again only
when the file is imported again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from streaklike.mail import reading
from streaklike.mail.understand import KeptReading, read_kept_text
from streaklike.store.in_values import in_values
from streaklike.store.models import Body, MailboxMessage, Message
from streaklike.store.search_index import drop_messages
from streaklike.store.writing import update_rows
from streaklike.sync.copy_filters import IS_FROM_FILE
from streaklike.sync.reading_left import SHOWN


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Re-parsed copies from a file, by id, and the messages whose content changed."""

    gmail_ids: Collection[str]
    changed: Mapping[int, tuple[KeptReading, str]]


def has_kept(session: Session, mailbox_id: int) -> bool:
    """Whether any mail imported from a file still has to be re-parsed."""
    return session.scalar(select(MailboxMessage.gmail_id).where(_is_kept(mailbox_id)).limit(1)) is not None


def _is_kept(mailbox_id: int) -> ColumnElement[bool]:
    return and_(
        MailboxMessage.mailbox_id == mailbox_id,
        MailboxMessage.read_version < reading.VERSION,
        IS_FROM_FILE,
        SHOWN,
    )


def load_kept(session: Session, mailbox_id: int, *, limit: int) -> KeptTexts:
    """Re-parse the newest `limit` copies from files. Messages renewed by another copy are skipped."""
    rows = session.execute(
        select(
            MailboxMessage.gmail_id,
            Message.id,
            Message.read_version,
            Message.own_kind,
            Message.subject,
            Message.base_subject,
            Message.refs,
            Message.body_hash,
            Message.is_thanks,
            Body.text,
            Body.quoted,
        )
        .join(Message, Message.id == MailboxMessage.message_id)
        .join(Body, Body.message_id == Message.id)
        .where(_is_kept(mailbox_id))
        .order_by(MailboxMessage.at.desc(), MailboxMessage.gmail_id)
        .limit(limit)
    ).all()
    changed: dict[int, tuple[KeptReading, str]] = {}
    for row in rows:
        if row.read_version >= reading.VERSION:
            continue
        found = read_kept_text(row.subject, row.text, kind=row.own_kind, has_refs=bool(row.refs))
        was = (row.base_subject, row.text, row.body_hash, row.is_thanks)
        if (found.base_subject, found.text, found.body_hash, found.is_thanks) != was:
            changed[row.id] = found, f"{found.quoted}\n\n{row.quoted}".strip()
    return KeptTexts([row.gmail_id for row in rows], changed)


def write_kept(session: Session, mailbox_id: int, kept: KeptTexts) -> None:
    """Write the changed content and mark the copies as parsed by this version."""
    drop_messages(session, kept.changed)
    facts: list[tuple[Any, ...]] = [
        (key, found.base_subject, found.body_hash, found.is_thanks)
        for key, (found, _) in sorted(kept.changed.items())
    ]
    update_rows(session, Message, ("id", "base_subject", "body_hash", "is_thanks"), facts)
    texts = [(key, found.text, quoted) for key, (found, quoted) in sorted(kept.changed.items())]
    update_rows(session, Body, ("message_id", "text", "quoted"), texts)
    session.execute(
        update(MailboxMessage)
        .where(
            MailboxMessage.mailbox_id == mailbox_id,
            in_values(session, MailboxMessage.gmail_id, kept.gmail_ids),
        )
        .values(read_version=reading.VERSION)
    )
