"""Whether a call takes time in proportion to its input: compared between sizes, in processor time, never with a clock.

A call that takes the square of its size takes sixteen times as long for four times the input, a linear one four times.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

WORTH_A_LOOK: Final = 0.002
"""Seconds for 1,500 characters; what takes less is looked at no further: the square of 1,500 steps takes longer."""

_TOO_SHORT: Final = 0.01
"""Seconds that are too few to be compared."""

_RATIO: Final = 9.0
_ROUNDS: Final = 2
_HANGING: Final = 60.0


class RanAway(Exception):
    """A call took longer than any linear one could."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise RanAway inside of the block after so many seconds of this process's own processor time."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise RanAway(f"more than {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def processor_time(call: Callable[[], object]) -> float:
    """Seconds of processor time that the call takes. Raises RanAway where it seems to hang."""
    with limited(_HANGING):
        before = time.process_time()
        call()
        return time.process_time() - before


def hostile_text(start: str, unit: str, end: str) -> Callable[[int], str]:
    """What makes texts of a given length: the start, the unit over and over, and the end."""
    return lambda size: start + unit * ((size - len(start) - len(end)) // len(unit)) + end


def assert_linear(
    call: Callable[[str], object],
    make: Callable[[int], str],
    size: int,
    name: str,
    *,
    too_short: float = _TOO_SHORT,
) -> None:
    """Fail where four times the input takes far more than four times as long. Small times are not compared."""
    small, large = make(size), make(4 * size)
    short = min(processor_time(lambda: call(small)) for _ in range(_ROUNDS))
    if short < too_short:
        return
    for _ in range(_ROUNDS):
        long = processor_time(lambda: call(large))
        if long < _RATIO * short:
            return
    raise AssertionError(
        f"{name}: {short:.3f} s for {size} characters and {long:.3f} s for {4 * size}, "
        f"such as {small[:60]!r} … {small[-10:]!r}"
    )
