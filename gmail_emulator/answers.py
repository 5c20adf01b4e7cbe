"""Requests and answers on the wire, and errors in Google's shape."""

import json
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json; charset=UTF-8"

_STATUS_NAMES = {
    400: ("INVALID_ARGUMENT", "invalidArgument"),
    401: ("UNAUTHENTICATED", "authError"),
    403: ("PERMISSION_DENIED", "forbidden"),
    404: ("NOT_FOUND", "notFound"),
    405: ("INVALID_ARGUMENT", "httpMethodNotAllowed"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("INTERNAL", "backendError"),
    502: ("UNAVAILABLE", "backendError"),
    503: ("UNAVAILABLE", "backendError"),
    504: ("DEADLINE_EXCEEDED", "backendError"),
}
_DOMAINS = {
    "rateLimitExceeded": "usageLimits",
    "userRateLimitExceeded": "usageLimits",
    "accessNotConfigured": "usageLimits",
}


@dataclass(slots=True)
class Request:
    """A request read whole. Header names are lower-case; `query` keeps every value of a name."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""

    def first(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(slots=True)
class Answer:
    """What goes back: a status, a body, and headers beyond type and length."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


class Refused(Exception):
    """A request that gets an error for its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Dropped(Exception):
    """The connection is to be closed; `part` of an answer may go out first."""

    def __init__(self, part: bytes = b"") -> None:
        super().__init__("dropped")
        self.part = part


def json_answer(value: Any, status: int = 200) -> Answer:
    """A value as JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def error_answer(status: int, message: str, reason: str = "", retry_after: str | int | None = None) -> Answer:
    """An error as Google writes it: code, message, errors with reason and domain, status name."""
    name, usual_reason = _STATUS_NAMES.get(status, ("UNKNOWN", "unknown"))
    reason = reason or usual_reason
    detail = {"message": message, "domain": _DOMAINS.get(reason, "global"), "reason": reason}
    if status == 401:
        detail |= {"location": "Authorization", "locationType": "header"}
    answer = json_answer(
        {"error": {"code": status, "message": message, "errors": [detail], "status": name}}, status
    )
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    if status == 401:
        answer.headers["WWW-Authenticate"] = (
            'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        )
    return answer


def refuse(status: int, message: str, reason: str = "") -> Refused:
    """An error to raise."""
    return Refused(error_answer(status, message, reason))


def not_found() -> Refused:
    """Google's 404, to raise."""
    return refuse(404, "Requested entity was not found.")
