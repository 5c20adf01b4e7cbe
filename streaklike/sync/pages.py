"""A step of a sync: fetched outside any transaction, applied inside one with its progress (Q2)."""

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
"""Opens a transaction for looking."""


class Gmail(Protocol):
    """What a sync asks of Gmail; GmailClient is it."""

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
    """Messages read, and wanted ids that Gmail did not give: gone, as history will say, or given at a later try.

    `gone` are those of the missing of which Gmail says that it has them no more.
    """

    fetched: list[Fetched] = field(default_factory=list)
    missing: list[tuple[GmailId, ThreadId]] = field(default_factory=list)
    gone: set[GmailId] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SyncStep:
    """What was fetched, and how to write it. `apply` runs in the caller's transaction and does not commit.

    `page` is what it writes of messages, None where it writes none: whoever applies may set aside in it what cannot
    be written, and apply again.
    """

    apply: Callable[[Session], Ingested]
    page: FetchedPage | None = None


def list_page(gmail: Gmail, token: str | None, *, label_id: str | None = None) -> ListPage:
    """A page of a listing, of one label's mail if one is named. That there is nothing and no more is believed when it is
    said twice.

    An answer which merely lacks its content looks the same, and would have us forget the mail that is stored.
    """
    page = gmail.list_messages(token, label_id=label_id)
    if page.rows or page.next_token is not None:
        return page
    return gmail.list_messages(token, label_id=label_id)
