"""Clients that send or read byte by byte, or not at all, keep nobody out: the real server, and many of each at once."""

import resource
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, request

from streaklike.cli.web_server import MOST_CONNECTIONS, OPTIONS, make_server
from streaklike.settings import Settings
from tests.integration.served import DEADLINE, Served, ask, compose, serving
from tests.integration.test_behind_nginx import visit

EACH = 320
"""More of each kind than waitress takes by default in all; together more than ours takes."""

HALF_OPEN = b""
SLOW_HEADER = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
SLOW_BODY = (
    b"POST /preferences HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 900000\r\n\r\ncsrf_token="
)
UNREAD = b"GET /static/streaklike.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100
"""Some megabytes of answers that nobody reads: more than the sockets' own buffers take."""
KINDS = {"half open": HALF_OPEN, "slow header": SLOW_HEADER, "slow body": SLOW_BODY, "unread": UNREAD}


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * EACH + 400
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.fail(
            f"This test opens {wanted} files, and the limit here is {hard}. Raise it: ulimit -Hn {wanted}."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(sqlite_template, folder / "streaklike.db")
    with serving(folder) as served:
        yield served


def open_slow(stack: ExitStack, port: int, beginning: bytes, count: int) -> list[socket.socket]:
    opened = []
    for _ in range(count):
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(beginning)
        opened.append(connection)
    return opened


def check_answered(port: int) -> None:
    """A reader gets a page, and a writer writes: neither a thread nor the database's writer is held."""
    seen = visit(port)
    assert ask(port, compose()).status == 200
    assert seen.post(port, "/preferences", {"theme": "dark"}).status == 302


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_of_one_kind_keep_nobody_out(served: Served, kind: str):
    with ExitStack() as stack:
        open_slow(stack, served.port, KINDS[kind], EACH if kind != "unread" else EACH // 8)
        check_answered(served.port)


@pytest.mark.usefixtures("many_files")
def test_more_slow_clients_than_there_is_room_for_keep_nobody_out(served: Served):
    assert 4 * EACH > MOST_CONNECTIONS
    with ExitStack() as stack:
        slow = []
        for kind in ("half open", "slow header", "slow body", "slow header"):
            slow += open_slow(stack, served.port, KINDS[kind], EACH)
            for connection in slow:
                trickle(connection)
            check_answered(served.port)
        check_answered(served.port)
    served.wait_for("Connections run short")


def trickle(connection: socket.socket) -> None:
    """One byte more, so that it counts as active; where the server has hung up, so be it."""
    try:
        connection.sendall(b"x")
    except OSError:
        return


def test_what_a_proxy_says_counts_only_where_it_is_trusted(tmp_path: Path):
    app = Flask(__name__)

    @app.get("/")
    def tell() -> Response:
        given = [name for name in request.headers.keys() if "forwarded" in name.lower()]  # noqa: SIM118
        return Response(f"{request.remote_addr} {request.scheme} {request.host} {given}")

    asked = compose(
        target="/",
        headers=(
            "X-Forwarded-For: 198.51.100.7, 203.0.113.9",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: evil.example",
            "Forwarded: for=198.51.100.8",
        ),
    )
    assert tell_through(app, asked, tmp_path) == "127.0.0.1 http 127.0.0.1 []"
    trusting = tell_through(app, asked, tmp_path, trusted_proxy="127.0.0.1")
    assert trusting == "203.0.113.9 https 127.0.0.1 ['X-Forwarded-For', 'X-Forwarded-Proto']"
    two = tell_through(app, asked, tmp_path, trusted_proxy="127.0.0.1", trusted_proxy_count=2)
    assert two.startswith("198.51.100.7 https")
    elsewhere = tell_through(app, asked, tmp_path, trusted_proxy="192.0.2.1")
    assert elsewhere == "127.0.0.1 http 127.0.0.1 []"


def tell_through(app: Flask, asked: bytes, folder: Path, **given: object) -> str:
    with in_thread(app, Settings(data_dir=folder, _env_file=None, **given)) as server:
        return ask(server.effective_port, asked).body


@contextmanager
def in_thread(app: Flask, settings: Settings) -> Iterator[Any]:
    server = make_server(app, settings, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(timeout=DEADLINE)


def test_a_reader_that_has_stopped_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Waitress alone marks it, and then waits for its socket to take what it never will."""
    monkeypatch.setitem(OPTIONS, "channel_timeout", 1)
    app = Flask(__name__)
    app.add_url_rule("/", "big", lambda: b"x" * 30_000_000)
    with in_thread(app, Settings(data_dir=tmp_path, _env_file=None)) as server, ExitStack() as stack:
        open_slow(stack, server.effective_port, compose(target="/"), 3)
        wait_until(lambda: len(server.active_channels) == 3)
        wait_until(lambda: not server.active_channels)
        assert not server.task_dispatcher.active_count


def test_a_reader_that_has_stopped_holds_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(OPTIONS, "threads", 2)
    app = Flask(__name__)
    app.add_url_rule("/big", "big", lambda: b"x" * 30_000_000)
    app.add_url_rule("/small", "small", lambda: "here")
    with in_thread(app, Settings(data_dir=tmp_path, _env_file=None)) as server, ExitStack() as stack:
        two_at_once = b"GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2
        open_slow(stack, server.effective_port, two_at_once, 2)
        wait_until(lambda: len(server.active_channels) == 2)
        assert ask(server.effective_port, compose(target="/small")).body == "here"
        wait_until(lambda: not server.task_dispatcher.active_count)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
