"""Rows of MailboxMessage: list, find wanted, hide, delete."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from streaklike.gmail.types import GmailId, Listed, ThreadId
from streaklike.store.erasing import request_erasing
from streaklike.store.in_values import in_values
from streaklike.store.models import ForwardOffer, MailboxMessage
from streaklike.store.writing import in_chunks, insert_for
from streaklike.sync.copy_filters import FROM_GMAIL, LISTED
from streaklike.sync.ingest import Ingested
from streaklike.sync.internal_ids import find_around
from streaklike.sync.labels import UNLISTED, pack_labels, unpack_labels

BEHIND = 1_000_000_000
"""Position of ids that Gmail failed to return: they are fetched after everything else."""

HAS_MESSAGE = MailboxMessage.message_id.is_not(None)


def save_listed(
    session: Session, mailbox_id: int, rows: Sequence[Listed], *, listing_round: int, first: int
) -> None:
    """Write a page of a listing; `first` is the position of its first row.

    Ids that are new, were hidden when last seen, were drafts, or are quarantined are marked to be fetched.
    Quarantined ones may succeed with this version.
    """
    insert = insert_for(session, MailboxMessage)
    values: list[dict[str, Any]] = [
        {
            "mailbox_id": mailbox_id,
            "gmail_id": row.id,
            "thread_id": row.thread_id,
            "state": "listed",
            "is_sent": False,
            "is_hidden": False,
            "round": listing_round,
            "position": first + offset,
        }
        for offset, row in enumerate(rows)
    ]
    if values:
        # Known ids only get the new round and position; the update below decides which to fetch again.
        statement = insert.on_conflict_do_update(  # type: ignore[attr-defined]
            index_elements=["mailbox_id", "gmail_id"],
            set_={"round": insert.excluded.round, "position": insert.excluded.position},  # type: ignore[attr-defined]
        )
        session.execute(statement, values)
        session.execute(
            update(MailboxMessage)
            .where(
                MailboxMessage.mailbox_id == mailbox_id,
                MailboxMessage.round == listing_round,
                MailboxMessage.position >= first,
                or_(
                    and_(MailboxMessage.state == "stored", MailboxMessage.is_hidden),
                    and_(
                        MailboxMessage.state == "left_out",
                        MailboxMessage.reason.in_(("draft", "set_aside", *UNLISTED)),
                    ),
                ),
            )
            .values(state="listed", reason=None, label_ids=None, is_hidden=False)
        )


def keep_waiting(session: Session, mailbox_id: int, missing: Sequence[tuple[GmailId, ThreadId]]) -> None:
    """Mark these ids to be fetched after all others, unless they are stored."""
    insert = insert_for(session, MailboxMessage)
    rows = [
        {
            "mailbox_id": mailbox_id,
            "gmail_id": gmail_id,
            "thread_id": thread_id,
            "state": "listed",
            "is_sent": False,
            "is_hidden": False,
            "round": 0,
            "position": BEHIND,
        }
        for gmail_id, thread_id in missing
    ]
    if rows:
        session.execute(
            insert.on_conflict_do_update(  # type: ignore[attr-defined]
                index_elements=["mailbox_id", "gmail_id"],
                set_={"state": "listed", "reason": None, "is_hidden": False, "position": BEHIND},
                where=MailboxMessage.state != "stored",
            ),
            rows,
        )


def has_unlisted_messages(
    session: Session, mailbox_id: int, *, listing_round: int, listed: Collection[GmailId]
) -> bool:
    """Whether a stored message was on no page of the listing, whose last page is `listed`."""
    unlisted = select(MailboxMessage.gmail_id).where(*_is_unlisted(mailbox_id, listing_round), HAS_MESSAGE)
    return any(gmail_id not in listed for gmail_id in session.scalars(unlisted))


def drop_unlisted(
    session: Session, mailbox_id: int, *, listing_round: int, hidden: Mapping[GmailId, str]
) -> Ingested:
    """Resolve messages that a complete listing no longer contains. `hidden` maps ids in trash and spam to
    their label.

    Stored messages in trash or spam are kept, hidden, because they may be restored. All others are deleted:
    they were permanently deleted in Gmail or never stored, and history reports them if they return.
    """
    result = Ingested()
    unlisted = _is_unlisted(mailbox_id, listing_round)
    updates = []
    for chunk in in_chunks(hidden):
        rows = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.message_id, MailboxMessage.label_ids).where(
                *unlisted, HAS_MESSAGE, in_values(session, MailboxMessage.gmail_id, chunk)
            )
        )
        for gmail_id, message_id, packed in rows:
            labels = unpack_labels(packed) | {hidden[GmailId(gmail_id)]}
            updates.append({"b_id": gmail_id, "b_labels": pack_labels(labels)})
            result.message_ids.update([message_id] if message_id is not None else [])
    if updates:
        session.connection().execute(
            update(MailboxMessage)
            .where(MailboxMessage.mailbox_id == mailbox_id, MailboxMessage.gmail_id == bindparam("b_id"))
            .values(
                state="stored",
                reason=None,
                is_hidden=True,
                round=listing_round,
                label_ids=bindparam("b_labels"),
            ),
            updates,
        )
    result.message_ids |= _forget(session, mailbox_id, and_(*unlisted)).message_ids
    return result


def _is_unlisted(mailbox_id: int, listing_round: int) -> tuple[ColumnElement[bool], ...]:
    return MailboxMessage.mailbox_id == mailbox_id, MailboxMessage.round < listing_round, FROM_GMAIL


def drop_gone(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> Ingested:
    """Delete the rows of messages that were permanently deleted in Gmail."""
    result = Ingested()
    for chunk in in_chunks(gmail_ids):
        gone = _forget(session, mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk))
        result.message_ids |= gone.message_ids
    return result


def _forget(session: Session, mailbox_id: int, condition: ColumnElement[bool]) -> Ingested:
    gone = MailboxMessage.mailbox_id == mailbox_id, condition
    messages = session.scalars(
        select(MailboxMessage.message_id).where(*gone, MailboxMessage.message_id.is_not(None))
    )
    result = Ingested(message_ids={message_id for message_id in messages if message_id is not None})
    internal = session.scalars(select(MailboxMessage.rfc_id).where(*gone, MailboxMessage.rfc_id.is_not(None)))
    result.message_ids |= find_around(session, {rfc_id for rfc_id in internal if rfc_id is not None})
    offers = (
        ForwardOffer.mailbox_id == mailbox_id,
        ForwardOffer.gmail_id.in_(select(MailboxMessage.gmail_id).where(*gone)),
    )
    session.execute(delete(ForwardOffer).where(*offers))
    if session.execute(delete(MailboxMessage).where(*gone)).rowcount:  # type: ignore[attr-defined]
        request_erasing(session)
    return result


def next_wanted(
    session: Session, mailbox_id: int, *, limit: int, but_not: Collection[GmailId] = ()
) -> list[tuple[GmailId, ThreadId]]:
    """Return the newest ids to fetch, each followed by the other wanted ids of its thread.

    `but_not` are ids to skip. `limit` applies to messages before thread mates are added.
    """
    listed = and_(MailboxMessage.mailbox_id == mailbox_id, LISTED)
    newest = session.scalars(
        select(MailboxMessage.thread_id)
        .where(listed)
        .order_by(MailboxMessage.position)
        .limit(limit + len(but_not))
    )
    threads = list(dict.fromkeys(newest))
    rows: dict[str, list[tuple[GmailId, ThreadId]]] = {thread: [] for thread in threads}
    for chunk in in_chunks(threads):
        found = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.thread_id)
            .where(listed, in_values(session, MailboxMessage.thread_id, chunk))
            .order_by(MailboxMessage.thread_id, MailboxMessage.position)
        )
        for gmail_id, thread_id in found:
            rows[thread_id].append((GmailId(gmail_id), ThreadId(thread_id)))
    return [wanted for thread in threads for wanted in rows[thread] if wanted[0] not in but_not]


def count_stored_in_threads(
    session: Session, mailbox_id: int, threads: Iterable[ThreadId]
) -> dict[ThreadId, int]:
    """Count by thread the messages that were fetched before."""
    counts: dict[ThreadId, int] = {}
    for chunk in in_chunks(set(threads)):
        rows = session.execute(
            select(MailboxMessage.thread_id, func.count())
            .where(
                MailboxMessage.mailbox_id == mailbox_id,
                in_values(session, MailboxMessage.thread_id, chunk),
                MailboxMessage.state != "listed",
            )
            .group_by(MailboxMessage.thread_id)
        )
        counts.update({ThreadId(thread_id): count for thread_id, count in rows})
    return counts
