"""Mail to be parsed again after `mail.reading` changed: which messages, and how many are left."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from streaklike.gmail.types import GmailId, ThreadId
from streaklike.mail import reading
from streaklike.store.in_values import in_values
from streaklike.store.models import MailboxMessage, Message
from streaklike.store.writing import in_chunks, lock_writer
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.full import apply_page
from streaklike.sync.ingest import Fetched, Ingested
from streaklike.sync.pages import FetchedPage
from streaklike.sync.reading_left import find_stale


def has_stale(session: Session, mailbox_id: int) -> bool:
    """Whether any message has to be fetched again."""
    return session.scalar(select(MailboxMessage.gmail_id).where(find_stale(mailbox_id)).limit(1)) is not None


def list_stale(session: Session, mailbox_id: int, *, limit: int) -> list[tuple[GmailId, ThreadId]]:
    """Return the newest messages to fetch again, each with the others of its thread."""
    stale = find_stale(mailbox_id)
    newest = session.scalars(
        select(MailboxMessage.thread_id)
        .where(stale)
        .order_by(MailboxMessage.at.desc(), MailboxMessage.gmail_id)
        .limit(limit)
    )
    threads: dict[str, list[tuple[GmailId, ThreadId]]] = {thread_id: [] for thread_id in newest}
    for chunk in in_chunks(list(threads)):
        rows = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.thread_id)
            .where(stale, in_values(session, MailboxMessage.thread_id, chunk))
            .order_by(MailboxMessage.at.desc(), MailboxMessage.gmail_id)
        )
        for gmail_id, thread_id in rows:
            threads[thread_id].append((GmailId(gmail_id), ThreadId(thread_id)))
    return [wanted for found in threads.values() for wanted in found]


def count_others(
    session: Session, mailbox_id: int, wanted: Iterable[tuple[GmailId, ThreadId]]
) -> dict[ThreadId, int]:
    """Count by thread the messages that would be fetched needlessly."""
    ids: dict[ThreadId, int] = {}
    for _, thread_id in wanted:
        ids[thread_id] = ids.get(thread_id, 0) + 1
    others: dict[ThreadId, int] = {}
    for chunk in in_chunks(sorted(ids)):
        rows = session.execute(
            select(MailboxMessage.thread_id, func.count())
            .where(
                MailboxMessage.mailbox_id == mailbox_id,
                in_values(session, MailboxMessage.thread_id, chunk),
                FROM_GMAIL,
            )
            .group_by(MailboxMessage.thread_id)
        )
        others.update({ThreadId(key): count - ids[ThreadId(key)] for key, count in rows})
    return others


def apply_again(
    session: Session, mailbox_id: int, page: FetchedPage, wanted: Collection[GmailId]
) -> Ingested:
    """Write the wanted messages of a page. Messages that are gone or cannot be parsed keep their stored
    content.

    Those are not requested again by this version; messages that Gmail failed to return are.
    """
    lock_writer(session)
    read = [item for item in page.fetched if item.gmail_id in wanted and item.reason != "set_aside"]
    given = {item.gmail_id for item in page.fetched} | page.gone
    ingested = apply_page(session, mailbox_id, FetchedPage(read))
    for chunk in in_chunks(sorted(given & set(wanted))):
        session.execute(
            update(MailboxMessage)
            .where(
                MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
            )
            .values(read_version=reading.VERSION)
        )
    return ingested


def find_older(session: Session, mailbox_id: int, items: Sequence[Fetched]) -> set[int]:
    """Return stored messages with content from an older version that a page may parse anew.

    A message with one copy parsed anew may still hold data from another copy, for example its Bcc, until that
    copy is parsed anew too.
    """
    copy = aliased(MailboxMessage)
    has_older_copy = exists().where(copy.message_id == Message.id, copy.read_version < reading.VERSION)
    older = or_(Message.read_version < reading.VERSION, has_older_copy)
    found: set[int] = set()
    for chunk in in_chunks({str(item.gmail_id) for item in items if item.understood}):
        of_copies = select(Message.id).join(MailboxMessage, MailboxMessage.message_id == Message.id)
        mine = MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
        found.update(session.scalars(of_copies.where(older, *mine)))
    for chunk in in_chunks({item.understood.rfc_id for item in items if item.understood}):
        found.update(
            session.scalars(select(Message.id).where(older, in_values(session, Message.rfc_id, chunk)))
        )
    return found
