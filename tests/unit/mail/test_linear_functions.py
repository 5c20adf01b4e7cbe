"""Q10: no function that reads mail takes more than time in proportion to what a stranger may write into it."""

import pytest

from streaklike.mail.addresses import MAX_ADDRESSES, parse_address_list
from tests.unit.mail.growth import assert_linear
from tests.unit.mail.hostile_functions import TARGETS, slowest

SIZE = 2_000


def assert_function_is_linear(name: str, *, size: int = 8 * SIZE, too_short: float = 0.01) -> None:
    for _, piece, make in slowest(name, SIZE, most=2):
        assert_linear(TARGETS[name], make, size, f"{name} of {piece!r}", too_short=too_short)


@pytest.mark.parametrize("name", TARGETS)
def test_Q10_every_function_is_linear(name: str) -> None:
    assert_function_is_linear(name)


def test_Q10_ten_thousand_recipients_are_read_and_no_million() -> None:
    people = [f'"Chen, An {number}" <an.{number}@donor.example>' for number in range(10_000)]
    assert len(parse_address_list(", ".join(people))) == len(people)
    assert len(parse_address_list("a@b," * 50_000)) == MAX_ADDRESSES
    assert parse_address_list("," * 1_000_000) == ()


def test_Q10_a_function_that_is_not_linear_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def count_pairs(text: str) -> int:
        return sum(text.count(text[at : at + 3], at) for at in range(len(text)))

    monkeypatch.setitem(TARGETS, "pairs", count_pairs)
    with pytest.raises(AssertionError, match="characters and"):
        assert_function_is_linear("pairs", size=SIZE, too_short=0)
