"""The real `streaklike serve` in a process of its own, an nginx in front of it, and requests written byte by byte."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DEADLINE = 60
"""Seconds after which something hangs; a busy machine takes a good part of them."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Served:
    """A running `serve`: where, and what it has said so far."""

    port: int
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def wait_for(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = re.search(pattern, "".join(self.said))
            if found:
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"serve did not say {pattern!r}:\n{''.join(self.said)}")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Served]:
    """`streaklike serve` without jobs over the data in `folder`, with these settings and no others."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAKLIKE_")}
    given = {f"STREAKLIKE_{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "streaklike", "serve", "--no-jobs", "--port", str(port)],
        cwd=folder,
        env={**kept, "STREAKLIKE_DATA_DIR": str(folder), **given},
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(port, process)
    assert process.stderr
    listener = threading.Thread(target=lambda: served.said.extend(process.stderr or ()), daemon=True)
    listener.start()
    try:
        served.wait_for(r"Ctrl\+C stops it")
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
        listener.join(timeout=DEADLINE)
        process.stderr.close()


def find_nginx() -> str:
    """Debian keeps it where only root's PATH leads."""
    path = shutil.which(
        "nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    )
    if path is None:
        pytest.fail(
            "nginx is missing, and this test runs behind a real one. Install it (Debian: apt-get install nginx)."
        )
    return path


@contextmanager
def nginx(folder: Path, *sites: str) -> Iterator[Path]:
    """An nginx with these `server` blocks; gives its access log, which has all that an nginx can be told to log."""
    log = folder / "access.log"
    temporary = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder / 'nginx.pid'}; error_log {folder / 'error.log'};\n"
        "events { worker_connections 1024; }\n"
        "http {\n"
        "log_format all '$request | $request_uri | $args | $http_referer | $http_cookie | $sent_http_location';\n"
        f"access_log {log} all;\n{temporary}{''.join(sites)}\n}}\n"
    )
    process = subprocess.Popen(
        [find_nginx(), "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(timeout=DEADLINE)


@dataclass(frozen=True)
class Answer:
    status: int
    head: str
    body: str

    @property
    def cookies(self) -> list[str]:
        return re.findall(r"(?im)^set-cookie: ([^\r\n]*)", self.head)


def ask(port: int, request: bytes) -> Answer:
    """Send these bytes, and read until the server closes. A connection that is refused a moment long is tried again."""
    end = time.monotonic() + DEADLINE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE) as connection:
                connection.sendall(request)
                answer = b"".join(iter(lambda: connection.recv(65_536), b""))
            break
        except ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    head, _, body = answer.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.\d (\d+)", head)
    return Answer(int(status[1]) if status else 0, head.decode("latin-1"), body.decode("utf-8", "replace"))


def compose(
    method: str = "GET",
    target: str = "/sign-in",
    *,
    headers: tuple[str, ...] = (),
    host: str | None = "127.0.0.1",
    form: Mapping[str, str] | None = None,
    version: str = "1.1",
) -> bytes:
    """A request of one's own making: nothing in it is put right."""
    from urllib.parse import urlencode

    body = urlencode(form or {})
    lines = [f"{method} {target} HTTP/{version}"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [*headers, "Connection: close"]
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8")
