"""`POST /gmail/push`: Pub/Sub's own calls become one job, and nobody else's touch the database (Q28)."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from google.auth import crypt, jwt
from sqlalchemy import select, update

from streaklike.app import create_app
from streaklike.gmail.errors import GmailUnavailable
from streaklike.jobs.registry import SYNC, ask_for_sync
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Job, Mailbox, User
from tests.unit.web.web_fixtures import NOW

AUDIENCE = "https://crm.ngo.example/gmail/push"
ACCOUNT = "pubsub@ngo-project.iam.gserviceaccount.example"
MEI = "mei@ngo.example"


class Signatory:
    """A key, its certificate, and tokens signed with it."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = serialization.Encoding.PEM
        private = key.private_bytes(
            pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        self._signer = crypt.RSASigner.from_string(private, key_id)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        made = made.not_valid_after(datetime.now(UTC) + timedelta(days=1))
        self.certificate = made.sign(key, hashes.SHA256()).public_bytes(pem).decode()

    def token(self, *, without: str = "", **changes: Any) -> str:
        claims = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": ACCOUNT,
            "email_verified": True,
            "sub": "1234",
            "iat": int(time.time()) - 5,
            "exp": int(time.time()) + 3600,
            **changes,
        }
        claims.pop(without, None)
        return jwt.encode(self._signer, claims).decode()


GOOGLE, FORGER = Signatory("key-1"), Signatory("key-1")
STRANGER = Signatory("key-2")


@pytest.fixture
def make_app(database: Database, tmp_path: Path) -> Callable[..., Flask]:
    with database.begin() as session:
        user = User(email=MEI, name="小美", created_at=0)
        session.add(user)
        session.flush()
        session.add(Mailbox(email=MEI, user_id=user.id, source="gmail", created_at=0))

    def make(fetch: Callable[[], dict[str, str]] | None = None, **changes: str) -> Flask:
        facts = {
            "gmail_pubsub_topic": "projects/ngo/topics/gmail",
            "gmail_push_audience": AUDIENCE,
            "gmail_push_account": ACCOUNT,
            **changes,
        }
        return create_app(
            Settings(data_dir=tmp_path, _env_file=None, **facts),
            database,
            clock=lambda: NOW,
            ask_for_sync=ask_for_sync,
            fetch_certificates=fetch or (lambda: {"key-1": GOOGLE.certificate}),
        )

    return make


def body(email: str = MEI, history_id: object = 9876) -> bytes:
    data = base64.b64encode(json.dumps({"emailAddress": email, "historyId": history_id}).encode()).decode()
    message = {"data": data, "messageId": "1", "publishTime": "2026-11-18T02:00:00Z"}
    return json.dumps({"message": message, "subscription": "projects/ngo/subscriptions/push"}).encode()


def ring(app: Flask, token: str | None, data: bytes | None = None) -> int:
    headers = {} if token is None else {"Authorization": token if " " in token else f"Bearer {token}"}
    answer = app.test_client().post(
        "/gmail/push", data=body() if data is None else data, headers=headers, content_type="application/json"
    )
    return answer.status_code


def list_jobs(database: Database) -> list[tuple[str, str, int | None]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(select(Job.name, Job.subject, Job.slot_at))]


