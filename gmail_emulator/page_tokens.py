"""Page tokens: opaque, bound to the question they continue, and refused where they were not given out."""

import base64
import binascii
import hashlib

from gmail_emulator.answers import refuse


def make_token(secret: str, question: str, position: str) -> str:
    """A token that continues `question` at `position`."""
    check = _check(secret, question, position)
    return base64.urlsafe_b64encode(f"{check}.{position}".encode()).decode().rstrip("=")


def read_token(secret: str, question: str, token: str) -> str:
    """The position in a token. Raises Refused (400) where it is not ours, or continues another question."""
    try:
        check, _, position = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(".")
    except (ValueError, binascii.Error):
        raise refuse(400, "Invalid pageToken") from None
    if check != _check(secret, question, position):
        raise refuse(400, "Invalid pageToken")
    return position


def _check(secret: str, question: str, position: str) -> str:
    return hashlib.blake2b(f"{secret}|{question}|{position}".encode(), digest_size=6).hexdigest()
