"""Ranks: numbers that order the boxes of a stage, with room between them for one more."""

GAP = 1024.0


def rank_between(low: float | None, high: float | None) -> float | None:
    """A rank between two neighbours, either of whom may be missing; None where there is no room left."""
    if low is None:
        return 0.0 if high is None else high - GAP
    if high is None:
        return low + GAP
    middle = (low + high) / 2
    return middle if low < middle < high else None


def spread_ranks(count: int) -> list[float]:
    """Ranks for so many boxes, evenly apart."""
    return [place * GAP for place in range(count)]
