"""A web app over the small world, and a client for each kind of reader. CSRF protection is on, as in life."""

import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask, g, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from streaklike.app import create_app
from streaklike.cadence.policy.keys import PolicyRefused
from streaklike.people.sessions import start_session
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import User
from streaklike.web.forms_seen import SEEN, seen
from streaklike.web.texts import load_catalogue
from tests.unit.web.web_fixtures import NOW, World


def fresh_version(app: Flask, path: str, form: Mapping[str, str]) -> str:
    """What a page shows now of that which an action rests on; empty where it rests on nothing, or is not there."""
    with app.test_request_context(path, method="POST"), app.extensions["database"].read() as session:
        endpoint, arguments = request.endpoint, {**form, **(request.view_args or {})}
        if endpoint not in SEEN:
            return ""
        g.now, g.session = NOW, session
        g.t = load_catalogue("zh")
        try:
            return seen(endpoint, **arguments)
        except PolicyRefused:  # no page offers what cannot be
            return ""


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    return create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: NOW)


class Reader:
    """A browser of sorts: it keeps cookies, and sends the token of the last page it saw."""

    def __init__(self, app: Flask, **headers: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = headers

    def get(self, path: str, **kwargs: object) -> TestResponse:
        return self.client.get(path, headers=self.headers, **kwargs)

    def token(self, path: str = "/sign-in") -> str:
        found = re.search(
            r'name="csrf_token" value="([^"]+)"', self.client.get(path, follow_redirects=True).text
        )
        assert found
        return found[1]

    def post(self, path: str, data: dict[str, str] | None = None, **kwargs: object) -> TestResponse:
        """Send a form as a page of this very moment has it; what `data` names stands as it is given."""
        form = {"csrf_token": self.token(), "form_key": secrets.token_urlsafe(18), **(data or {})}
        form.setdefault("seen", fresh_version(self.client.application, path, form))
        return self.client.post(path, data=form, headers=self.headers, **kwargs)

    def sign_in(self, user_id: int) -> "Reader":
        """Begin a session as every way in does, without going through one of them."""
        app = self.client.application
        with app.extensions["database"].begin() as session:
            user = session.get_one(User, user_id)
            token = start_session(session, user, now=app.extensions["clock"]())
        with self.client.session_transaction() as kept:
            kept.clear()
            kept.permanent = True
            kept["_user_id"] = token
        return self


@pytest.fixture
def stranger(app: Flask) -> Reader:
    return Reader(app)


@pytest.fixture
def mei(app: Flask, world: World) -> Reader:
    return Reader(app).sign_in(world.mei)


@pytest.fixture
def looker(app: Flask, world: World) -> Iterator[Reader]:
    return Reader(app).sign_in(world.looker)
