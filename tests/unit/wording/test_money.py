import pytest

from streaklike.wording.money import format_amount


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("36000", "TWD", "36,000 TWD"),
        ("1200.50", "USD", "1,200.50 USD"),
        ("500", "", "500"),
        ("", "TWD", ""),
        ("a bag of rice", "", "a bag of rice"),
    ],
)
def test_an_amount_is_told_with_its_thousands(amount: str, currency: str, told: str) -> None:
    assert format_amount(amount, currency) == told
