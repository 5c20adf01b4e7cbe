"""Faults on order: what goes wrong, at which calls, how often."""

import random
import threading
from dataclasses import dataclass, field
from typing import Final, Literal

TOKEN_CALL: Final = "token"  # noqa: S105 - the name of a call


@dataclass(slots=True)
class Fault:
    """Something that goes wrong at the requests that match, from the `skip`-th on, `times` times or for ever (None).

    Matching: `path_contains` in the path with its query, HTTP `method`, API `call` as `threads.get`, `account` by
    address; an empty one matches all. The authorization server is meant only where `call` is `token` or
    `path_contains` holds. `probability` is drawn per request that matches.

    What happens: `delay` seconds pass; then with `status` that error is the answer, with Google's `reason` and
    `message` and a `retry_after` header; with `body` these bytes are (status 200 unless given); with `drop` the
    connection is closed `before` the call is done, `after` it, or `halfway` through the answer; with `empty_page` a
    listing brings nothing but a nextPageToken. A throttle (429, 403) is not billed; anything else is.
    """

    path_contains: str = ""
    method: str = ""
    call: str = ""
    account: str = ""
    status: int | None = None
    reason: str = ""
    message: str = ""
    retry_after: str | int | None = None
    body: bytes | None = None
    drop: Literal["", "before", "after", "halfway"] = ""
    delay: float = 0.0
    empty_page: bool = False
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    hits: int = 0
    _seen: int = field(default=0, repr=False)

    def matches(self, target: str, method: str, call: str, account: str) -> bool:
        """Whether the fault is about such a request, leaving chance and counts aside."""
        is_meant = call != TOKEN_CALL or bool(self.call or self.path_contains)
        return (
            is_meant
            and self.path_contains in target
            and self.method in ("", method)
            and self.call in ("", call)
            and self.account in ("", account)
        )


class Faults:
    """The faults on order. The first that matches and is due happens. Chance is seeded: equal runs are equal."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Orders a fault, and gives it back: its `hits` tell how often it happened."""
        with self._lock:
            self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """Takes all orders back."""
        with self._lock:
            self._ordered.clear()

    def pick(self, target: str, method: str, call: str, account: str) -> Fault | None:
        """The fault that happens to this request, or None."""
        if not self._ordered:
            return None
        with self._lock:
            for fault in self._ordered:
                if fault.matches(target, method, call, account) and self._is_due(fault):
                    fault.hits += 1
                    return fault
        return None

    def _is_due(self, fault: Fault) -> bool:
        if fault.times is not None and fault.hits >= fault.times:
            return False
        fault._seen += 1  # noqa: SLF001 - the fault's own counter
        if fault._seen <= fault.skip:  # noqa: SLF001 - the fault's own counter
            return False
        return fault.probability >= 1.0 or self._rng.random() < fault.probability
