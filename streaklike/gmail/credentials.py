"""Credentials of a mailbox, read from and written as google-auth's authorized-user JSON."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from streaklike.gmail.errors import BadCredentials
from streaklike.instants import format_instant, to_instant

READ_SCOPE: Final = "https://www.googleapis.com/auth/gmail.readonly"
SEND_SCOPE: Final = "https://www.googleapis.com/auth/gmail.send"
TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - Google's public address, no secret

EXAMPLE_NAME: Final = "credentials.example.json"
"""The example file shipped with streaklike."""

_PLACEHOLDER: Final = re.compile(r"YOUR[-_ ]", re.IGNORECASE)
_REQUIRED: Final = ("client_id", "client_secret", "refresh_token", "token_uri")


@dataclass(frozen=True, slots=True)
class StoredCredentials:
    """Credentials of one mailbox. Secrets are not part of the repr.

    `token` is an access token valid until `expires_at` (UTC ms), if known. `scopes` are those granted and
    `account` the address they were granted for; both may be empty.
    """

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_uri: str = TOKEN_URI
    token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    scopes: tuple[str, ...] = ()
    account: str = ""

    def with_token(self, token: str | None, expires_at: int | None) -> "StoredCredentials":
        """Return a copy with a newer access token."""
        return replace(self, token=token, expires_at=expires_at)

    def to_json(self) -> str:
        """Serialize as Google's authorized-user JSON, which `parse_credentials_file` reads."""
        info: dict[str, Any] = {
            "type": "authorized_user",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "token_uri": self.token_uri,
        }
        if self.token is not None:
            info["token"] = self.token
        if self.expires_at is not None:
            info["expiry"] = format_instant(self.expires_at)
        if self.scopes:
            info["scopes"] = list(self.scopes)
        if self.account:
            info["account"] = self.account
        return json.dumps(info)


def read_credentials_file(path: Path) -> StoredCredentials:
    """Read credentials from an authorized-user file. Raises BadCredentials, also for the shipped example."""
    if path.name.lower() == EXAMPLE_NAME:
        raise BadCredentials(
            f"{path.name} is the example that comes with streaklike and opens no mailbox. Nothing was changed. "
            "Give a file with values of your own, or use: streaklike mailbox connect EMAIL --client-secrets FILE"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCredentials(
            f"{path} cannot be read as text ({error}). Nothing was changed. Give the JSON file that holds the refresh token."
        ) from error
    return parse_credentials_file(text)


def refuse_wider_scopes(granted: Collection[str], asked: Collection[str]) -> None:
    """Raise BadCredentials if more scopes were granted than requested, naming them. Unknown scopes pass."""
    wider = sorted(set(granted) - set(asked))
    if wider:
        raise BadCredentials(
            f"This consent opens more than reading needs: {', '.join(wider)}. Nothing was stored. Give consent for "
            f"{' and '.join(sorted(asked))} alone, or accept the wider one with --allow-scopes."
        )


def parse_credentials_file(text: str) -> StoredCredentials:
    """Parse google-auth's authorized-user JSON.

    Raises BadCredentials, with a message for the user, if it is anything else.
    """
    try:
        info = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCredentials(
            "The credentials file is not JSON. Give google-auth's authorized-user file."
        ) from error
    if not isinstance(info, dict):
        raise BadCredentials(
            "The credentials file holds no JSON object. Give google-auth's authorized-user file."
        )
    _refuse_other_kinds(info)
    missing = [name for name in _REQUIRED if not (isinstance(info.get(name), str) and info[name].strip())]
    if missing:
        raise BadCredentials(
            f"The credentials file lacks {', '.join(missing)}. Sign in again to make a whole one."
        )
    placeholders = [name for name in _REQUIRED if _PLACEHOLDER.match(info[name].strip())]
    if placeholders:
        raise BadCredentials(
            f"The credentials file still holds the example's values for {', '.join(placeholders)}. Nothing was changed. "
            "Put in the values of your own consent."
        )
    _check_token_uri(info["token_uri"].strip())
    return StoredCredentials(
        client_id=info["client_id"].strip(),
        client_secret=info["client_secret"].strip(),
        refresh_token=info["refresh_token"].strip(),
        token_uri=info["token_uri"].strip(),
        token=_text(info.get("token")) or None,
        expires_at=_parse_expiry(info.get("expiry")),
        scopes=_parse_scopes(info.get("scopes", info.get("scope"))),
        account=_text(info.get("account")),
    )


def _refuse_other_kinds(info: dict[str, Any]) -> None:
    if "installed" in info or "web" in info:
        raise BadCredentials(
            "This is a client-secrets file: it names the app and opens no mailbox. Sign in with it first, "
            "and give the authorized-user file that comes of it."
        )
    kind = info.get("type", "authorized_user")
    if kind == "service_account" or "private_key" in info:
        raise BadCredentials(
            "This is a service account's key, which opens no person's mailbox. Give the authorized-user file "
            "of the mailbox's owner."
        )
    if kind != "authorized_user":
        raise BadCredentials(f'The credentials file is of the type "{kind}". Give an authorized-user file.')


def _check_token_uri(uri: str) -> None:
    is_loopback = uri.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:"))
    if not (uri.startswith("https://") or is_loopback):
        raise BadCredentials(
            "The token_uri of the credentials file is not https: the refresh token would be read by others."
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _parse_scopes(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(scope for scope in value if isinstance(scope, str)) if isinstance(value, list) else ()


def _parse_expiry(value: object) -> int | None:
    """google-auth writes UTC, with a Z or without a zone. An invalid value counts as unknown."""
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return to_instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
