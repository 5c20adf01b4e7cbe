"""Handing a mail to an SMTP server so that one always knows how far it came."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from streaklike.digest.errors import BadServer

TIMEOUT_SECONDS: Final = 30.0
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
PORTS: Final = {"smtps": 465, "smtp": 587}
GO_AHEAD: Final = 354


class NotSent(Exception):
    """The mail was certainly not taken. `is_permanent` says that trying again cannot help."""

    def __init__(self, sentence: str, *, is_permanent: bool = False) -> None:
        super().__init__(sentence)
        self.is_permanent = is_permanent


class PerhapsSent(Exception):
    """The connection died while the mail was handed over: it may have been taken or not."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: `is_tls` from the first byte, else STARTTLS, which only a server on this machine may lack."""

    host: str
    port: int
    is_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def parse_server(url: str) -> Server:
    """The server of `smtps://user:password@host:465` or `smtp://host:587`. Raises BadServer."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadServer(
            "STREAKLIKE_SMTP_URL cannot be read. Give smtps://user:password@host:465, or smtp://host:587 for STARTTLS; "
            "signs such as @ or / in the password as %40 or %2F."
        )
    return Server(
        parts.hostname,
        port or PORTS[parts.scheme],
        parts.scheme == "smtps",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def send(
    server: Server,
    message: EmailMessage,
    *,
    before_content: Callable[[], None],
    timeout: float = TIMEOUT_SECONDS,
) -> None:
    """Hand the mail over, once. `before_content` is called when the server waits for the content, and may raise to stop.

    Returns when the server took it. Raises NotSent where it certainly did not, PerhapsSent where that is not known.
    """
    with _certain(), _connected(server, timeout) as smtp:
        _name_people(smtp, message)
        code, answer = smtp.docmd("DATA")
        if code != GO_AHEAD:
            raise _refused(code, answer)
        before_content()
        code, answer = _hand_over(smtp, message)
        if 400 <= code < 600:
            raise _refused(code, answer)
        if code // 100 != 2:
            raise PerhapsSent(f"The mail server answered the mail with {code}, which says nothing.")
        _say_goodbye(smtp)


@contextmanager
def _certain() -> Iterator[None]:
    """Whatever breaks before the content is handed over leaves no doubt."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(f"The mail server refused the sign-in ({error.smtp_code}).") from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        raise NotSent(f"The mail server could not be reached ({type(error).__name__}: {error}).") from error


@contextmanager
def _connected(server: Server, timeout: float) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    place = server.host, server.port, _own_name()
    smtp = (
        smtplib.SMTP_SSL(*place, timeout=timeout, context=context)
        if server.is_tls
        else smtplib.SMTP(*place, timeout=timeout)
    )
    try:
        smtp.ehlo_or_helo_if_needed()
        if not server.is_tls:
            _protect(smtp, server, context)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
    finally:
        smtp.close()


def _own_name() -> str:
    """What we call ourselves: the machine's full name where it has one, without asking any name server."""
    name = socket.gethostname()
    return name if "." in name else "[127.0.0.1]"


def _protect(smtp: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> None:
    if smtp.has_extn("starttls"):
        smtp.starttls(context=context)
        smtp.ehlo()
    elif server.host not in LOOPBACK:
        raise NotSent(f"{server.host} offers no STARTTLS, so nothing is sent to it in the clear.")


def _name_people(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    code, answer = smtp.mail(parseaddr(str(message["From"]))[1])
    if code != 250:
        raise _refused(code, answer)
    code, answer = smtp.rcpt(parseaddr(str(message["To"]))[1])
    if code not in (250, 251):
        raise _refused(code, answer)


def _hand_over(smtp: smtplib.SMTP, message: EmailMessage) -> tuple[int, bytes]:
    """The content, and the server's word on it."""
    content = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    try:
        smtp.send(content + b".\r\n")
        return smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise PerhapsSent(
            f"The connection died while the mail was handed over ({type(error).__name__})."
        ) from error


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):  # the mail was taken, whatever comes now
        return


def _refused(code: int, answer: bytes | str) -> NotSent:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    sentence = f"The mail server said {code} {' '.join(said.split())[:200]}".rstrip()
    return NotSent(sentence, is_permanent=500 <= code < 600)
