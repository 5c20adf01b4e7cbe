"""The OAuth consent flow in the mailbox owner's browser."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any, Final

from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

from streaklike.gmail.credentials import READ_SCOPE, TOKEN_URI, StoredCredentials
from streaklike.gmail.errors import AccessDenied, BadCredentials, GmailUnavailable
from streaklike.instants import to_instant

_WAIT_SECONDS: Final = 300


def run_consent_flow(
    client_secrets_path: Path | str, *, login_hint: str, open_browser: bool = True
) -> StoredCredentials:
    """Ask the owner of `login_hint` for read access in a browser on this machine, and wait for the result.

    `client_secrets_path` is the client-secrets file of a desktop app from Google's console. Raises
    BadCredentials if it is not such a file, AccessDenied if consent was refused or a scope unticked,
    GmailUnavailable if there was no answer within five minutes.
    """
    flow = _open_flow(Path(client_secrets_path))
    try:
        flow.run_local_server(
            host="127.0.0.1",
            port=0,
            open_browser=open_browser,
            authorization_prompt_message="" if open_browser else "Open this address in your browser: {url}",
            success_message="streaklike may now read this mailbox. You can close this window.",
            timeout_seconds=_WAIT_SECONDS,
            access_type="offline",
            prompt="consent",
            login_hint=login_hint,
        )
    except OAuth2Error as error:
        raise AccessDenied(
            f"Google gave no consent ({error.error}): {error.description or 'it was declined.'}"
        ) from error
    # google-auth-oauthlib fails with an AttributeError if the local server times out without a request.
    except AttributeError as error:
        raise GmailUnavailable("No answer came from the browser within five minutes. Start again.") from error
    return _collect_credentials(flow, login_hint)


def _open_flow(path: Path) -> Any:
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadCredentials(f"The client-secrets file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadCredentials(f"The client-secrets file {path} is not JSON.") from error
    if not isinstance(info, dict) or "installed" not in info:
        raise BadCredentials(
            f"{path} is no client-secrets file of a desktop app. In Google's console make an OAuth client of the "
            'type "Desktop app" and download its JSON.'
        )
    try:
        return _RelaxedFlow.from_client_config(info, [READ_SCOPE])
    except ValueError as error:
        raise BadCredentials(f"The client-secrets file {path} is not whole. Download it again.") from error


class _RelaxedFlow(InstalledAppFlow):  # type: ignore[misc]
    """Accepts the scopes that were granted; we compare them ourselves and name the missing ones."""

    def fetch_token(self, **kwargs: Any) -> Any:
        try:
            return super().fetch_token(**kwargs)
        except Warning as changed:
            self.oauth2session.token = changed.token  # type: ignore[attr-defined]
            return self.oauth2session.token


def _collect_credentials(flow: Any, login_hint: str) -> StoredCredentials:
    token = flow.oauth2session.token
    granted = token.get("scope") or ()
    scopes = tuple(granted.split() if isinstance(granted, str) else granted)
    if READ_SCOPE not in scopes:
        raise AccessDenied(
            f"The leave to read mail ({READ_SCOPE}) was not given. Connect again and leave its box ticked."
        )
    if not token.get("refresh_token"):
        raise AccessDenied(
            "Google gave no lasting access (refresh token). Remove the app from the account and connect again."
        )
    made = flow.credentials
    return StoredCredentials(
        client_id=made.client_id,
        client_secret=made.client_secret or "",
        refresh_token=made.refresh_token,
        token_uri=made.token_uri or TOKEN_URI,
        token=made.token,
        expires_at=to_instant(made.expiry.replace(tzinfo=UTC)) if made.expiry else None,
        scopes=scopes,
        account=login_hint,
    )
