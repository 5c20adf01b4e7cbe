"""Fetch planned messages, one page at a time."""

import time
from collections.abc import Iterable, Iterator

from streaklike.gmail.errors import GmailError, GmailUnavailable, MessageGone, MessageUnreadable
from streaklike.gmail.types import GmailId, GmailMessage, ThreadId
from streaklike.stopping import Stopped
from streaklike.sync.ingest import Fetched, name_fault, read_message
from streaklike.sync.pages import FetchedPage, Gmail
from streaklike.sync.plan import Fetch

PAGE_MESSAGES = 200
PAGE_SECONDS = 3.0
"""A page is written at this many messages or after this long, so that little fetched work can be lost."""

OUTAGE_FAILURES = 3
"""Consecutive failed calls, each after all its retries, that count as an outage."""

OTHER_ANSWER = "OtherAnswer"
"""Fault of a message for which Gmail returned another one."""

_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)
"""Errors that a malformed API response can raise while it is parsed."""


def iter_pages(gmail: Gmail, fetches: Iterable[Fetch]) -> Iterator[FetchedPage]:
    """Fetch in the given order and yield pages.

    Messages that are gone or unreadable, and single calls that keep failing, are recorded in the page and do
    not stop the run. Any other GmailError, and Stopped, is raised after the page fetched before it was
    yielded.
    """
    page, began, failures = FetchedPage(), time.monotonic(), 0
    for fetch in fetches:
        try:
            _fetch(gmail, fetch, page)
            failures = 0
        except GmailError as error:
            failures += 1
            _miss(page, fetch, fetch.wanted)
            if failures == OUTAGE_FAILURES or not isinstance(error, GmailUnavailable):
                yield page
                raise
        except Stopped:
            yield page  # its quota is spent already
            raise
        if len(page.fetched) >= PAGE_MESSAGES or time.monotonic() - began > PAGE_SECONDS:
            yield page
            page, began = FetchedPage(), time.monotonic()
    if page.fetched or page.missing:
        yield page


def set_aside(item: Fetched, fault: Exception) -> Fetched:
    """Return the message as one that is quarantined because of `fault` (Q10)."""
    return Fetched(
        item.gmail_id, item.thread_id, item.label_ids, item.at, None, "set_aside", name_fault(fault)
    )


def _fetch(gmail: Gmail, fetch: Fetch, page: FetchedPage) -> None:
    """Fetch a thread; request individually whatever the thread response lacks."""
    messages = _get_thread(gmail, fetch.thread_id) if fetch.is_whole else ()
    page.fetched.extend(read_message(message) for message in messages)
    brought = {message.id for message in messages}
    for gmail_id in fetch.wanted:
        if gmail_id in brought:
            continue
        try:
            page.fetched.append(_get_message(gmail, gmail_id, fetch.thread_id))
        except MessageGone:
            _miss(page, fetch, [gmail_id])
            page.gone.add(gmail_id)


def _get_thread(gmail: Gmail, thread_id: ThreadId) -> tuple[GmailMessage, ...]:
    try:
        messages = gmail.get_thread(thread_id)
    except (MessageGone, MessageUnreadable, *_MALFORMED):
        return ()
    return tuple(message for message in messages if message.thread_id == thread_id)


def _get_message(gmail: Gmail, gmail_id: GmailId, thread_id: ThreadId) -> Fetched:
    """Fetch one message. A wrong or malformed response is retried once, then quarantined (Q10)."""
    fault = OTHER_ANSWER
    for _ in range(2):
        try:
            message = gmail.get_message(gmail_id)
            if message.id == gmail_id:
                return read_message(message)
        except MessageUnreadable as error:
            fault = name_fault(error)
            break
        except _MALFORMED as error:
            fault = name_fault(error)
            continue
    return Fetched(gmail_id, thread_id, None, 0, None, "set_aside", fault)


def _miss(page: FetchedPage, fetch: Fetch, gmail_ids: Iterable[GmailId]) -> None:
    page.missing.extend((gmail_id, fetch.thread_id) for gmail_id in gmail_ids)
