"""The one place that makes the HTTP server, for `serve` and `demo` alike.

Waitress reads a request whole before a thread takes it up, and writes an answer from a buffer, so that a slow client
costs a connection and never a thread or a transaction. What is left to guard is the number of connections: by default
waitress takes 100 and then accepts nobody until one has been idle for two minutes.
"""

import logging
from typing import Any

import waitress
from flask import Flask
from waitress.server import BaseWSGIServer

from streaklike.app import LARGEST_FORM_BYTES
from streaklike.settings import Settings

try:
    import resource
except ImportError:  # not on Windows, whose limits are others
    resource = None  # type: ignore[assignment]

MOST_CONNECTIONS = 1000
FILES_WANTED = 4096
FILES_PER_CONNECTION = 3  # its socket, and a temporary file for a long body and for a long answer
FILES_KEPT_BACK = 256  # for the database, the log, calls to Google

OPTIONS: dict[str, Any] = {
    "threads": 8,
    "ident": None,
    "asyncore_use_poll": True,  # select() fails at the 1025th file
    "channel_timeout": 60,  # seconds without a byte; a browser opens a new connection by itself
    "cleanup_interval": 1,  # how soon room is made where connections run short
    "recv_bytes": 1024,  # so that one read holds few requests at once, each of which is answered before the next read
    "max_request_header_size": 32_768,
    "max_request_body_size": LARGEST_FORM_BYTES + 1,
    "inbuf_overflow": 131_072,  # 1000 bodies under way stay below 128 MB of memory
    "outbuf_high_watermark": 1 << 30,  # a thread never waits for a reader: the answer goes to a file instead
    "log_socket_errors": False,  # a client that hangs up is no fault of ours
}

logger = logging.getLogger(__name__)


def make_server(app: Flask, settings: Settings, *, host: str, port: int) -> Any:
    """A server that is bound and listens; `run()` serves until it is interrupted. Raises OSError where it cannot bind."""
    connections: dict[int, Any] = {}
    server = waitress.create_server(
        app,
        map=connections,
        host=host,
        port=port,
        connection_limit=_allow_connections(),
        **OPTIONS,
        **_trust(settings),
    )
    for each in list(connections.values()):
        if isinstance(each, BaseWSGIServer):
            each.maintenance = _Maintenance(each)
    return server


class _Maintenance:
    """Closes connections that waste room. Waitress calls it every second with the time, in its own thread.

    Besides the idle it closes, where three quarters of the connections are taken, the oldest of those for which no
    request is being answered, down to a half. So a normal client, which is done within a second, always finds room, and
    one that sends its request byte by byte or reads its answer so keeps none.
    """

    def __init__(self, server: Any) -> None:
        self._server = server

    def __call__(self, now: float) -> None:
        adjustments = self._server.adj
        waiting = [each for each in self._server.active_channels.values() if not each.requests]
        closing = [each for each in waiting if each.last_activity < now - adjustments.channel_timeout]
        taken = len(self._server.active_channels) - len(closing)
        if taken > adjustments.connection_limit * 3 // 4:
            rest = sorted(set(waiting) - set(closing), key=lambda each: float(each.creation_time))
            closing += rest[: taken - adjustments.connection_limit // 2]
            logger.warning("Connections run short: the %d oldest that wait are closed", len(closing))
        for channel in closing:
            channel.will_close = True  # nothing more is read from it
            channel.handle_close()  # at once: one whose reader has stopped would never be closed by waitress


def _allow_connections() -> int:
    """How many connections the limit of open files allows, once it is raised as far as this process may."""
    if resource is None:
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = FILES_WANTED if hard == unlimited else min(FILES_WANTED, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft == unlimited:
        return MOST_CONNECTIONS
    return max(50, min(MOST_CONNECTIONS, (soft - FILES_KEPT_BACK) // FILES_PER_CONNECTION))


def _trust(settings: Settings) -> dict[str, Any]:
    """What the proxy of the settings may say: whom it speaks for, and whether they came by HTTPS. Else nothing.

    The Host is not among it: proxies pass a client's own X-Forwarded-Host on unless told otherwise, and links are made
    from STREAKLIKE_PUBLIC_URL. Headers of anybody else are cleared before the app sees them.
    """
    if not settings.trusted_proxy:
        return {"clear_untrusted_proxy_headers": True}
    return {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_count": settings.trusted_proxy_count,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }
