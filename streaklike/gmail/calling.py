"""Call the Gmail API with quota and retries; failures are raised as our own errors."""

import http.client
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import google.auth.exceptions
import httplib2
from googleapiclient.errors import HttpError

from streaklike.gmail.errors import (
    AccessDenied,
    GmailError,
    GmailUnavailable,
    MessageGone,
    MessageUnreadable,
    RateLimited,
)
from streaklike.gmail.pacing import COSTS, Charge, UnitBudget
from streaklike.gmail.refusals import Refusal, RefusalKind, read_refusal
from streaklike.gmail.retrying import DEFAULT_POLICY, RetryPolicy
from streaklike.stopping import Stop

_BROKEN_WIRE: Final = (
    OSError,
    http.client.HTTPException,
    httplib2.HttpLib2Error,
    google.auth.exceptions.TransportError,
    ValueError,
)
"""Network failures, and responses that are not valid JSON."""


@dataclass(slots=True)
class CallTiming:
    """Replaceable clocks, in seconds, sleep and random generator.

    If `sleep` is None, waits use the caller's stop flag.
    """

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] | None = None
    rng: random.Random = field(default_factory=random.Random)


@dataclass(slots=True)
class _Failure:
    """Why the last attempt failed, and the error to raise if there is no further one."""

    kind: RefusalKind
    error: GmailError
    retry_after: float | None = None
    cause: BaseException | None = None


class Caller:
    """Makes a client's API calls within both quota budgets, with retries, and counts them.

    `requests` counts every attempt. `units_spent` counts the units of attempts that Google may bill: all but
    throttled and unauthorized ones (401, 403). An attempt whose response was lost counts.
    """

    def __init__(
        self,
        mailbox_budget: UnitBudget,
        project_budget: UnitBudget,
        *,
        policy: RetryPolicy = DEFAULT_POLICY,
        timing: CallTiming | None = None,
        on_broken_wire: Callable[[], None] = lambda: None,
        stop: Stop | None = None,
    ) -> None:
        self.requests = 0
        self.units_spent = 0
        self._mailbox_budget = mailbox_budget
        self._project_budget = project_budget
        self._policy = policy
        self._timing = timing or CallTiming()
        self._on_broken_wire = on_broken_wire
        self._stop = stop or Stop()
        self._sleep = self._timing.sleep or self._stop.sleep

    def call(
        self,
        name: str,
        request: Any,
        *,
        gone: type[GmailError] = MessageGone,
        is_repeatable: bool = True,
    ) -> dict[str, Any]:
        """Return the JSON response to `request`, the API call `name` in COSTS. Raises Stopped and GmailError.

        `gone` is the error for a 404. If not `is_repeatable`, only attempts that Google certainly did not
        execute are retried.
        """
        used = 0.0
        failures = 0
        while True:
            self._respect_cool_down()
            answer, failure, seconds = self._attempt(COSTS[name], request, gone)
            if failure is None:
                return answer
            failures += 1
            used += seconds
            wait = self._next_wait(failure, failures, used, is_repeatable=is_repeatable)
            if wait is None:
                raise failure.error from failure.cause
            used += wait
            self._stop.check()
            self._sleep(wait)

    def _next_wait(
        self, failure: _Failure, failures: int, used: float, *, is_repeatable: bool
    ) -> float | None:
        """The seconds until the next attempt, or None if there is none."""
        is_safe = is_repeatable or failure.kind is RefusalKind.THROTTLED
        if not is_safe or not self._policy.allows(failure.kind, failures):
            return None
        wait = max(self._policy.wait(failure.kind, failures, self._timing.rng), failure.retry_after or 0.0)
        return wait if used + wait <= self._policy.total_seconds else None

    def _respect_cool_down(self) -> None:
        """Raise RateLimited if an earlier response demands a longer pause than we are prepared to wait."""
        closed = max(self._mailbox_budget.closed_for(), self._project_budget.closed_for())
        if closed > self._policy.total_seconds:
            raise RateLimited(f"Google asked us to come back in {round(closed)} seconds.", closed)

    def _attempt(
        self, units: int, request: Any, gone: type[GmailError]
    ) -> tuple[dict[str, Any], _Failure | None, float]:
        """Make one request within both budgets. Returns the response or the failure, and its duration in
        seconds.

        Raises errors that a retry cannot fix.
        """
        with (
            self._mailbox_budget.acquire(units, self._stop) as mailbox,
            self._project_budget.acquire(units, self._stop) as project,
        ):
            self._stop.check()
            began = self._timing.clock()
            # Units are counted before the request: if its response is lost, Google may still have billed it.
            self.requests += 1
            self.units_spent += units
            try:
                answer = request.execute(num_retries=0)
                if isinstance(answer, dict):
                    return answer, None, 0.0
                failure = self._broken(ValueError("the answer is no JSON."))
            except HttpError as error:
                failure = self._read(error, gone, (mailbox, project))
            except RecursionError as error:
                raise MessageUnreadable("Gmail's answer is nested too deep to be read.") from error
            except GmailError as error:
                self._unbill((mailbox, project))
                if error.is_permanent:
                    raise
                failure = self._broken(error)
            except _BROKEN_WIRE as error:
                failure = self._broken(error)
        return {}, failure, self._timing.clock() - began

    def _broken(self, error: Exception) -> _Failure:
        self._on_broken_wire()
        reason = str(error) or type(error).__name__
        return _Failure(
            RefusalKind.UNAVAILABLE, GmailUnavailable(f"Gmail could not be reached: {reason}"), cause=error
        )

    def _read(self, error: HttpError, gone: type[GmailError], charges: tuple[Charge, Charge]) -> _Failure:
        refusal = read_refusal(error.resp.status, error.resp, error.content, now=self._timing.wall_clock())
        if refusal.kind is RefusalKind.NOT_FOUND:
            raise gone(refusal.sentence()) from error
        if refusal.kind is RefusalKind.DENIED:
            self._unbill(charges)
            raise AccessDenied(refusal.sentence()) from error
        if refusal.kind is RefusalKind.THROTTLED:
            self._unbill(charges)
            self._lower_budget(refusal)
            limited = RateLimited(refusal.sentence(), refusal.retry_after)
            return _Failure(refusal.kind, limited, refusal.retry_after, error)
        return _Failure(refusal.kind, GmailUnavailable(refusal.sentence()), refusal.retry_after, error)

    def _lower_budget(self, refusal: Refusal) -> None:
        budget = self._project_budget if refusal.is_projects else self._mailbox_budget
        budget.refused(refusal.retry_after)

    def _unbill(self, charges: tuple[Charge, Charge]) -> None:
        self.units_spent -= charges[0].units
        for charge in charges:
            charge.cancel()
