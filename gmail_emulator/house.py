"""What a call is answered by: the server's rules, and what was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from gmail_emulator.account import Account
from gmail_emulator.answers import Request


@dataclass(frozen=True, slots=True)
class House:
    """The server's ways. `post` takes a sent mail to the accounts it is addressed to."""

    history_page_size: int
    history_ids_only: bool
    now_ms: Callable[[], int]
    post: Callable[[Account, bytes], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to be answered: by whom, how, under which rules, with the ids in its path."""

    account: Account
    request: Request
    house: House
    ids: tuple[str, ...]
