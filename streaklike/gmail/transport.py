"""HTTP transport: an httplib2.Http that sends each request exactly once."""

import contextlib
import http.client
import socket
from typing import Any

import httplib2


def _never_resend(error: http.client.HTTPException) -> ConnectionError:
    return ConnectionResetError(
        f"The server closed the connection without an answer ({type(error).__name__})."
    )


class _PlainConnection(httplib2.HTTPConnectionWithTimeout):  # type: ignore[misc]
    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except (http.client.BadStatusLine, http.client.ResponseNotReady) as error:
            raise _never_resend(error) from error


class _SecureConnection(httplib2.HTTPSConnectionWithTimeout):  # type: ignore[misc]
    def getresponse(self) -> Any:
        try:
            return super().getresponse()
        except (http.client.BadStatusLine, http.client.ResponseNotReady) as error:
            raise _never_resend(error) from error


class OnceHttp(httplib2.Http):  # type: ignore[misc]
    """httplib2.Http in which a broken connection raises instead of silently repeating the request.

    The original retries by itself when a kept-alive connection was closed: this bypasses the quota budget and
    may send a mail twice.
    """

    is_shut = False

    def request(self, uri: str, *args: Any, connection_type: Any = None, **kwargs: Any) -> Any:
        if self.is_shut:
            raise ConnectionAbortedError("The connection was shut by ourselves.")
        if connection_type is None:
            connection_type = _SecureConnection if uri.startswith("https:") else _PlainConnection
        return super().request(uri, *args, connection_type=connection_type, **kwargs)

    def drop_connections(self) -> None:
        """Close open connections; the next request reconnects."""
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()

    def shut_connections(self) -> None:
        """Abort pending requests from another thread. No further requests are possible."""
        self.is_shut = True
        for connection in list(self.connections.values()):
            wire = connection.sock
            if wire is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(wire, socket.SHUT_RDWR)


def open_http(timeout: float) -> OnceHttp:
    """Create an Http for one thread: httplib2 mixes up responses if threads share it."""
    # 308 is "Resume Incomplete" in Google's upload protocol, not a redirect.
    channel = OnceHttp(timeout=timeout)
    channel.redirect_codes = channel.redirect_codes - {308}
    channel.follow_redirects = False
    return channel
