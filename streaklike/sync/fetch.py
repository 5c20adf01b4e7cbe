"""Fetching what a plan names, a page at a time."""

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
"""A page is written when it holds this many messages or took this long: what was paid for is soon safe."""

OUTAGE_FAILURES = 3
"""So many calls in a row that Gmail failed, each after all its attempts, are an outage."""

OTHER_ANSWER = "OtherAnswer"
"""The fault of a mail for which Gmail gave another's answer."""

_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)
"""What reading an answer of the wrong shape raises."""


def iter_pages(gmail: Gmail, fetches: Iterable[Fetch]) -> Iterator[FetchedPage]:
    """Fetch in the order given.

    What is gone or cannot be read stops nothing, nor do single calls that Gmail keeps failing. Any other failure
    is raised after the page that was read before it; so is Stopped.
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
            yield page  # it is paid for
            raise
        if len(page.fetched) >= PAGE_MESSAGES or time.monotonic() - began > PAGE_SECONDS:
            yield page
            page, began = FetchedPage(), time.monotonic()
    if page.fetched or page.missing:
        yield page


def set_aside(item: Fetched, fault: Exception) -> Fetched:
    """The same message as one that cannot be kept (Q10)."""
    return Fetched(
        item.gmail_id, item.thread_id, item.label_ids, item.at, None, "set_aside", name_fault(fault)
    )


def _fetch(gmail: Gmail, fetch: Fetch, page: FetchedPage) -> None:
    """A thread that is not given whole is asked for message by message."""
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
    """One message; where the answer is another or none, it is asked for once more, then set aside (Q10)."""
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
