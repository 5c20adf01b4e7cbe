"""A sync step: fetched outside a transaction, applied inside one together with its progress (Q2)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from streaklike.gmail.types import (
    GmailId,
    GmailMessage,
    HistoryId,
    HistoryPage,
    Label,
    ListPage,
    Profile,
    ThreadId,
)
from streaklike.sync.ingest import Fetched, Ingested

Reader = Callable[[], AbstractContextManager[Session]]
"""Opens a read transaction."""


class Gmail(Protocol):
    """The Gmail calls that a sync makes, implemented by GmailClient."""

    def get_profile(self) -> Profile: ...

    def list_messages(
        self, page_token: str | None, *, query: str | None = None, label_id: str | None = None
    ) -> ListPage: ...

    def list_labels(self) -> tuple[Label, ...]: ...

    def get_message(self, gmail_id: GmailId) -> GmailMessage: ...

    def get_thread(self, thread_id: ThreadId) -> tuple[GmailMessage, ...]: ...

    def list_history(self, start: HistoryId, page_token: str | None) -> HistoryPage: ...


@dataclass(slots=True)
class FetchedPage:
    """Fetched messages, and wanted ids that Gmail did not return.

    `gone` is the subset of missing ids that Gmail reports as deleted; others may be returned by a later
    attempt.
    """

    fetched: list[Fetched] = field(default_factory=list)
    missing: list[tuple[GmailId, ThreadId]] = field(default_factory=list)
    gone: set[GmailId] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SyncStep:
    """Fetched data and the function that writes it. `apply` runs in the caller's transaction and does not
    commit.

    `page` holds the messages it writes, or None. The caller may quarantine messages in it that cannot be
    written and apply the step again.
    """

    apply: Callable[[Session], Ingested]
    page: FetchedPage | None = None


def list_page(gmail: Gmail, token: str | None, *, label_id: str | None = None) -> ListPage:
    """Return a page of a listing, of one label's messages if given. An empty result is requested twice.

    A response that lost its content looks like an empty one, and would make us delete stored mail.
    """
    page = gmail.list_messages(token, label_id=label_id)
    if page.rows or page.next_token is not None:
        return page
    return gmail.list_messages(token, label_id=label_id)
