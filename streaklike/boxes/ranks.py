"""Ranks: floats that order the boxes of a stage, with gaps so that one more fits between two."""

GAP = 1024.0


def rank_between(low: float | None, high: float | None) -> float | None:
    """Return a rank between two neighbours, either of which may be missing; None if no float fits between."""
    if low is None:
        return 0.0 if high is None else high - GAP
    if high is None:
        return low + GAP
    # When floats run out, the middle equals one of its neighbours.
    middle = (low + high) / 2
    return middle if low < middle < high else None


def spread_ranks(count: int) -> list[float]:
    """Return `count` evenly spaced ranks."""
    return [index * GAP for index in range(count)]
