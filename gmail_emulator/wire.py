"""HTTP/1.1 by hand: kept connections, a thread each, one write per answer. Quick, for it shares its cores with a client."""

import contextlib
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote

from gmail_emulator.answers import Answer, Dropped, Request, error_answer

Handle = Callable[[Request, str], Answer]

_CHUNK: Final = 65_536
_MOST_HEAD: Final = 65_536
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


class Wire:
    """Listens on loopback and hands each request, with its target as it stood, to `handle`."""

    def __init__(self, handle: Handle, port: int) -> None:
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._is_closing = False
        self._acceptor = threading.Thread(target=self._accept, name="gmail-server", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._acceptor.start()

    def close(self) -> None:
        """Breaks all connections and ends all threads."""
        self._is_closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections, threads = list(self._open), list(self._threads)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in [self._acceptor, *threads]:
            if thread.is_alive():
                thread.join(timeout=5)

    def drop_connections(self) -> None:
        """Breaks all connections, as a network does; the server goes on."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._is_closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self._open.add(connection)
                self._threads.add(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._converse(connection)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
                self._threads.discard(threading.current_thread())
            connection.close()

    def _converse(self, connection: socket.socket) -> None:
        buffer = b""
        while True:
            while (end := buffer.find(b"\r\n\r\n")) < 0:
                chunk = connection.recv(_CHUNK)
                if not chunk or len(buffer) > _MOST_HEAD:
                    return
                buffer += chunk
            head, buffer = buffer[:end], buffer[end + 4 :]
            request, target = parse_head(head.decode("latin-1"))
            length = int(request.headers.get("content-length", "0"))
            while len(buffer) < length:
                chunk = connection.recv(_CHUNK)
                if not chunk:
                    return
                buffer += chunk
            request.body, buffer = buffer[:length], buffer[length:]
            try:
                answer = self._handle(request, target)
            except Dropped as dropped:
                _send_part(connection, dropped.part)
                return
            except Exception as error:  # noqa: BLE001 - whatever breaks here must reach the test as an answer
                answer = error_answer(500, f"The demo server failed: {error!r}")
            connection.sendall(format_answer(answer))
            if request.headers.get("connection", "").lower() == "close":
                return


def parse_head(head: str) -> tuple[Request, str]:
    """A request from its head, and its target as it stood."""
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method, unquote(path), parse_qs(query) if query else {}, headers), target


def format_answer(answer: Answer) -> bytes:
    """An answer as it goes over the wire."""
    extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = (
        f"HTTP/1.1 {answer.status} {_PHRASES.get(answer.status, 'Unknown')}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n{extra}\r\n"
    )
    return head.encode("latin-1", "replace") + answer.body


def _send_part(connection: socket.socket, part: bytes) -> None:
    """Half of an answer, where there is any, before the connection breaks."""
    if part:
        whole = format_answer(Answer(200, part))
        connection.sendall(whole[: max(1, len(whole) // 2)])
