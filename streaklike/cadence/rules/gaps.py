"""Usual gaps between somebody's messages, and quantiles of them (R48's `rhythm`)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from streaklike.cadence.model.history import CC, INBOUND, OUTBOUND, TO, WROTE, Entry
from streaklike.instants import DAY

ENOUGH: Final = 5
"""Fewer samples are not representative."""
USUAL_SHARE: Final = 0.9


def begin_runs(instants: Iterable[int], *, within: int = DAY) -> list[int]:
    """Return the first instant of each run; what follows another within a day belongs to the same run."""
    runs: list[int] = []
    last: int | None = None
    for instant in instants:
        if last is None or instant - last > within:
            runs.append(instant)
        last = instant
    return runs


def gaps_between(instants: Sequence[int]) -> list[int]:
    """Return the gaps between neighbours, in milliseconds."""
    return [later - earlier for earlier, later in pairwise(instants)]


def quantile(values: Iterable[int], share: float) -> int:
    """Return the quantile by linear interpolation. `values` must not be empty."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (position - below))


def own_gap_days(entries: Iterable[Entry]) -> float | None:
    """Return the days within which nine in ten of the person's mails follow the previous one; None below five gaps."""
    written = [entry.at for entry in entries if entry.role in WROTE and entry.effect == INBOUND]
    gaps = gaps_between(begin_runs(written))
    return round(quantile(gaps, USUAL_SHARE) / DAY, 1) if len(gaps) >= ENOUGH else None


def is_theirs(entry: Entry) -> bool:
    """Return whether they wrote it, including by form."""
    return entry.effect == INBOUND and entry.role in WROTE


def is_to_them(entry: Entry) -> bool:
    """Return whether it is our mail with them in To or Cc."""
    return entry.effect == OUTBOUND and entry.role in (TO, CC)


def list_waits(
    entries: Iterable[Entry], begins: Callable[[Entry], bool], ends: Callable[[Entry], bool]
) -> list[tuple[int, int]]:
    """Return (start, end) of each wait, per conversation.

    A wait lasts from the first entry that begins it to the first that ends it, both as instants.
    """
    waiting: dict[int, int] = {}
    waits = []
    for entry in entries:
        if begins(entry):
            waiting.setdefault(entry.conversation_id, entry.at)
        elif ends(entry):
            began_at = waiting.pop(entry.conversation_id, None)
            if began_at is not None:
                waits.append((began_at, entry.at))
    return waits


def list_reply_gaps(entries: Iterable[Entry]) -> list[int]:
    """Return how long each of their answers took, from our first unanswered mail to theirs, per conversation."""
    return [end - start for start, end in list_waits(entries, is_to_them, is_theirs)]
