"""Signing in against the server: tokens renewed, shared, revoked; consent asked for in a browser."""

import json
import random
import threading
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gmail_emulator import Account, Fault, GmailServer
from streaklike.gmail.auth import READ_SCOPE, StoredCredentials, parse_credentials_file
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import GmailClient, open_client
from streaklike.gmail.consent import run_consent_flow
from streaklike.gmail.errors import AccessDenied, AuthorizationRevoked, BadCredentials, GmailUnavailable
from streaklike.gmail.pacing import UnitBudget
from streaklike.gmail.tokens import AccessTokens, to_google_credentials
from streaklike.instants import now_instant


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=0) as server:
        yield server


@pytest.fixture
def account(server: GmailServer) -> Account:
    return server.add_account("mei@ngo.example")


@pytest.fixture(autouse=True)
def _no_waiting_inside_google_auth(monkeypatch: pytest.MonkeyPatch) -> None:
    """google-auth waits for seconds of its own between tries at the token endpoint."""
    monkeypatch.setattr("google.auth._exponential_backoff.time.sleep", lambda _: None)


def stored(account: Account) -> StoredCredentials:
    return parse_credentials_file(json.dumps(account.credentials()))


def connect(server: GmailServer, credentials: StoredCredentials) -> GmailClient:
    return open_client(
        credentials,
        endpoint=server.url,
        mailbox_budget=UnitBudget(0),
        project_budget=UnitBudget(0),
        timing=CallTiming(sleep=lambda _: None, rng=random.Random(1)),
    )


def test_clients_of_one_mailbox_share_one_token_call(server: GmailServer, account: Account) -> None:
    credentials = stored(account)
    clients = [connect(server, credentials) for _ in range(4)]
    threads = [threading.Thread(target=client.get_profile) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    assert account.token_calls == 1
    assert account.calls["getProfile"] == 4


def test_a_token_that_died_early_is_renewed_once_for_all(server: GmailServer, account: Account) -> None:
    credentials = stored(account)
    with connect(server, credentials) as one, connect(server, credentials) as two:
        one.get_profile()
        two.get_profile()
        account.expire_tokens()
        one.get_profile()
        two.get_profile()
    assert account.token_calls == 2


def test_a_stored_token_that_is_still_good_needs_no_token_call(server: GmailServer, account: Account) -> None:
    credentials = stored(account)
    google = to_google_credentials(credentials, AccessTokens())
    with connect(server, credentials) as client:
        client.get_profile()
        token = client.service._http.credentials.token
    with connect(server, credentials.with_token(token, now_instant() + 3_000_000)) as client:
        client.get_profile()
    assert google.token is None
    assert account.token_calls == 1


def test_Q5_a_revoked_consent_is_told_at_once_with_one_token_call(
    server: GmailServer, account: Account
) -> None:
    credentials = stored(account)
    account.revoke()
    for _ in range(3):
        with (
            connect(server, credentials) as client,
            pytest.raises(AuthorizationRevoked, match="Connect it again"),
        ):
            client.get_profile()
    assert account.token_calls == 1
    with connect(server, stored(account)) as client:
        client.get_profile()


def test_Q5_consent_revoked_in_the_middle_of_work_is_told(server: GmailServer, account: Account) -> None:
    with connect(server, stored(account)) as client:
        client.get_profile()
        account.revoke()
        with pytest.raises(AuthorizationRevoked):
            client.get_profile()


def test_Q5_a_dead_refresh_token_is_asked_for_again_after_an_hour(
    server: GmailServer, account: Account
) -> None:
    import google_auth_httplib2
    import httplib2

    seconds = [0.0]
    tokens = AccessTokens(clock=lambda: seconds[0])
    credentials = to_google_credentials(stored(account), tokens)
    account.revoke()
    http = httplib2.Http()
    request = google_auth_httplib2.Request(http)
    for seconds[0] in (0.0, 3599.0, 3601.0):
        with pytest.raises(AuthorizationRevoked):
            credentials.refresh(request)
    http.close()
    assert account.token_calls == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path_contains="/token", status=500, times=None),
        Fault(path_contains="/token", status=502, times=None),
        Fault(path_contains="/token", status=429, times=None),
        Fault(path_contains="/token", body=b"<html>", status=503, times=None),
        Fault(path_contains="/token", drop="before", times=None),
    ],
)
def test_a_token_service_that_is_away_is_no_revocation(
    server: GmailServer, account: Account, fault: Fault
) -> None:
    server.faults.add(fault)
    with connect(server, stored(account)) as client:
        with pytest.raises(GmailUnavailable):
            client.get_profile()
        assert client.units_spent in (0, 12)
        server.faults.clear()
        client.get_profile()
    fault.hits = 0


