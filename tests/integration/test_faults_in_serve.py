"""What happens to the database while the app serves is a page with a sentence, and it recovers by itself (Q8)."""

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import waitress
from sqlalchemy import Engine, create_engine, event, text

from streaklike.app import create_app
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import WorkerConfig, running_worker
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Event
from tests.unit.web.conftest import Reader, fresh_version
from tests.unit.web.web_fixtures import NOW, World


@pytest.fixture
def reader(database: Database, world: World, tmp_path: Path) -> Reader:
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: NOW)
    return Reader(app).sign_in(world.mei)


def count_events(database: Database) -> int:
    with database.read() as session:
        return session.query(Event).count()


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """SQLite may not grow by a page."""
    database.engine.dispose()

    def limit(connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # what is there stays; SQLite allows no less

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)
        database.engine.dispose()


def test_Q8_a_full_disk_is_a_page_and_with_room_it_goes_on(
    request: pytest.FixtureRequest, database: Database, world: World, caplog: pytest.LogCaptureFixture
):
    if not database.is_sqlite:
        pytest.skip("PostgreSQL guards its own disk")
    reader: Reader = request.getfixturevalue("reader")
    form = log_form(reader, world, "長" * 60_000)
    before = count_events(database)
    with full_disk(database):
        answer = reader.client.post(f"/people/{world.chen}/log", data=form)
        assert answer.status_code == 507
        assert "沒有空間可以儲存了" in answer.text
        assert reader.get(f"/people/{world.chen}").status_code == 200
        assert count_events(database) == before
    assert reader.client.post(f"/people/{world.chen}/log", data=form).status_code == 303
    assert count_events(database) == before + 1
    assert "Traceback" not in caplog.text


def log_form(reader: Reader, world: World, text: str) -> dict[str, str]:
    """A form to log a note, as the person's page has it now: made while the database still answers."""
    form = {
        "csrf_token": reader.token("/team"),
        "form_key": secrets.token_urlsafe(18),
        "kind": "note",
        "text": text,
    }
    path = f"/people/{world.chen}/log"
    return {**form, "seen": fresh_version(reader.client.application, path, form)}


@contextmanager
def server_gone(database_url: str) -> Iterator[None]:
    """PostgreSQL ends all connections to this database and takes none."""
    name = database_url.partition("?")[0].rpartition("/")[2]
    other = database_url.replace(f"/{name}?", "/postgres?")
    engine = create_engine(other, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )
            try:
                yield
            finally:
                connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    finally:
        engine.dispose()


def test_Q8_postgresql_gone_is_a_page_and_the_app_finds_it_again(
    request: pytest.FixtureRequest,
    database: Database,
    database_url: str,
    world: World,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    if database.is_sqlite:
        pytest.skip("a file does not go away")
    reader: Reader = request.getfixturevalue("reader")
    form = log_form(reader, world, "電話")
    settings = Settings(data_dir=tmp_path, _env_file=None)
    with running_worker(database, settings, JOBS, rhythm=WorkerConfig(look=100)), server_gone(database_url):
        for path in ("/", "/policy"):
            assert reader.get(path).status_code == 503
        answer = reader.client.post(f"/people/{world.chen}/log", data=form)
        assert answer.status_code == 503
        assert "The database does not answer" in answer.text, "nobody knows the reader's language"
        threading.Event().wait(0.5)  # the worker looks in vain meanwhile
    assert reader.get("/").status_code == 200
    assert reader.client.post(f"/people/{world.chen}/log", data=form).status_code == 303
    assert "Traceback" not in caplog.text
    assert "does not answer" in caplog.text


def test_Q8_postgresql_gone_in_the_middle_of_a_request(
    request: pytest.FixtureRequest,
    database: Database,
    database_url: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    if database.is_sqlite:
        pytest.skip("a file does not go away")
    reader: Reader = request.getfixturevalue("reader")
    form = log_form(reader, world, "電話")
    before = count_events(database)
    from streaklike.web import actions

    with monkeypatch.context() as patched:
        log = actions.log

        def cut(session, *arguments: object, **named: object) -> object:
            session.execute(text("SELECT 1"))
            with server_gone(database_url):
                return log(session, *arguments, **named)

        patched.setattr(actions, "log", cut)
        answer = reader.client.post(f"/people/{world.chen}/log", data=form)
    assert answer.status_code == 503
    assert "資料庫沒有回應" in answer.text
    assert count_events(database) == before
    assert reader.get("/").status_code == 200
    assert "Traceback" not in caplog.text


def test_the_real_server_answers_what_is_no_http_in_a_sentence(
    database: Database, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    if not database.is_sqlite:
        pytest.skip("the server is the same")
    import socket

    caplog.set_level(logging.INFO)
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: NOW)
    server = waitress.create_server(app, host="127.0.0.1", port=0, ident=None)
    threading.Thread(target=server.run, daemon=True).start()
    host = f"Host: 127.0.0.1:{server.effective_port}\r\n".encode()
    tried = (
        b"\x00\x01\x02\r\n\r\n",
        b"GET /%00%ff HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /people?q=%ed%a0%80&before=%00 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /sign-in?next=%0d%0aSet-Cookie:x HTTP/1.1\r\n" + host + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"Cookie: session=\xff\x00; language=\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"Accept-Language: \xff;q=x,,;;\r\n\r\n",
        b"POST /preferences HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
        b"POST /preferences HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n",
        b"POST /preferences HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /preferences HTTP/1.1\r\n"
        + host
        + b"Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\nabc",
        b"BREW / HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
    )
    for sent in tried:
        with socket.create_connection(("127.0.0.1", server.effective_port), timeout=60) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            status = int(connection.recv(200).split(b" ")[1])
        assert 200 <= status < 500, sent[:80]
    server.close()
    assert "Traceback" not in caplog.text
