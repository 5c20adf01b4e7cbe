"""The addresses in a digest: pages of the app, and the signed link that pauses one member's digest."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

PAUSE: Final = b"digest-pause"
IDENTITY: Final = b"digest-message-id"
MARK_BYTES: Final = 20


@dataclass(frozen=True, slots=True)
class Links:
    """Makes every link of a digest out of the app's public address alone (Q34)."""

    public_url: str
    pause_token: str

    def to(self, path: str) -> str:
        """The address of a page of the app."""
        return self.public_url.rstrip("/") + path

    @property
    def pause(self) -> str:
        """Where one click pauses this digest."""
        return self.to(f"/digest/pause/{self.pause_token}")


def sign_pause(secret: str, user_id: int, email: str) -> str:
    """The token by which whoever holds it may pause this member's digest, and do nothing else."""
    mark = _mark(secret, PAUSE, f"{user_id} {email}")
    return base64.urlsafe_b64encode(user_id.to_bytes(8, "big") + mark).decode("ascii").rstrip("=")


def read_pause_token(token: str) -> int | None:
    """Whose digest a token speaks of; whether it may is for `is_pause_token` to say. None for what is no token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    user_id = int.from_bytes(raw[:8], "big")
    return user_id if len(raw) == 8 + MARK_BYTES and user_id < 2**63 else None


def is_pause_token(secret: str, token: str, user_id: int, email: str) -> bool:
    """Whether we signed this token for this member."""
    expected = sign_pause(secret, user_id, email)
    return hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace"))


def make_message_id(secret: str, *, email: str, kind: str, day: str, domain: str) -> str:
    """The Message-ID of one digest, without its brackets: always the same, and not to be guessed from outside."""
    mark = _mark(secret, IDENTITY, f"{email} {kind} {day}").hex()
    return f"digest.{kind}.{day}.{mark}@{domain}"


def _mark(secret: str, purpose: bytes, text: str) -> bytes:
    key = hmac.digest(secret.encode(), purpose, hashlib.sha256)
    return hmac.digest(key, text.encode(), hashlib.sha256)[:MARK_BYTES]
