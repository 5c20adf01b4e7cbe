"""The port to serve at, looked at before anything else is done."""

import errno
import socket

import click

MOST_TRIED = 50


class CannotListen(click.ClickException):
    """Nothing can be served at this host and port; the sentence says why, and where it can."""


def check_port(host: str, port: int) -> None:
    """See that this port can be listened at. Raises CannotListen."""
    try:
        _bind(host, port)
    except (OSError, UnicodeError) as error:
        raise CannotListen(_explain(host, port, error)) from error


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trying.bind(address)
        trying.listen(1)


def _explain(host: str, port: int, error: OSError | UnicodeError) -> str:
    if isinstance(error, (socket.gaierror, UnicodeError)) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host!r} is no address of this machine. Nothing was changed. Leave --host out to serve this machine alone."
    free = _find_free(host, port)
    instead = f" Or take another: --port {free}." if free else ""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Nothing was changed. Stop that program.{instead}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This account may not listen at port {port}. Nothing was changed. Ports from 1024 on are free to all.{instead}"
    return f"Nothing can listen at {host}:{port} ({error.strerror}). Nothing was changed.{instead}"


def _find_free(host: str, port: int) -> int | None:
    start = max(port + 1, 1024)
    for each in range(start, min(start + MOST_TRIED, 65_536)):
        try:
            _bind(host, each)
        except OSError:
            continue
        return each
    return None
