"""Interpret Google's error responses: the kind of refusal, and when to retry."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final

_RATE_REASONS: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_RETRY_AFTER_TEXT: Final = re.compile(r"[Rr]etry after\s+(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)")


class RefusalKind(Enum):
    """What a refusal means for us."""

    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not found"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A parsed refusal. `retry_after` is in seconds from now; None if Google gave no time."""

    kind: RefusalKind
    status: int
    reason: str
    message: str
    retry_after: float | None

    @property
    def is_projects(self) -> bool:
        """Whether the whole project was throttled rather than this mailbox."""
        text = self.message.lower()
        return "per project" in text and "per user" not in text

    def sentence(self) -> str:
        """Google's message and reason, for users."""
        reason = f" ({self.reason})" if self.reason else ""
        return f"Google answered {self.status}{reason}: {self.message or 'no explanation given.'}"


def read_refusal(status: int, headers: Mapping[str, str], content: bytes, *, now: float) -> Refusal:
    """Parse a response with an error `status`.

    `headers` have lower-case names; `now` is Unix time in seconds.
    """
    error = _error_of(content)
    message = str(error.get("message") or "")
    reason = _reason_of(error)
    after = _after_header(headers.get("retry-after"), now)
    if after is None:
        after = _after_text(message, now)
    return Refusal(_kind(status, reason), status, reason, message, after)


def _kind(status: int, reason: str) -> RefusalKind:
    if status == 429 or (status == 403 and reason in _RATE_REASONS):
        return RefusalKind.THROTTLED
    if status >= 500 or status == 408:
        return RefusalKind.UNAVAILABLE
    return RefusalKind.NOT_FOUND if status == 404 else RefusalKind.DENIED


def _error_of(content: bytes) -> dict[str, Any]:
    """The `error` object of Google's JSON; empty if the body has another form."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return {"message": str(body.get("error_description") or error), "status": error}
    return error if isinstance(error, dict) else {}


def _reason_of(error: dict[str, Any]) -> str:
    for listed in ("errors", "details"):
        items = error.get(listed)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("reason"):
                return str(item["reason"])
    return str(error.get("status") or "")


def _after_header(value: str | None, now: float) -> float | None:
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _after_text(message: str, now: float) -> float | None:
    found = _RETRY_AFTER_TEXT.search(message)
    if not found:
        return None
    try:
        moment = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
