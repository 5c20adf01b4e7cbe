"""Tokens in links of a digest: a few whole numbers, and our mark over them, their purpose and a member's address.

A token allows one action and nothing else; whoever holds it needs no session. Whether what it names still holds is for
the caller to look up, since a number that was given anew means somebody else.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

MARK_BYTES: Final = 20
NUMBER_BYTES: Final = 8


def sign(secret: str, purpose: bytes, numbers: tuple[int, ...], email: str) -> str:
    """The token for this purpose, these numbers (0 to 2**63 - 1) and this member's address."""
    mark = make_mark(secret, purpose, " ".join((*map(str, numbers), email)))
    raw = b"".join(number.to_bytes(NUMBER_BYTES, "big") for number in numbers) + mark
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def read_numbers(token: str, count: int) -> tuple[int, ...] | None:
    """What a token says, signed or not; None for what is no token of so many numbers."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != count * NUMBER_BYTES + MARK_BYTES:
        return None
    parts = (raw[start : start + NUMBER_BYTES] for start in range(0, count * NUMBER_BYTES, NUMBER_BYTES))
    numbers = tuple(int.from_bytes(part, "big") for part in parts)
    return numbers if all(number < 2**63 for number in numbers) else None


def is_signed(secret: str, purpose: bytes, token: str, numbers: tuple[int, ...], email: str) -> bool:
    """Whether this very token was signed by us for the purpose."""
    expected = sign(secret, purpose, numbers, email)
    return hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))


def make_mark(secret: str, purpose: bytes, text: str) -> bytes:
    """A mark over a text that nobody without the secret can make; each purpose has a key of its own."""
    key = hmac.digest(secret.encode(), purpose, hashlib.sha256)
    return hmac.digest(key, text.encode(), hashlib.sha256)[:MARK_BYTES]
