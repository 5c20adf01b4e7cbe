"""Amounts as people read them."""

from decimal import Decimal, InvalidOperation


def format_amount(amount: str, currency: str = "") -> str:
    """`36,000 TWD` for an amount such as `36000`; what is no number as it was written, and nothing where there is none."""
    if not amount:
        return ""
    try:
        number = Decimal(amount)
    except InvalidOperation:
        return f"{amount} {currency}".strip()
    return f"{number:,f} {currency}".strip()
