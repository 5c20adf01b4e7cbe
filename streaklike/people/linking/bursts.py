"""Bulk detection: one body to many people within the hour (R32). Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with its body hash, author, instant and outside recipients."""

    id: int
    author_id: int | None
    body_hash: str
    at: int
    recipients: frozenset[int]


def find_bursts(sent: Iterable[Sent], *, window: int, many: int) -> set[int]:
    """Return messages within any window (ms, inclusive) of one author and body with over `many` distinct recipients."""
    found: set[int] = set()
    ordered = sorted(sent, key=lambda one: (one.author_id or 0, one.body_hash, one.at))
    for _, run in groupby(ordered, key=lambda one: (one.author_id, one.body_hash)):
        found |= _find_in_run(list(run), window, many)
    return found


def _find_in_run(run: Sequence[Sent], window: int, many: int) -> set[int]:
    found: set[int] = set()
    inside: Counter[int] = Counter()
    # A sliding window over the sorted run, counting recipients; `marked` keeps it linear by adding each
    # message once.
    end = marked = 0
    for start, first in enumerate(run):
        while end < len(run) and run[end].at - first.at <= window:
            inside.update(run[end].recipients)
            end += 1
        if len(inside) > many:
            found.update(one.id for one in run[max(start, marked) : end])
            marked = end
        _remove(inside, first.recipients)
    return found


def _remove(inside: Counter[int], recipients: Iterable[int]) -> None:
    for person in recipients:
        inside[person] -= 1
        if not inside[person]:
            del inside[person]
