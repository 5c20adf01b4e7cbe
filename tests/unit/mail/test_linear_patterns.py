"""Q10: no pattern takes more than time in proportion to a text made to slow it; a new pattern is walked by itself."""

import math
import re

import pytest

from tests.unit.mail.growth import WORTH_A_LOOK, assert_linear
from tests.unit.mail.hostile_patterns import Probe, iter_probes, list_unseen_calls, run, slowest_texts

SIZE = 1_500
PROBES = {probe.name: probe for probe in iter_probes()}
QUADRATIC = [
    r"<(script|style|head|title)\b[^>]*>.*?</\1",
    r"\s+$",
    r"\s*(?:類別|分類)$",
    r"[a-z]+@",
    r"<!--.*?-->",
    r"(?:a|b)+c",
]
EXPONENTIAL = [r"(?:a+)+$", r"(?:a|a)*b", r"(?:\w+\s*)*:", r"^(?:[^:,]*,?)*:$"]


def assert_pattern_is_linear(
    probe: Probe, *, size: int = SIZE, times: int = 8, too_short: float = 0.01
) -> None:
    for spent, make in slowest_texts(probe, size, most=1):
        assert spent < math.inf, f"{probe.name} runs away: {make(60)!r}"
        if spent >= WORTH_A_LOOK:
            assert_linear(lambda text: run(probe, text), make, times * size, probe.name, too_short=too_short)


def test_Q10_there_are_patterns_to_walk() -> None:
    assert len(PROBES) > 100
    assert list_unseen_calls() == ["streaklike.mail.bigrams.compile_term"]


@pytest.mark.parametrize("name", PROBES)
def test_Q10_every_pattern_is_linear(name: str) -> None:
    assert_pattern_is_linear(PROBES[name])


@pytest.mark.parametrize("pattern", [*QUADRATIC, *EXPONENTIAL])
def test_Q10_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    probe = Probe(pattern, re.compile(pattern, re.MULTILINE | re.DOTALL), is_anchored=False)
    with pytest.raises(AssertionError, match=r"characters and|runs away"):
        _measure_often(probe)


def _measure_often(probe: Probe) -> None:
    """A busy machine can hide the growth of one measurement; it does not hide it every time."""
    for _ in range(5):
        assert_pattern_is_linear(probe, times=1, too_short=0)
