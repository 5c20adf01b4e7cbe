"""Plan what to fetch at the lowest cost in quota units. Pure.

messages.get costs 20 units, threads.get 40 whatever its size. A new thread of one is fetched as a message,
one of two or more as a thread. A thread with messages already stored is fetched whole only if that saves
units: from three wanted messages on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from streaklike.gmail.types import GmailId, ThreadId

MESSAGE_UNITS = 20
THREAD_UNITS = 40
LIST_UNITS = 5
LIST_PAGE_SIZE = 500


@dataclass(frozen=True, slots=True)
class Fetch:
    """One API call: a whole thread, or one wanted message of it."""

    thread_id: ThreadId
    wanted: tuple[GmailId, ...]
    is_whole: bool

    @property
    def units(self) -> int:
        return THREAD_UNITS if self.is_whole else MESSAGE_UNITS


def plan_fetches(
    wanted: Iterable[tuple[GmailId, ThreadId]], *, stored_in_thread: Mapping[ThreadId, int] | None = None
) -> list[Fetch]:
    """Return the cheapest calls that fetch every wanted message, in order of first appearance of the threads.

    `stored_in_thread` counts the messages of a thread that are stored already and would be fetched
    needlessly.
    """
    threads: dict[ThreadId, list[GmailId]] = {}
    for gmail_id, thread_id in wanted:
        threads.setdefault(thread_id, []).append(gmail_id)
    stored = stored_in_thread or {}
    return [
        fetch
        for thread_id, ids in threads.items()
        for fetch in _fetch_thread(thread_id, ids, is_new=not stored.get(thread_id))
    ]


def _fetch_thread(thread_id: ThreadId, ids: Sequence[GmailId], *, is_new: bool) -> list[Fetch]:
    one_by_one = MESSAGE_UNITS * len(ids)
    if one_by_one > THREAD_UNITS or (is_new and one_by_one == THREAD_UNITS):
        return [Fetch(thread_id, tuple(ids), is_whole=True)]
    return [Fetch(thread_id, (gmail_id,), is_whole=False) for gmail_id in ids]


def lower_bound_units(messages_per_thread: Iterable[int]) -> int:
    """Minimum cost in units of a full sync: listing every id, then the cheaper call for each thread."""
    sizes = list(messages_per_thread)
    pages = -(-sum(sizes) // LIST_PAGE_SIZE)
    return LIST_UNITS * pages + sum(min(MESSAGE_UNITS * size, THREAD_UNITS) for size in sizes)
