"""Rolling windows over weights: what counts now, since when the limit is reached, and when it frees again."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

PRECISION = 6
"""Decimals compared: weights are sums of settings such as 0.1."""


class Window(NamedTuple):
    """The window at an instant.

    `start` is the index of the first entry that counts.

    `since_at` is when the limit was last reached (None: it is not), `frees_at` when it will no longer be.
    """

    start: int
    total: float
    since_at: int | None
    frees_at: int | None


def look(weighed: Sequence[tuple[int, float]], *, span_ms: int, limit: float, now: int) -> Window:
    """Return the window of `span_ms` up to `now` over (instant, weight), oldest first.

    An entry leaves at exactly `span_ms`.
    """
    start = len(weighed)
    total = 0.0
    while start and weighed[start - 1][0] > now - span_ms:
        start -= 1
        total += weighed[start][1]
    total = round(total, PRECISION)
    if total < limit or start == len(weighed):
        return Window(start, total, None, None)
    return Window(
        start, total, _reached_at(weighed, span_ms, limit), _frees_at(weighed[start:], span_ms, total, limit)
    )


def _reached_at(weighed: Sequence[tuple[int, float]], span_ms: int, limit: float) -> int | None:
    """Return when the limit was last reached, replaying all entries in order.

    An entry arriving at the very instant another leaves replaces it: the limit stays reached.
    """
    inside: deque[tuple[int, float]] = deque()
    total = 0.0
    since_at = last_at = None
    for at, weight in weighed:
        while inside and inside[0][0] < at - span_ms:
            total -= inside.popleft()[1]
        if at != last_at and round(total, PRECISION) < limit:
            since_at = None
        last_at = at
        while inside and inside[0][0] == at - span_ms:
            total -= inside.popleft()[1]
        inside.append((at, weight))
        total += weight
        if since_at is None and round(total, PRECISION) >= limit:
            since_at = at
    return since_at


def _frees_at(inside: Sequence[tuple[int, float]], span_ms: int, total: float, limit: float) -> int | None:
    for at, weight in inside:
        total = round(total - weight, PRECISION)
        if total < limit:
            return at + span_ms
    return None
