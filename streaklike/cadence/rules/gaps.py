"""How long somebody usually lets pass: gaps between instants, and what share of them is shorter (R48's `rhythm`)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from streaklike.cadence.model.history import CC, INBOUND, OUTBOUND, TO, WROTE, Entry
from streaklike.instants import DAY

ENOUGH: Final = 5
"""Fewer samples say nothing about anybody."""
USUAL_SHARE: Final = 0.9


def begin_runs(instants: Iterable[int], *, within: int = DAY) -> list[int]:
    """The first of each run: what follows another within a day adds to the same word."""
    runs: list[int] = []
    last: int | None = None
    for instant in instants:
        if last is None or instant - last > within:
            runs.append(instant)
        last = instant
    return runs


def gaps_between(instants: Sequence[int]) -> list[int]:
    """The gaps between neighbours, in milliseconds."""
    return [later - earlier for earlier, later in pairwise(instants)]


def quantile(values: Iterable[int], share: float) -> int:
    """The value below which `share` of them lie, between two where it falls there. There must be one at least."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below))


def own_gap_days(entries: Iterable[Entry]) -> float | None:
    """The days within which nine in ten of the person's mails follow the one before; None below five gaps."""
    written = [entry.at for entry in entries if entry.role in WROTE and entry.effect == INBOUND]
    gaps = gaps_between(begin_runs(written))
    return round(quantile(gaps, USUAL_SHARE) / DAY, 1) if len(gaps) >= ENOUGH else None


def is_theirs(entry: Entry) -> bool:
    """Whether they wrote it, by a form too."""
    return entry.effect == INBOUND and entry.role in WROTE


def is_to_them(entry: Entry) -> bool:
    """Whether it is mail of ours that they stand on openly."""
    return entry.effect == OUTBOUND and entry.role in (TO, CC)


def list_waits(
    entries: Iterable[Entry], begins: Callable[[Entry], bool], ends: Callable[[Entry], bool]
) -> list[tuple[int, int]]:
    """From the first that begins a wait to the first after it that ends it, by conversation."""
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
    """How long each answer of theirs took: from our first mail that they had not answered to theirs, by conversation."""
    return [end - start for start, end in list_waits(entries, is_to_them, is_theirs)]
