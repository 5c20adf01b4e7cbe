"""Google's authorization server: consent, codes, refresh tokens and access tokens."""

import base64
import hashlib
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from gmail_emulator.answers import Answer, Request, json_answer

CLIENT_ID = "246813579-streaklike.apps.example.com"
CLIENT_SECRET = "GOCSPX-loopback"  # noqa: S105 - opens nothing but this server
READ_SCOPE = "https://www.googleapis.com/auth/gmail.readonly"
SEND_SCOPE = "https://www.googleapis.com/auth/gmail.send"
USUAL_SCOPES = (READ_SCOPE,)


@dataclass(slots=True)
class Grant:
    """A refresh token's worth: whose mailbox, and what may be done."""

    email: str
    scopes: tuple[str, ...]
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str


class Grants:
    """All consents given, and the tokens made of them. `clock` gives seconds."""

    def __init__(self, rng: random.Random, clock: Callable[[], float], base_url: Callable[[], str]) -> None:
        self.token_calls: Counter[str] = Counter()
        self.declined_scopes: set[str] = set()
        self.is_declining = False
        self.chosen_email = ""
        """The account that the owner signs in with at the consent page; empty where it is the one hinted at."""
        self.lifetime_seconds = 3599
        self._rng = rng
        self._clock = clock
        self._base_url = base_url
        self._lock = threading.Lock()
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, tuple[Grant, float]] = {}
        self._codes: dict[str, _Code] = {}

    def credentials(self, email: str, scopes: Iterable[str] | None) -> dict[str, Any]:
        """Authorized-user JSON for a new consent."""
        grant = Grant(email, tuple(USUAL_SCOPES if scopes is None else scopes))
        return {
            "type": "authorized_user",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": self._new_refresh_token(grant),
            "token_uri": f"{self._base_url()}/token",
            "account": email,
        }

    def client_secrets(self) -> dict[str, Any]:
        """The client-secrets file of a desktop app, as Google's console gives it."""
        return {
            "installed": {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "auth_uri": f"{self._base_url()}/o/oauth2/auth",
                "token_uri": f"{self._base_url()}/token",
                "redirect_uris": ["http://localhost"],
            }
        }

    def rename(self, old: str, new: str) -> None:
        """Every consent for this mailbox is for its new address now."""
        with self._lock:
            for grant in self._refresh.values():
                if grant.email == old:
                    grant.email = new

    def revoke(self, email: str) -> None:
        """Every consent for this mailbox ends."""
        with self._lock:
            for grant in self._refresh.values():
                grant.is_revoked = grant.is_revoked or grant.email == email

    def expire(self, email: str) -> None:
        """The access tokens for this mailbox end; the consents stay."""
        with self._lock:
            self._access = {token: held for token, held in self._access.items() if held[0].email != email}

    def find(self, token: str) -> Grant | None:
        """The grant of an access token that is good now, or None."""
        held = self._access.get(token)
        if held is None or held[0].is_revoked or held[1] <= self._clock():
            return None
        return held[0]

    def consent(self, request: Request) -> Answer:
        """The consent page of an owner who agrees at once (or declines, as told): back to the app with a code."""
        asked = {name: values[0] for name, values in request.query.items()}
        back = {"state": asked.get("state", "")}
        if self.is_declining:
            back["error"] = "access_denied"
        else:
            scopes = tuple(s for s in asked.get("scope", "").split() if s not in self.declined_scopes)
            code = _Code(
                Grant(self.chosen_email or asked.get("login_hint", ""), scopes),
                asked.get("redirect_uri", ""),
                asked.get("code_challenge", ""),
            )
            back |= {"code": self._keep_code(code), "scope": " ".join(scopes)}
        return Answer(302, b"", {"Location": f"{asked.get('redirect_uri', '')}?{urlencode(back)}"})

    def token(self, request: Request) -> Answer:
        """The token endpoint: a refresh token, or a code with its PKCE verifier, for an access token."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if (CLIENT_ID, CLIENT_SECRET) not in (
            (form.get("client_id"), form.get("client_secret")),
            _basic(request.headers.get("authorization", "")),
        ):
            return _oauth_error(401, "invalid_client", "The OAuth client was not found.")
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form.get("refresh_token", ""))
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        return _oauth_error(400, "unsupported_grant_type", "Invalid grant_type.")

    def _refreshed(self, refresh_token: str) -> Answer:
        grant = self._refresh.get(refresh_token)
        if grant is not None:
            self.token_calls[grant.email] += 1
        if grant is None or grant.is_revoked:
            return _oauth_error(400, "invalid_grant", "Token has been expired or revoked.")
        return json_answer(self._new_access_token(grant))

    def _exchanged(self, form: dict[str, str]) -> Answer:
        with self._lock:
            code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.redirect_uri != form.get("redirect_uri"):
            return _oauth_error(400, "invalid_grant", "Bad Request")
        if code.challenge and code.challenge != _challenge(form.get("code_verifier", "")):
            return _oauth_error(400, "invalid_grant", "Invalid code verifier.")
        refresh_token = self._new_refresh_token(code.grant)
        return json_answer(self._new_access_token(code.grant) | {"refresh_token": refresh_token})

    def _new_access_token(self, grant: Grant) -> dict[str, Any]:
        with self._lock:
            token = f"ya29.{self._rng.getrandbits(160):040x}"
            self._access[token] = (grant, self._clock() + self.lifetime_seconds)
        return {
            "access_token": token,
            "expires_in": self.lifetime_seconds,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }

    def _new_refresh_token(self, grant: Grant) -> str:
        with self._lock:
            token = f"1//{secrets.token_hex(20)}"  # of no other server that ever had our port
            self._refresh[token] = grant
            return token

    def _keep_code(self, code: _Code) -> str:
        with self._lock:
            text = f"4/{self._rng.getrandbits(128):032x}"
            self._codes[text] = code
            return text


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret from a Basic authorization header; empty where it is none."""
    try:
        text = base64.b64decode(header.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return "", ""
    client_id, _, secret = text.partition(":")
    return client_id, secret


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _oauth_error(status: int, error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
