"""Gmail's nouns as plain values. Ids belong to one mailbox and are never joined across mailboxes (R18)."""

from dataclasses import dataclass
from typing import NewType

from streaklike.mail.message import RawMessage

GmailId = NewType("GmailId", str)
ThreadId = NewType("ThreadId", str)
HistoryId = NewType("HistoryId", int)


@dataclass(frozen=True, slots=True)
class Profile:
    """getProfile: the address and the newest history id."""

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
    """A page of messages.list; `next_token` is None on the last."""

    rows: tuple[Listed, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class GmailMessage:
    """A fetched message. `label_ids` None means that Gmail did not say, which is not the empty set.

    `at` is internalDate, an instant.
    """

    id: GmailId
    thread_id: ThreadId
    label_ids: frozenset[str] | None
    at: int
    history_id: HistoryId | None
    raw: RawMessage


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One record of history.list, by its typed arrays. Labels None where the record held ids only."""

    id: HistoryId
    added: tuple[tuple[GmailId, ThreadId, frozenset[str] | None], ...] = ()
    deleted: tuple[tuple[GmailId, ThreadId], ...] = ()
    labels_added: tuple[tuple[GmailId, ThreadId, frozenset[str]], ...] = ()
    labels_removed: tuple[tuple[GmailId, ThreadId, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of history.list; records may be empty and a `next_token` still be there. `history_id` is the newest."""

    records: tuple[HistoryRecord, ...]
    next_token: str | None
    history_id: HistoryId


@dataclass(frozen=True, slots=True)
class Label:
    """A label: its id, and its name as people see it. A system label's id is its name in English capitals."""

    id: str
    name: str
    is_system: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """A push that was asked for: from which history id on, and the instant at which it ends."""

    history_id: HistoryId
    expires_at: int
