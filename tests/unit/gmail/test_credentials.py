"""The credentials file, and the vault."""

import json
from pathlib import Path
from typing import Any

import pytest

from streaklike.gmail.auth import StoredCredentials, TokenVault, parse_credentials_file
from streaklike.gmail.errors import BadCredentials

WHOLE: dict[str, Any] = {
    "client_id": "id",
    "client_secret": "client-canary",
    "refresh_token": "refresh-canary",
    "token_uri": "https://oauth2.googleapis.com/token",
}
STORED = StoredCredentials(
    "id", "client-canary", "refresh-canary", token="token-canary", expires_at=1_795_319_350_000
)


def test_the_four_fields_are_enough() -> None:
    assert parse_credentials_file(json.dumps(WHOLE)) == StoredCredentials(
        "id", "client-canary", "refresh-canary"
    )


def test_what_google_auth_writes_is_read_whole() -> None:
    from google.oauth2.credentials import Credentials

    text = json.dumps(
        WHOLE
        | {
            "token": "t",
            "expiry": "2026-11-22T03:49:10Z",
            "scopes": ["a", "b"],
            "account": "mei@ngo.example",
            "universe_domain": "googleapis.com",
            "type": "authorized_user",
        }
    )
    read = parse_credentials_file(text)
    assert (read.token, read.scopes, read.account) == ("t", ("a", "b"), "mei@ngo.example")
    assert read.expires_at == 1_795_319_350_000
    theirs = Credentials.from_authorized_user_info(json.loads(text))
    assert parse_credentials_file(theirs.to_json()).with_token("t", read.expires_at) == read


def test_a_written_file_reads_back_the_same() -> None:
    whole = StoredCredentials(
        "id", "s", "r", "https://t.example/token", "t", 1_795_319_350_000, ("a",), "m@ngo.example"
    )
    assert parse_credentials_file(whole.to_json()) == whole


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 90_000, "not JSON"),
        ("[]", "no JSON object"),
        (json.dumps({"installed": {"client_id": "x"}}), "client-secrets file"),
        (json.dumps({"web": {"client_id": "x"}}), "client-secrets file"),
        (json.dumps({"type": "service_account", "private_key": "x"}), "service account"),
        (json.dumps({"type": "external_account"}), '"external_account"'),
        (json.dumps(WHOLE | {"refresh_token": ""}), "lacks refresh_token"),
        (json.dumps({"client_id": "x"}), "lacks client_secret, refresh_token, token_uri"),
        (json.dumps(WHOLE | {"client_id": 5}), "lacks client_id"),
        (json.dumps(WHOLE | {"token_uri": "http://evil.example/token"}), "not https"),
        (json.dumps(WHOLE | {"token_uri": "http://127.0.0.1.evil.example/token"}), "not https"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, sentence: str) -> None:
    with pytest.raises(BadCredentials, match=sentence) as raised:
        parse_credentials_file(text)
    assert "canary" not in str(raised.value)


def test_a_token_endpoint_on_loopback_may_be_plain() -> None:
    uri = "http://127.0.0.1:8080/token"
    assert parse_credentials_file(json.dumps(WHOLE | {"token_uri": uri})).token_uri == uri


def test_odd_optional_fields_count_as_absent() -> None:
    read = parse_credentials_file(
        json.dumps(WHOLE | {"token": None, "expiry": "soon", "scopes": 5, "account": []})
    )
    assert (read.token, read.expires_at, read.scopes, read.account) == (None, None, (), "")


def test_Q31_no_secret_shows_in_a_repr() -> None:
    assert "canary" not in repr(STORED)
    assert "canary" not in f"{STORED}"


def test_the_example_file_is_whole() -> None:
    text = (Path(__file__).parents[3] / "credentials.example.json").read_text()
    assert parse_credentials_file(text.replace("YOUR-", "mine-")).account == "mei@ngo.example"


def test_Q31_what_is_sealed_opens_again_and_holds_no_plain_secret() -> None:
    sealed = TokenVault("secret").seal("mei@ngo.example", STORED)
    assert b"canary" not in sealed
    assert TokenVault("secret").open("Mei@NGO.example ", sealed) == STORED


def test_Q31_a_payload_is_bound_to_its_mailbox() -> None:
    vault = TokenVault("secret")
    sealed = vault.seal("mei@ngo.example", STORED)
    with pytest.raises(BadCredentials, match=r"belong to another mailbox than wei@ngo\.example"):
        vault.open("wei@ngo.example", sealed)


def test_Q31_another_key_or_altered_bytes_open_nothing() -> None:
    sealed = TokenVault("secret").seal("mei@ngo.example", STORED)
    with pytest.raises(BadCredentials, match="cannot be opened with this secret key"):
        TokenVault("other").open("mei@ngo.example", sealed)
    altered = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
    with pytest.raises(BadCredentials, match="cannot be opened"):
        TokenVault("secret").open("mei@ngo.example", altered)


def test_a_secret_is_changed_by_giving_the_old_one_after_the_new() -> None:
    sealed = TokenVault("old").seal("mei@ngo.example", STORED)
    both = TokenVault("new", "old")
    assert both.open("mei@ngo.example", sealed) == STORED
    resealed = both.reseal(sealed)
    assert TokenVault("new").open("mei@ngo.example", resealed) == STORED
    with pytest.raises(BadCredentials, match="secret key that was not given"):
        TokenVault("new").reseal(sealed)
    with pytest.raises(ValueError, match="needs a secret key"):
        TokenVault("")
