"""The server: accounts, quotas, faults, behind one address on loopback."""

import random
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from gmail_emulator.account import Account
from gmail_emulator.answers import Answer, Request, error_answer
from gmail_emulator.api import Api
from gmail_emulator.batch import answer_batch
from gmail_emulator.faults import TOKEN_CALL, Faults
from gmail_emulator.house import House
from gmail_emulator.joining import read_head
from gmail_emulator.meter import Meter
from gmail_emulator.oauth import Grants
from gmail_emulator.wire import Wire


class GmailServer:
    """A Gmail API server; a context manager that answers while it is open.

    `units_per_minute` and `project_units_per_minute` are enforced in a sliding 60 s, 0 lifts them; units are counted
    anyhow. `throttle_status` is 429 or 403. `history_page_size` caps a page of history, `history_ids_only` leaves
    labels out of its records. `clock` (seconds) meters and ages tokens, `wall_clock` dates new mail. Equal `seed`s
    give equal ids and equal chance.
    """

    def __init__(
        self,
        *,
        units_per_minute: int = 6000,
        project_units_per_minute: int = 0,
        throttle_status: int = 429,
        history_page_size: int = 500,
        history_ids_only: bool = False,
        port: int = 0,
        seed: int = 1,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.accounts: dict[str, Account] = {}
        self.faults = Faults(seed)
        self.project = Meter(project_units_per_minute, clock)
        self._units_per_minute = units_per_minute
        self._clock = clock
        self._wall_clock = wall_clock
        self._rng = random.Random(seed)
        self.grants = Grants(random.Random(seed), clock, lambda: self.url)
        house = House(history_page_size, history_ids_only, lambda: int(wall_clock() * 1000), self._post)
        self._api = Api(self.accounts, self.grants, self.faults, self.project, house)
        self._api.throttle_status = throttle_status
        self._wire = Wire(self._answer, port)
        self.url = f"http://127.0.0.1:{self._wire.port}"

    def add_account(self, email: str, *, units_per_minute: int | None = None) -> Account:
        """A new, empty mailbox, under the server's limit of units or one of its own."""
        if email in self.accounts:
            raise ValueError(f"{email} has an account already.")
        limit = self._units_per_minute if units_per_minute is None else units_per_minute
        account = Account(
            email,
            meter=Meter(limit, self._clock),
            grants=self.grants,
            rng=random.Random(self._rng.random()),
            wall_clock=self._wall_clock,
        )
        self.accounts[email] = account
        return account

    def rename_account(self, old: str, new: str) -> None:
        """Give an account another address, as a Workspace admin does: its mail, ids and consents stay."""
        account = self.accounts.pop(old)
        account.email = new
        self.accounts[new] = account
        self.grants.rename(old, new)

    def client_secrets(self) -> dict[str, Any]:
        """The client-secrets JSON of an app that this server knows."""
        return self.grants.client_secrets()

    @property
    def token_calls(self) -> int:
        """Calls to the token endpoint with a refresh token that this server gave out."""
        return self.grants.token_calls.total()

    def drop_connections(self) -> None:
        """Breaks every open connection; the next request needs a new one."""
        self._wire.drop_connections()

    def start(self) -> Self:
        """Begins to answer."""
        self._wire.start()
        return self

    def close(self) -> None:
        """Ends."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, request: Request, target: str) -> Answer:
        path = request.path
        if path.startswith("/gmail/v1/users/"):
            return self._api.answer(request, target)
        if path in ("/batch", "/batch/gmail/v1") and request.method == "POST":
            return answer_batch(request, self._api.answer)
        return self._answer_oauth(request, target)

    def _answer_oauth(self, request: Request, target: str) -> Answer:
        fault = self.faults.pick(target, request.method, TOKEN_CALL, "")
        if fault is not None:
            return self._api.answer_fault(fault)
        if request.path == "/token" and request.method == "POST":
            return self.grants.token(request)
        if request.path == "/o/oauth2/auth":
            return self.grants.consent(request)
        return error_answer(404, "The requested URL was not found on this server.")

    def _post(self, sender: Account, mime: bytes) -> None:
        """Takes a sent mail to the accounts in its To, Cc and Bcc; the Bcc line stays with the sender."""
        head = read_head(mime)
        addressed = f"{head.to},{head.cc},{head.bcc}".lower()
        for account in self._addressees(addressed):
            if account is not sender:
                account.deliver(_without_bcc(mime), label_ids=["INBOX", "UNREAD"])

    def _addressees(self, addressed: str) -> Iterable[Account]:
        return [account for email, account in self.accounts.items() if email.lower() in addressed]


def _without_bcc(mime: bytes) -> bytes:
    head, blank, body = mime.partition(b"\r\n\r\n" if b"\r\n\r\n" in mime else b"\n\n")
    kept: list[bytes] = []
    is_bcc = False
    for line in head.splitlines(keepends=True):
        is_bcc = (is_bcc and line[:1] in b" \t") or line.lower().startswith(b"bcc:")
        if not is_bcc:
            kept.append(line)
    return b"".join(kept).rstrip(b"\r\n") + blank + body