@contextmanager
def untouched(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No transaction is opened inside."""

    def refuse(*_arguments: object) -> None:
        raise AssertionError("the database was asked")

    with monkeypatch.context() as patched:
        patched.setattr(Database, "begin", refuse)
        patched.setattr(Database, "read", refuse)
        yield


def unsigned() -> str:
    head, claims, _ = GOOGLE.token().split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"key-1"}').decode().rstrip("=")
    assert head != none
    return f"{none}.{claims}."


def tampered() -> str:
    head, _, signature = GOOGLE.token().split(".")
    claims = GOOGLE.token(email="other@ngo.example").split(".")[1]
    return f"{head}.{claims}.{signature}"


FORGED: dict[str, Callable[[], str | None]] = {
    "no token": lambda: None,
    "not a bearer": lambda: "Basic bWVpOng=",
    "not a token": lambda: "Bearer a.b.c",
    "another's key under Google's name": FORGER.token,
    "a key that Google does not know": STRANGER.token,
    "unsigned": unsigned,
    "tampered with": tampered,
    "of another issuer": lambda: GOOGLE.token(iss="https://accounts.google.example"),
    "for another audience": lambda: GOOGLE.token(aud="https://other.example/gmail/push"),
    "expired": lambda: GOOGLE.token(iat=int(time.time()) - 7200, exp=int(time.time()) - 3600),
    "from the future": lambda: GOOGLE.token(iat=int(time.time()) + 3600, exp=int(time.time()) + 7200),
    "without an end": lambda: GOOGLE.token(without="exp"),
    "of another account": lambda: GOOGLE.token(email="pubsub@evil.iam.gserviceaccount.example"),
    "of an unverified account": lambda: GOOGLE.token(email_verified=False),
    "of no account": lambda: GOOGLE.token(without="email"),
    "with times that are no numbers": lambda: GOOGLE.token(iat="soon"),
}


def test_Q28_no_forged_push_is_let_in_and_none_reaches_the_database(
    make_app: Callable[..., Flask], database: Database, monkeypatch: pytest.MonkeyPatch
):
    app = make_app()
    assert len(FORGED) >= 12
    with untouched(database, monkeypatch):
        statuses = {name: ring(app, make()) for name, make in FORGED.items()}
    accounts = {"of another account", "of an unverified account", "of no account"}
    assert statuses == {name: 403 if name in accounts else 401 for name in FORGED}
    assert list_jobs(database) == []


def test_a_push_asks_for_one_sync_and_doubles_merge(make_app: Callable[..., Flask], database: Database):
    app = make_app()
    assert ring(app, GOOGLE.token()) == 204
    assert list_jobs(database) == [(SYNC.name, MEI, None)]
    for history_id in (9876, "9877", 5):
        assert ring(app, GOOGLE.token(), body("Mei@NGO.example", history_id)) == 204
    assert list_jobs(database) == [(SYNC.name, MEI, None)]


def test_a_mailbox_that_is_not_ours_is_answered_alike(make_app: Callable[..., Flask], database: Database):
    assert ring(make_app(), GOOGLE.token(), body("nobody@elsewhere.example")) == 204
    assert list_jobs(database) == []


def test_Q27_a_leavers_mailbox_rings_in_vain(make_app: Callable[..., Flask], database: Database):
    app = make_app()
    with database.begin() as session:
        session.execute(update(User).values(disabled_at=NOW))
    assert ring(app, GOOGLE.token()) == 204
    assert list_jobs(database) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'{"message": null}',
        b'{"message": {"data": 7}}',
        b'{"message": {"data": "%%%"}}',
        b'{"message": {"data": "bnVsbA=="}}',
        body(history_id=None),
        body(history_id="many"),
        b"\xff\xfe",
    ],
)
def test_what_is_no_push_is_not_sent_again(make_app: Callable[..., Flask], database: Database, data: bytes):
    assert ring(make_app(), GOOGLE.token(), data) == 204
    assert list_jobs(database) == []


@pytest.mark.parametrize("missing", ["gmail_pubsub_topic", "gmail_push_audience", "gmail_push_account"])
def test_where_push_is_not_set_up_nothing_is_there(make_app: Callable[..., Flask], missing: str):
    assert ring(make_app(**{missing: ""}), GOOGLE.token()) == 404


def test_certificates_are_kept_and_a_made_up_key_does_not_fetch_them_each_time(
    make_app: Callable[..., Flask],
):
    fetched: list[int] = []

    def fetch() -> dict[str, str]:
        fetched.append(1)
        return {"key-1": GOOGLE.certificate}

    app = make_app(fetch)
    for _ in range(3):
        assert ring(app, GOOGLE.token()) == 204
        assert ring(app, STRANGER.token()) == 401
    assert len(fetched) == 1


def test_without_googles_certificates_pubsub_is_asked_to_come_again(
    make_app: Callable[..., Flask], database: Database
):
    def fetch() -> dict[str, str]:
        raise GmailUnavailable("no answer")

    assert ring(make_app(fetch), GOOGLE.token()) == 503
    assert list_jobs(database) == []


def test_only_a_post_rings(make_app: Callable[..., Flask]):
    assert make_app().test_client().get("/gmail/push").status_code in {404, 405}
