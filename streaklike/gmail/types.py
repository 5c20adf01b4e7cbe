"""Gmail's resources as plain values. Ids belong to one mailbox and are never compared across mailboxes (R18)."""

from dataclasses import dataclass
from typing import NewType

from streaklike.mail.message import RawMessage

GmailId = NewType("GmailId", str)
ThreadId = NewType("ThreadId", str)
HistoryId = NewType("HistoryId", int)


@dataclass(frozen=True, slots=True)
class Profile:
    """getProfile: address, newest history id, number of messages."""

    email: str
    history_id: HistoryId
    messages_total: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of messages.list."""

    id: GmailId
    thread_id: ThreadId


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of messages.list; `next_token` is None on the last page."""

    rows: tuple[Listed, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class GmailMessage:
    """A fetched message. `label_ids` is None if Gmail did not give any, which differs from the empty set.

    `at` is internalDate in UTC milliseconds.
    """

    id: GmailId
    thread_id: ThreadId
    label_ids: frozenset[str] | None
    at: int
    history_id: HistoryId | None
    raw: RawMessage


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """A record of history.list, from its typed arrays. Labels are None if the record has ids only."""

    id: HistoryId
    added: tuple[tuple[GmailId, ThreadId, frozenset[str] | None], ...] = ()
    deleted: tuple[tuple[GmailId, ThreadId], ...] = ()
    labels_added: tuple[tuple[GmailId, ThreadId, frozenset[str]], ...] = ()
    labels_removed: tuple[tuple[GmailId, ThreadId, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of history.list.

    It may have no records but a `next_token`. `history_id` is the mailbox's newest.
    """

    records: tuple[HistoryRecord, ...]
    next_token: str | None
    history_id: HistoryId


@dataclass(frozen=True, slots=True)
class Label:
    """A label: id and display name. A system label's id is its English name in capitals."""

    id: str
    name: str
    is_system: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """A registered push: the history id it starts from, and when it expires (UTC ms)."""

    history_id: HistoryId
    expires_at: int
