"""A partial sync: apply Gmail's history since the cursor page by page, each page with its cursor (Q2)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.gmail.errors import GmailError
from streaklike.gmail.types import GmailId, HistoryId, HistoryPage, ThreadId
from streaklike.stopping import Stopped
from streaklike.store.in_values import in_values
from streaklike.store.models import Mailbox, MailboxMessage
from streaklike.store.writing import in_chunks, insert_missing
from streaklike.sync.copies import drop_gone
from streaklike.sync.directory import load_excluded
from streaklike.sync.excluded_labels import relabel
from streaklike.sync.fetch import iter_pages
from streaklike.sync.full import apply_page, iter_filling, write_page
from streaklike.sync.ingest import Ingested, drop_offers
from streaklike.sync.labels import LABEL, NONE_LEFT_OUT, SENT, hiding_reason, pack_labels, unpack_labels
from streaklike.sync.pages import FetchedPage, Gmail, Reader, SyncStep
from streaklike.sync.plan import plan_fetches
from streaklike.sync.proof import counting


@dataclass(slots=True)
class HistoryChange:
    """A history page's changes of one message. `labels` are those it arrived with, or None if not given."""

    thread_id: ThreadId
    is_added: bool = False
    is_deleted: bool = False
    labels: frozenset[str] | None = None
    plus: set[str] = field(default_factory=set)
    minus: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Known:
    """The stored state of a mailbox message."""

    message_id: int | None
    state: str
    reason: str | None
    label_ids: str | None


@dataclass(slots=True)
class Decision:
    """What to do with a page's messages, computed by `decide` without the database."""

    fetch: list[tuple[GmailId, ThreadId]] = field(default_factory=list)
    forget: list[GmailId] = field(default_factory=list)
    relabel: dict[GmailId, frozenset[str]] = field(default_factory=dict)
    leave_out: dict[GmailId, tuple[ThreadId, str, frozenset[str]]] = field(default_factory=dict)


