"""The way of a request: who asks, which call it is, may they, is there quota, does a fault happen, the answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gmail_emulator import calls, listings
from gmail_emulator.account import Account
from gmail_emulator.answers import (
    Answer,
    Dropped,
    Refused,
    Request,
    error_answer,
    refuse,
)
from gmail_emulator.faults import Fault, Faults
from gmail_emulator.house import Asked, House
from gmail_emulator.meter import Meter
from gmail_emulator.oauth import READ_SCOPE, SEND_SCOPE, Grants

Handler = Callable[[Asked], Answer]
_READ: Final = (READ_SCOPE,)


@dataclass(frozen=True, slots=True)
class Call:
    """An API call: its price in units, its handler, and the scopes of which one must be granted."""

    name: str
    units: int
    handle: Handler
    scopes: tuple[str, ...] = _READ
    empty: Handler | None = None


ROUTES: Final = {
    ("GET", "profile"): Call("getProfile", 1, calls.get_profile),
    ("GET", "messages"): Call("messages.list", 5, listings.list_messages, empty=listings.empty_listing),
    ("GET", "messages/*"): Call("messages.get", 20, calls.get_message),
    ("GET", "messages/*/attachments/*"): Call("attachments.get", 20, calls.get_attachment),
    ("GET", "threads"): Call("threads.list", 10, listings.list_threads, empty=listings.empty_listing),
    ("GET", "threads/*"): Call("threads.get", 40, calls.get_thread),
    ("GET", "history"): Call("history.list", 2, listings.list_history, empty=listings.empty_history),
    ("GET", "labels"): Call("labels.list", 1, calls.list_labels),
    ("GET", "labels/*"): Call("labels.get", 1, calls.get_label),
    ("POST", "messages/send"): Call("messages.send", 100, calls.send_message, (SEND_SCOPE,)),
    ("POST", "watch"): Call("watch", 100, calls.watch),
}

_PREFIX: Final = "/gmail/v1/users/"
_QUOTA_TEXT: Final = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per {}' of service 'gmail.googleapis.com'."


class Api:
    """Answers API requests. `throttle_status` is how a full quota is told: 429, or 403."""

    def __init__(
        self, accounts: dict[str, Account], grants: Grants, faults: Faults, project: Meter, house: House
    ) -> None:
        self.house = house
        self.throttle_status = 429
        self._accounts = accounts
        self._grants = grants
        self._faults = faults
        self._project = project

    def answer(self, request: Request, target: str) -> Answer:
        """The answer to a request below /gmail/v1/users/. Raises Dropped where the connection is to break."""
        try:
            account, granted = self._authenticate(request)
            account.requests += 1
            call, ids = self._route(request, account)
            fault = self._faults.pick(target, request.method, call.name, account.email)
            self._before(fault, account)
            if not set(call.scopes) & set(granted):
                raise refuse(
                    403, "Request had insufficient authentication scopes.", "insufficientPermissions"
                )
            self._bill(account, call)
            account.calls[call.name] += 1
            return self._do(call, account, request, ids, fault)
        except Refused as refused:
            return refused.answer

    def answer_fault(self, fault: Fault) -> Answer:
        """A fault at an address that is no API call. Raises Dropped where the connection is to break."""
        if fault.delay:
            time.sleep(fault.delay)
        if fault.drop:
            raise Dropped
        return _fault_answer(fault)

    def _authenticate(self, request: Request) -> tuple[Account, tuple[str, ...]]:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.find(token) if scheme == "Bearer" else None
        account = self._accounts.get(grant.email) if grant else None
        if grant is None or account is None:
            raise refuse(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, "
                "login cookie or other valid authentication credential.",
            )
        return account, grant.scopes

    def _route(self, request: Request, account: Account) -> tuple[Call, tuple[str, ...]]:
        user, _, rest = request.path.removeprefix(_PREFIX).partition("/")
        if user not in ("me", account.email):
            raise refuse(403, f"Delegation denied for {account.email}")
        pieces = rest.split("/")
        call = ROUTES.get((request.method, rest))
        if call is not None:
            return call, ()
        pattern = "/".join("*" if i % 2 else piece for i, piece in enumerate(pieces))
        call = ROUTES.get((request.method, pattern))
        if call is None:
            raise refuse(404, "Method not found.")
        return call, tuple(pieces[1::2])

    def _before(self, fault: Fault | None, account: Account) -> None:
        """What a fault does before anything is billed."""
        if fault is None:
            return
        if fault.delay:
            time.sleep(fault.delay)
        if fault.status in (401, 403, 429):
            account.refused += fault.status != 401
            raise Refused(_fault_answer(fault))

    def _bill(self, account: Account, call: Call) -> None:
        if not account.meter.has_room(call.units):
            raise self._throttled(account, "user")
        if not self._project.has_room(call.units):
            raise self._throttled(account, "project")
        account.meter.charge(call.units)
        self._project.charge(call.units)

    def _throttled(self, account: Account, whose: str) -> Refused:
        account.refused += 1
        return refuse(self.throttle_status, _QUOTA_TEXT.format(whose), "rateLimitExceeded")

    def _do(
        self, call: Call, account: Account, request: Request, ids: tuple[str, ...], fault: Fault | None
    ) -> Answer:
        if fault is not None:
            if fault.drop == "before":
                raise Dropped
            if fault.status is not None or fault.body is not None:
                return _fault_answer(fault)
        handle = call.empty if fault is not None and fault.empty_page and call.empty else call.handle
        with account.lock:
            answer = handle(Asked(account, request, self.house, ids))
        if fault is not None and fault.drop:
            raise Dropped(answer.body if fault.drop == "halfway" else b"")
        return answer


def _fault_answer(fault: Fault) -> Answer:
    if fault.body is not None:
        return Answer(fault.status or 200, fault.body)
    status = fault.status or 500
    return error_answer(status, fault.message or "A fault on order.", fault.reason, fault.retry_after)