def test_a_token_service_that_comes_back_is_waited_for(server: GmailServer, account: Account) -> None:
    server.faults.add(Fault(path_contains="/token", status=502, times=5))
    with connect(server, stored(account)) as client:
        client.get_profile()


def test_an_app_that_google_does_not_know_is_denied(server: GmailServer, account: Account) -> None:
    info = account.credentials() | {"client_secret": "another"}
    denied = pytest.raises(AccessDenied, match=r"invalid_client.*was not found")
    with connect(server, parse_credentials_file(json.dumps(info))) as client, denied:
        client.get_profile()


def test_a_token_that_google_refuses_however_fresh_is_denied(server: GmailServer, account: Account) -> None:
    server.faults.add(Fault(call="getProfile", status=401, message="Invalid Credentials", times=None))
    with connect(server, stored(account)) as client, pytest.raises(AccessDenied, match="401"):
        client.get_profile()


class Owner(webbrowser.BaseBrowser):
    """An owner who goes where they are sent and agrees."""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.visited = url
        self.thread = threading.Thread(target=self._visit, args=(url,))
        self.thread.start()
        return True

    def _visit(self, url: str) -> None:
        with urllib.request.urlopen(url) as answer:
            answer.read()


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Owner:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    owner = Owner()
    monkeypatch.setattr(webbrowser, "get", lambda _=None: owner)
    return owner


def secrets_file(tmp_path: Path, info: Any) -> Path:
    path = tmp_path / "client.json"
    path.write_text(json.dumps(info))
    return path


def test_consent_gives_credentials_that_open_the_mailbox(
    server: GmailServer, account: Account, owner: Owner, tmp_path: Path
) -> None:
    path = secrets_file(tmp_path, server.client_secrets())
    credentials = run_consent_flow(path, login_hint="mei@ngo.example")
    owner.thread.join()
    for asked in ("access_type=offline", "prompt=consent", "login_hint=mei%40ngo.example", "code_challenge="):
        assert asked in owner.visited
    assert credentials.scopes == (READ_SCOPE,)
    assert credentials.account == "mei@ngo.example"
    with connect(server, credentials) as client:
        assert client.get_profile().email == "mei@ngo.example"
    assert account.token_calls == 0


def test_a_scope_that_was_unticked_is_named(
    server: GmailServer, account: Account, owner: Owner, tmp_path: Path
) -> None:
    server.grants.declined_scopes.add(READ_SCOPE)
    with pytest.raises(AccessDenied, match=r"gmail\.readonly"):
        run_consent_flow(secrets_file(tmp_path, server.client_secrets()), login_hint="mei@ngo.example")
    owner.thread.join()


def test_a_declined_consent_is_told(
    server: GmailServer, account: Account, owner: Owner, tmp_path: Path
) -> None:
    server.grants.is_declining = True
    with pytest.raises(AccessDenied, match="access_denied"):
        run_consent_flow(secrets_file(tmp_path, server.client_secrets()), login_hint="mei@ngo.example")
    owner.thread.join()


@pytest.mark.parametrize(
    ("info", "sentence"),
    [
        ({"web": {"client_id": "x"}}, "no client-secrets file of a desktop app"),
        ([], "no client-secrets file of a desktop app"),
        ({"installed": {"client_id": "x"}}, "not whole"),
    ],
)
def test_a_client_secrets_file_that_cannot_be_used_says_why(tmp_path: Path, info: Any, sentence: str) -> None:
    with pytest.raises(BadCredentials, match=sentence):
        run_consent_flow(secrets_file(tmp_path, info), login_hint="mei@ngo.example")


def test_a_client_secrets_file_that_is_absent_or_no_json_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadCredentials, match="cannot be read"):
        run_consent_flow(tmp_path / "none.json", login_hint="mei@ngo.example")
    (tmp_path / "odd.json").write_text("x")
    with pytest.raises(BadCredentials, match="not JSON"):
        run_consent_flow(tmp_path / "odd.json", login_hint="mei@ngo.example")
