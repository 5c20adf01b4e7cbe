"""Gmail push notifications from Pub/Sub, and the verification of their sender."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httplib2
from google.auth import jwt

from streaklike.gmail.errors import GmailUnavailable
from streaklike.gmail.transport import open_http

ISSUER: Final = "https://accounts.google.com"
CERTIFICATES_URL: Final = "https://www.googleapis.com/oauth2/v1/certs"
CERTIFICATES_SECONDS: Final = 3600.0
UNKNOWN_KEY_SECONDS: Final = 60.0
"""Minimum interval between fetches of the certificates for unknown key ids, which a forger can choose freely.
"""

_SKEW_SECONDS: Final = 10
_TIMEOUT_SECONDS: Final = 10.0
_LARGEST_TOKEN: Final = 8192

Certificates = Mapping[str, str]
"""Google's certificates (PEM) by key id."""


class InvalidPushToken(Exception):
    """The request has no token that Google signed for this audience; the message says what is wrong."""


class WrongPushAccount(Exception):
    """Google signed the token, but for another account than the configured one."""


@dataclass(frozen=True, slots=True)
class PushNotification:
    """The mailbox that changed, and its newest history id."""

    email: str
    history_id: int


def fetch_certificates() -> Certificates:
    """Fetch Google's current certificates. Raises GmailUnavailable."""
    try:
        answer, content = open_http(_TIMEOUT_SECONDS).request(CERTIFICATES_URL)
        if answer.status != 200:
            raise GmailUnavailable(f"Google gave no certificates ({answer.status}).")
        found: dict[str, str] = json.loads(content)
    except (OSError, ValueError, httplib2.HttpLib2Error) as error:
        raise GmailUnavailable(
            f"Google's certificates could not be read ({type(error).__name__})."
        ) from error
    return found


@dataclass(slots=True)
class PushGuard:
    """Authenticates requests of a Pub/Sub subscription with service account `account` and token audience
    `audience`.

    Thread-safe. `clock` returns seconds.
    """

    audience: str
    account: str
    fetch: Callable[[], Certificates] = fetch_certificates
    clock: Callable[[], float] = time.monotonic
    _kept: Certificates = field(default_factory=dict)
    _fetched_at: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, authorization: str) -> None:
        """Verify an Authorization header: signature, issuer, audience, time and account.

        Raises PushForged, PushForeign, and GmailUnavailable if Google's certificates cannot be fetched.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _LARGEST_TOKEN:
            raise InvalidPushToken("The call bears no token.")
        claims = self._read(token.strip())
        if claims.get("iss") != ISSUER:
            raise InvalidPushToken("The token was not issued by Google.")
        if claims.get("email") != self.account or claims.get("email_verified") is not True:
            raise WrongPushAccount("The token is another account's.")

    def _read(self, token: str) -> Mapping[str, Any]:
        try:
            header = jwt.decode_header(token)  # type: ignore[no-untyped-call]
            key_id, is_rs256 = str(header["kid"]), header.get("alg") == "RS256"
        except Exception as error:
            raise InvalidPushToken("The token cannot be read.") from error
        if not is_rs256:
            raise InvalidPushToken("The token is signed in another way than Google's.")
        certificates = self._certificates_with(key_id)
        try:
            claims: Mapping[str, Any] = jwt.decode(  # type: ignore[no-untyped-call]
                token, certs=certificates, audience=self.audience, clock_skew_in_seconds=_SKEW_SECONDS
            )
        except Exception as error:
            raise InvalidPushToken("The token does not hold.") from error
        return claims

    def _certificates_with(self, key_id: str) -> Certificates:
        with self._lock:
            age = None if self._fetched_at is None else self.clock() - self._fetched_at
            limit = CERTIFICATES_SECONDS if key_id in self._kept else UNKNOWN_KEY_SECONDS
            if age is None or age > limit:
                self._kept, self._fetched_at = self.fetch(), self.clock()
            return self._kept


def parse_push(body: bytes) -> PushNotification:
    """Parse a push notification. Raises ValueError if it is none."""
    try:
        data = json.loads(body)["message"]["data"]
        said = json.loads(base64.urlsafe_b64decode(data.replace("+", "-").replace("/", "_") + "=="))
        return PushNotification(str(said["emailAddress"]).strip().lower(), int(said["historyId"]))
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError("This is no push of Gmail's.") from error