def iter_partial_sync(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    """Yield the steps since the cursor, then those that fetch what is still missing.

    Raises HistoryExpired if the cursor is too old for Gmail.
    """
    with read() as session:
        start = HistoryId(session.get_one(Mailbox, mailbox_id).history_id or 0)
    token: str | None = None
    end: HistoryId | None = None
    while True:
        page = gmail.list_history(start, token)
        token = page.next_token
        end = end or page.history_id
        # Before the last page the cursor may only reach the newest record seen.
        seen_id = max((record.id for record in page.records), default=start)
        yield from _iter_page(gmail, mailbox_id, read, page, seen_id if token else max(seen_id, end))
        if token is None:
            break
    yield from iter_filling(gmail, mailbox_id, read)


def _iter_page(
    gmail: Gmail, mailbox_id: int, read: Reader, page: HistoryPage, cursor: HistoryId
) -> Iterator[SyncStep]:
    """Yield the steps of one page. Its last messages are written with its decision and the new cursor.

    After the last page the cursor becomes the history id of the first page: changes made while paging may be
    on none of the pages and are reported again.
    """
    changes = collect_changes(page)
    with read() as session:
        known = _load_known(session, mailbox_id, changes)
        left_out = load_excluded(session, mailbox_id)
    decision = decide(changes, known, left_out)
    fetches = plan_fetches(decision.fetch, stored_in_thread=dict.fromkeys(_thread_ids(decision), 1))
    last = FetchedPage()
    try:
        for fetched in iter_pages(gmail, fetches):
            if last.fetched or last.missing:
                yield write_page(mailbox_id, last)
            last = fetched
    except (GmailError, Stopped):
        yield write_page(mailbox_id, last)
        raise
    yield SyncStep(lambda session: _apply_decision(session, mailbox_id, decision, last, cursor), last)


def _thread_ids(decision: Decision) -> set[ThreadId]:
    return {thread_id for _, thread_id in decision.fetch}


def collect_changes(page: HistoryPage) -> dict[GmailId, HistoryChange]:
    """Merge a page's records, in order, into one change per message."""
    changes: dict[GmailId, HistoryChange] = {}
    for record in page.records:
        for gmail_id, thread_id, labels in record.added:
            change = changes.setdefault(gmail_id, HistoryChange(thread_id))
            change.is_added, change.is_deleted, change.labels = True, False, labels
        for gmail_id, thread_id, names in record.labels_added:
            change = changes.setdefault(gmail_id, HistoryChange(thread_id))
            change.plus |= names
            change.minus -= names
        for gmail_id, thread_id, names in record.labels_removed:
            change = changes.setdefault(gmail_id, HistoryChange(thread_id))
            change.minus |= names
            change.plus -= names
        for gmail_id, thread_id in record.deleted:
            changes.setdefault(gmail_id, HistoryChange(thread_id)).is_deleted = True
    return changes


def decide(
    changes: dict[GmailId, HistoryChange],
    known: dict[GmailId, Known],
    left_out: frozenset[str] = NONE_LEFT_OUT,
) -> Decision:
    """Decide what each change requires. Pure; `left_out` are the labels that the member excludes."""
    decision = Decision()
    for gmail_id, change in changes.items():
        copy = known.get(gmail_id)
        if change.is_deleted:
            if copy:
                decision.forget.append(gmail_id)
        elif copy:
            _decide_known(decision, gmail_id, change, copy, left_out)
        else:
            _decide_unknown(decision, gmail_id, change, left_out)
    return decision


def _decide_known(
    decision: Decision, gmail_id: GmailId, change: HistoryChange, copy: Known, left_out: frozenset[str]
) -> None:
    if copy.label_ids is None and copy.state != "stored":
        decision.fetch.append((gmail_id, change.thread_id))
        return
    labels = frozenset((unpack_labels(copy.label_ids) | change.plus) - change.minus)
    reason = hiding_reason(labels, left_out)
    is_kept = copy.message_id is not None or copy.reason in ("internal", "set_aside")
    if copy.state == "stored" or reason is not None or is_kept:
        decision.relabel[gmail_id] = labels
    else:
        decision.fetch.append((gmail_id, change.thread_id))


def _decide_unknown(
    decision: Decision, gmail_id: GmailId, change: HistoryChange, left_out: frozenset[str]
) -> None:
    came_back = bool({"TRASH", "SPAM", "DRAFT", "CHAT"} & change.minus)
    if not change.is_added and not came_back:
        return
    if change.labels is None and hiding_reason(change.plus, left_out) is None:
        decision.fetch.append((gmail_id, change.thread_id))
        return
    labels = frozenset(((change.labels or frozenset()) | change.plus) - change.minus)
    reason = hiding_reason(labels, left_out)
    if reason is None:
        decision.fetch.append((gmail_id, change.thread_id))
    else:
        decision.leave_out[gmail_id] = (change.thread_id, reason, labels)


def _load_known(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> dict[GmailId, Known]:
    known: dict[GmailId, Known] = {}
    for chunk in in_chunks(gmail_ids):
        rows = session.execute(
            select(
                MailboxMessage.gmail_id,
                MailboxMessage.message_id,
                MailboxMessage.state,
                MailboxMessage.reason,
                MailboxMessage.label_ids,
            ).where(
                MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
            )
        )
        known.update({GmailId(r.gmail_id): Known(r.message_id, r.state, r.reason, r.label_ids) for r in rows})
    return known


def _apply_decision(
    session: Session, mailbox_id: int, decision: Decision, fetched: FetchedPage, cursor: HistoryId
) -> Ingested:
    result = apply_page(session, mailbox_id, fetched)
    touched = [*decision.forget, *decision.relabel, *decision.leave_out]
    with counting(session, mailbox_id, touched):
        result.message_ids |= drop_gone(session, mailbox_id, decision.forget).message_ids
        result.message_ids |= relabel(session, mailbox_id, decision.relabel)
        hidden = [gmail_id for gmail_id, labels in decision.relabel.items() if hiding_reason(labels)]
        drop_offers(session, mailbox_id, hidden)
        _leave_out(session, mailbox_id, decision)
    mailbox = session.get_one(Mailbox, mailbox_id)
    if cursor > (mailbox.history_id or 0):
        mailbox.history_id = cursor
    return result


def _leave_out(session: Session, mailbox_id: int, decision: Decision) -> None:
    rows = [
        {
            "mailbox_id": mailbox_id,
            "gmail_id": gmail_id,
            "thread_id": thread_id,
            "state": "left_out",
            "reason": reason,
            "label_ids": pack_labels(labels),
            "is_sent": SENT in labels,
            "is_hidden": True,
            "round": 0,
            "position": 0,
        }
        for gmail_id, (thread_id, reason, labels) in decision.leave_out.items()
    ]
    insert_missing(session, MailboxMessage, rows)
    by_label = {key: labels for key, (_, reason, labels) in decision.leave_out.items() if reason == LABEL}
    relabel(session, mailbox_id, by_label)  # the label may have been included again since
