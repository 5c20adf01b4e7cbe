"""What Google's refusals mean, and when they ask us to come back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from streaklike.gmail.refusals import Refusal, RefusalKind, read_refusal

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC).timestamp()


def refusal(status: int, error: Any = None, **headers: str) -> Refusal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_refusal(status, named, json.dumps({"error": error}).encode(), now=NOW)


def reasoned(reason: str, message: str = "no") -> dict[str, Any]:
    return {"message": message, "errors": [{"reason": reason}], "status": "PERMISSION_DENIED"}


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (429, None, RefusalKind.THROTTLED),
        (403, reasoned("rateLimitExceeded"), RefusalKind.THROTTLED),
        (403, reasoned("userRateLimitExceeded"), RefusalKind.THROTTLED),
        (403, reasoned("insufficientPermissions"), RefusalKind.DENIED),
        (403, reasoned("dailyLimitExceeded"), RefusalKind.DENIED),
        (403, reasoned("accessNotConfigured"), RefusalKind.DENIED),
        (403, {"details": [{"reason": "SERVICE_DISABLED"}]}, RefusalKind.DENIED),
        (401, reasoned("authError"), RefusalKind.DENIED),
        (400, reasoned("invalidArgument"), RefusalKind.DENIED),
        (404, reasoned("notFound"), RefusalKind.NOT_FOUND),
        (500, None, RefusalKind.UNAVAILABLE),
        (503, reasoned("backendError"), RefusalKind.UNAVAILABLE),
        (408, None, RefusalKind.UNAVAILABLE),
    ],
)
def test_each_status_and_reason_has_one_meaning(status: int, error: Any, kind: RefusalKind) -> None:
    assert refusal(status, error).kind is kind


def test_the_retry_after_header_is_obeyed_in_seconds_and_as_a_date() -> None:
    assert refusal(429, retry_after="7").retry_after == 7.0
    assert refusal(503, retry_after="Sun, 22 Nov 2026 03:01:30 GMT").retry_after == 90.0
    assert refusal(503, retry_after="Sun, 22 Nov 2026 02:00:00 GMT").retry_after == 0.0
    assert refusal(503, retry_after="soon").retry_after is None


def test_a_retry_after_text_is_obeyed() -> None:
    told = reasoned(
        "userRateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-22T03:15:00.500Z"
    )
    assert refusal(403, told).retry_after == pytest.approx(900.5)
    assert refusal(429, reasoned("x", "Retry after 2026-11-22T11:00:10+08:00")).retry_after == 10.0
    assert refusal(429, reasoned("x", "Retry after 2026-11-22T03:00:05")).retry_after == 5.0
    assert refusal(429, reasoned("x", "Retry after 2026-99-99T03:00:05Z")).retry_after is None


def test_the_sentence_gives_googles_own_reason() -> None:
    told = refusal(403, reasoned("accessNotConfigured", "Gmail API has not been used in project 1."))
    assert told.sentence() == (
        "Google answered 403 (accessNotConfigured): Gmail API has not been used in project 1."
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b'{"error": 5}', b'{"error": {"errors": 3}}', b"[" * 90_000]
)
def test_a_body_of_any_other_shape_is_read_all_the_same(body: bytes) -> None:
    told = read_refusal(502, {}, body, now=NOW)
    assert told.kind is RefusalKind.UNAVAILABLE
    assert "502" in told.sentence()


def test_an_oauth_error_as_a_body_is_read() -> None:
    told = read_refusal(401, {}, b'{"error": "invalid_token", "error_description": "Bad token."}', now=NOW)
    assert told.sentence() == "Google answered 401 (invalid_token): Bad token."


def test_a_limit_of_the_project_is_told_from_one_of_the_user() -> None:
    limit = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per {}'"
    assert refusal(429, reasoned("rateLimitExceeded", limit.format("project"))).is_projects
    assert not refusal(429, reasoned("rateLimitExceeded", limit.format("user"))).is_projects
