"""The wire to Google: an httplib2.Http that sends each request once and no more."""

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
    """httplib2.Http, but that a connection which breaks off is an error and not a second, unseen request.

    The original sends again by itself when a kept connection has gone stale: units that no budget saw, and a mail
    that may be sent twice.
    """

    is_shut = False

    def request(self, uri: str, *args: Any, connection_type: Any = None, **kwargs: Any) -> Any:
        if self.is_shut:
            raise ConnectionAbortedError("The connection was shut by ourselves.")
        if connection_type is None:
            connection_type = _SecureConnection if uri.startswith("https:") else _PlainConnection
        return super().request(uri, *args, connection_type=connection_type, **kwargs)

    def drop_connections(self) -> None:
        """Closes what is open; the next request connects anew."""
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()

    def shut_connections(self) -> None:
        """Ends what waits on the wire, from another thread: it fails at once there. Nothing more can be asked."""
        self.is_shut = True
        for connection in list(self.connections.values()):
            wire = connection.sock
            if wire is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(wire, socket.SHUT_RDWR)


def open_http(timeout: float) -> OnceHttp:
    """An Http for one thread: httplib2 hands one thread another's answer where two share it."""
    channel = OnceHttp(timeout=timeout)
    channel.redirect_codes = channel.redirect_codes - {308}
    channel.follow_redirects = False
    return channel
