"""The addresses in a digest: pages of the app, and the signed links that pause it or take somebody on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from streaklike.digest.signing import is_signed, make_mark, read_numbers, sign
from streaklike.instants import DAY

PAUSE: Final = b"digest-pause"
TAKE: Final = b"digest-take"
IDENTITY: Final = b"digest-message-id"
TAKE_LASTS: Final = 7 * DAY


class Take(NamedTuple):
    """What a link to take somebody on names: the member, the person (a root), and what waited there.

    `conversation_id` is 0 where what waits was logged and stands in no conversation. Instants in milliseconds.
    """

    user_id: int
    contact_id: int
    conversation_id: int
    waiting_since_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Links:
    """Makes every link of a digest out of the app's public address alone (Q34); None throughout where none is set.

    `sign_take` makes the token for a person, a conversation and since when it waits.
    """

    public_url: str
    pause_token: str
    sign_take: Callable[[int, int, int], str] | None = None

    def to(self, path: str) -> str | None:
        """The address of a page of the app."""
        return self.public_url.rstrip("/") + path if self.public_url else None

    @property
    def pause(self) -> str | None:
        """Where one click pauses this digest."""
        return self.to(f"/digest/pause/{self.pause_token}")

    def take(self, contact_id: int, conversation_id: int, waiting_since_at: int) -> str | None:
        """Where the reader takes on what waits with a person."""
        if self.sign_take is None:
            return None
        return self.to(f"/digest/take/{self.sign_take(contact_id, conversation_id, waiting_since_at)}")


def sign_take(secret: str, take: Take, email: str) -> str:
    """The token by which whoever holds it may take this on in the member's name, and do nothing else."""
    return sign(secret, TAKE, tuple(take), email)


def read_take_token(token: str) -> Take | None:
    """What a token speaks of; whether we signed it is for `is_take_token` to say. None for what is no token."""
    numbers = read_numbers(token, len(Take._fields))
    return Take(*numbers) if numbers is not None else None


def is_take_token(secret: str, token: str, take: Take, email: str) -> bool:
    """Whether we signed this token for this member."""
    return is_signed(secret, TAKE, token, tuple(take), email)


def sign_pause(secret: str, user_id: int, email: str) -> str:
    """The token by which whoever holds it may pause this member's digest, and do nothing else."""
    return sign(secret, PAUSE, (user_id,), email)


def read_pause_token(token: str) -> int | None:
    """Whose digest a token speaks of; whether it may is for `is_pause_token` to say. None for what is no token."""
    numbers = read_numbers(token, 1)
    return numbers[0] if numbers is not None else None


def is_pause_token(secret: str, token: str, user_id: int, email: str) -> bool:
    """Whether we signed this token for this member."""
    return is_signed(secret, PAUSE, token, (user_id,), email)


def make_message_id(secret: str, *, email: str, kind: str, day: str, domain: str) -> str:
    """The Message-ID of one digest, without its brackets: always the same, and not to be guessed from outside."""
    mark = make_mark(secret, IDENTITY, f"{email} {kind} {day}").hex()
    return f"digest.{kind}.{day}.{mark}@{domain}"
