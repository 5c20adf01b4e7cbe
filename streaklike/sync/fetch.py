"""Fetching what a plan names, a page at a time."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from streaklike.gmail.errors import MessageGone
from streaklike.gmail.types import GmailId, GmailMessage
from streaklike.sync.ingest import Fetched, read_message
from streaklike.sync.pages import Gmail
from streaklike.sync.plan import Fetch

PAGE_MESSAGES = 200
PAGE_SECONDS = 3.0
"""A page is written when it holds this many messages or took this long: what was paid for is soon safe."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """Messages read, and wanted ids that are gone."""

    fetched: tuple[Fetched, ...]
    gone: tuple[GmailId, ...]


def iter_pages(gmail: Gmail, fetches: Iterable[Fetch]) -> Iterator[FetchedPage]:
    """Fetch in the order given; a message that is gone is told, never an error."""
    fetched: list[Fetched] = []
    gone: list[GmailId] = []
    began = time.monotonic()
    for fetch in fetches:
        messages = _fetch(gmail, fetch)
        fetched.extend(read_message(message) for message in messages)
        brought = {message.id for message in messages}
        gone.extend(gmail_id for gmail_id in fetch.wanted if gmail_id not in brought)
        if len(fetched) >= PAGE_MESSAGES or time.monotonic() - began > PAGE_SECONDS:
            yield FetchedPage(tuple(fetched), tuple(gone))
            fetched, gone, began = [], [], time.monotonic()
    if fetched or gone:
        yield FetchedPage(tuple(fetched), tuple(gone))


def _fetch(gmail: Gmail, fetch: Fetch) -> Sequence[GmailMessage]:
    try:
        if fetch.is_whole:
            return gmail.get_thread(fetch.thread_id)
        return [gmail.get_message(fetch.wanted[0])]
    except MessageGone:
        return ()
