"""Q10: no pattern takes more than time in proportion to a text made to slow it; a new pattern is walked by itself."""

import re

import pytest

from tests.unit.mail.growth import WORTH_A_LOOK, assert_linear
from tests.unit.mail.hostile_patterns import Probe, iter_probes, list_unseen_calls, run, slowest_texts

SIZE = 4_000
PROBES = {probe.name: probe for probe in iter_probes()}
QUADRATIC = [
    r"<(script|style|head|title)\b[^>]*>.*?</\1",
    r"\s+$",
    r"\s*(?:類別|分類)$",
    r"[a-z]+@",
]


def test_Q10_there_are_patterns_to_walk() -> None:
    assert len(PROBES) > 100
    assert list_unseen_calls() == ["streaklike.mail.bigrams.compile_term"]


@pytest.mark.parametrize("name", PROBES)
def test_Q10_every_pattern_is_linear(name: str) -> None:
    probe = PROBES[name]
    for spent, make in slowest_texts(probe, SIZE):
        if spent >= WORTH_A_LOOK:
            assert_linear(lambda text: run(probe, text), make, 8 * SIZE, name)


@pytest.mark.parametrize("pattern", QUADRATIC)
def test_Q10_a_pattern_that_is_not_linear_is_found(pattern: str) -> None:
    probe = Probe(pattern, re.compile(pattern, re.MULTILINE), is_anchored=False)
    spent, make = slowest_texts(probe, SIZE)[0]
    assert spent >= WORTH_A_LOOK
    with pytest.raises(AssertionError, match="characters and"):
        assert_linear(lambda text: run(probe, text), make, SIZE, pattern, too_short=0)
