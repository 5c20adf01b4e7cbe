"""Share access tokens between all clients of a process, and do not retry refresh tokens that Google refused."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import google.auth.exceptions
import google.oauth2.credentials

from streaklike.gmail.credentials import StoredCredentials
from streaklike.gmail.errors import AccessDenied, AuthorizationRevoked, GmailError, GmailUnavailable
from streaklike.instants import to_datetime

_FRESH_SECONDS: Final = 240.0
"""Google's library renews a token 225 s before it expires, so a shared one must be valid longer than that."""

_DEAD_SECONDS: Final = 3600.0
"""How long a refused refresh token is not tried again (Q5)."""

_PERMANENT: Final = frozenset(
    {
        "access_denied",
        "admin_policy_enforced",
        "deleted_client",
        "disabled_client",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "org_internal",
        "restricted_client",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
_REVOKED: Final = "Google no longer accepts our access to this mailbox (invalid_grant). Connect it again."


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str | None = None
    expiry: datetime | None = None
    scopes: tuple[str, ...] = ()
    refused_at: float | None = None


class AccessTokens:
    """The newest access token of each refresh token, in memory only. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[bytes, _Entry] = {}

    def renew(self, credentials: "_SharedCredentials", fetch: Callable[[], None]) -> None:
        """Give `credentials` a different token from their current one: a known newer one, or the result of
        `fetch`.

        Raises AuthorizationRevoked without a request if Google reported it within the last hour.
        """
        entry = self._entry(credentials)
        with entry.lock:
            if entry.refused_at is not None and self._clock() - entry.refused_at < _DEAD_SECONDS:
                raise AuthorizationRevoked(_REVOKED)
            if entry.token is not None and entry.token != credentials.token and _is_fresh(entry.expiry):
                credentials.token, credentials.expiry = entry.token, entry.expiry
                credentials.answered_scopes = entry.scopes
                return
            try:
                fetch()
            except google.auth.exceptions.RefreshError as error:
                failure = _classify_refresh_error(error)
                if isinstance(failure, AuthorizationRevoked):
                    entry.refused_at = self._clock()
                raise failure from error
            entry.token, entry.expiry, entry.refused_at = credentials.token, credentials.expiry, None
            entry.scopes = credentials.answered_scopes

    def _entry(self, credentials: "_SharedCredentials") -> _Entry:
        # Keyed by a hash, so that this process-wide map does not keep refresh tokens as keys.
        key = hashlib.sha256(f"{credentials.token_uri}\n{credentials.refresh_token}".encode()).digest()
        with self._lock:
            return self._entries.setdefault(key, _Entry())


class _SharedCredentials(google.oauth2.credentials.Credentials):
    """Google's credentials, refreshed through the process's AccessTokens."""

    _tokens: AccessTokens
    answered_scopes: tuple[str, ...] = ()
    """The scopes in the last response of the token endpoint; empty if it named none."""

    def refresh(self, request: Any) -> None:
        self._tokens.renew(self, lambda: self._fetch(request))

    def _fetch(self, request: Any) -> None:
        """Google's refresh stores granted scopes only if scopes were requested, so read them from the
        response here.
        """

        def listening(*args: Any, **kwargs: Any) -> Any:
            answer = request(*args, **kwargs)
            self.answered_scopes = _read_scopes(answer.data)
            return answer

        super().refresh(listening)  # type: ignore[no-untyped-call]


def _read_scopes(data: Any) -> tuple[str, ...]:
    try:
        told = json.loads(data)
    except (TypeError, ValueError, RecursionError):
        return ()
    scope = told.get("scope") if isinstance(told, dict) else None
    return tuple(scope.split()) if isinstance(scope, str) else ()


_PROCESS_TOKENS: Final = AccessTokens()


def to_google_credentials(
    credentials: StoredCredentials, tokens: AccessTokens = _PROCESS_TOKENS
) -> "_SharedCredentials":
    """Create credentials for Google's libraries. Clients of the same mailbox share their tokens.

    `refresh` raises our own errors: AuthorizationRevoked, AccessDenied, GmailUnavailable.
    """
    expiry = (
        None if credentials.expires_at is None else to_datetime(credentials.expires_at).replace(tzinfo=None)
    )
    made = _SharedCredentials(  # type: ignore[no-untyped-call]
        credentials.token if expiry else None,
        refresh_token=credentials.refresh_token,
        token_uri=credentials.token_uri,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        expiry=expiry,
    )
    made._tokens = tokens  # noqa: SLF001 - our own field on Google's object
    return made


def _is_fresh(expiry: datetime | None) -> bool:
    """Whether a naive UTC expiry, as Google uses it, is far enough in the future. None never expires."""
    if expiry is None:
        return True
    return expiry.replace(tzinfo=UTC).timestamp() - time.time() > _FRESH_SECONDS


def _classify_refresh_error(error: google.auth.exceptions.RefreshError) -> GmailError:
    """Map a failed refresh to an error. Only explicit codes of Google are permanent; others may be temporary."""
    details = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
    code = str(details.get("error"))
    if code == "invalid_grant":
        return AuthorizationRevoked(_REVOKED)
    if code in _PERMANENT and not error.retryable:
        told = details.get("error_description") or code
        return AccessDenied(f"Google refused to renew our access ({code}): {told}")
    return GmailUnavailable("Google's token service gave no token. It is tried again later.")
