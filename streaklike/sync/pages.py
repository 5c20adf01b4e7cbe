"""A step of a sync: fetched outside any transaction, applied inside one with its progress (Q2)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from streaklike.gmail.types import GmailId, GmailMessage, HistoryId, HistoryPage, ListPage, Profile, ThreadId
from streaklike.sync.ingest import Ingested

Reader = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction for looking."""


class Gmail(Protocol):
    """What a sync asks of Gmail; GmailClient is it."""

    def get_profile(self) -> Profile: ...

    def list_messages(self, page_token: str | None) -> ListPage: ...

    def get_message(self, gmail_id: GmailId) -> GmailMessage: ...

    def get_thread(self, thread_id: ThreadId) -> tuple[GmailMessage, ...]: ...

    def list_history(self, start: HistoryId, page_token: str | None) -> HistoryPage: ...


@dataclass(frozen=True, slots=True)
class Step:
    """What was fetched, and how to write it. `apply` runs in the caller's transaction and does not commit."""

    apply: Callable[[Session], Ingested]
