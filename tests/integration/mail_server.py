"""A strict SMTP server on loopback, which takes mail and can be told to refuse, to wait, and to hang up."""

import re
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

Fault = Callable[["Conversation"], None]
LONGEST_LINE = 1_000


class HungUp(Exception):
    """The server drops the connection here."""


@dataclass
class Letter:
    """A mail that was taken: who sent it to whom, and its bytes."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)  # type: ignore[return-value]

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"]).strip().strip("<>")


@dataclass
class Conversation:
    """One connection: what was said is checked word by word; whatever is out of order is an offence."""

    server: "MailServer"
    file: Any
    sender: str = ""
    recipient: str = ""
    is_greeted: bool = False

    def say(self, line: str) -> None:
        self.file.write(f"{line}\r\n".encode())
        self.file.flush()

    def hear(self) -> bytes:
        line: bytes = self.file.readline(LONGEST_LINE + 1)
        if not line:
            raise HungUp
        if not line.endswith(b"\r\n") or len(line) > LONGEST_LINE:
            self.server.offences.append(f"a line that does not end as it should: {line[:80]!r}")
        return line

    def reach(self, place: str) -> None:
        """A place where a fault may strike: it may answer and stop, or hang up."""
        self.server.reached.append(place)
        fault = self.server.take_fault(place)
        if fault is not None:
            fault(self)

    def run(self) -> None:
        try:
            self.reach("connect")
        except _Answered:
            return
        self.say("220 post.example ready")
        while True:
            verb, _, rest = self.hear().decode("ascii").rstrip("\r\n").partition(" ")
            try:
                if not self.answer(verb.upper(), rest):
                    return
            except _Answered:
                continue

    def answer(self, verb: str, rest: str) -> bool:
        if verb in ("EHLO", "HELO"):
            self.is_greeted = True
            self.say("250 post.example")
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        elif not self.is_greeted:
            self.server.offences.append(f"{verb} before EHLO")
            self.say("503 say EHLO")
        elif verb == "MAIL":
            self.reach("mail")
            self.sender = _address(rest, "FROM")
            self.say("250 ok")
        elif verb == "RCPT" and self.sender:
            self.reach("rcpt")
            self.recipient = _address(rest, "TO")
            self.say("250 ok")
        elif verb == "DATA" and self.recipient:
            self.take()
        elif verb == "RSET":
            self.sender = self.recipient = ""
            self.say("250 ok")
        else:
            self.server.offences.append(f"{verb} out of order")
            self.say("503 out of order")
        return True

    def take(self) -> None:
        self.reach("data")
        self.say("354 go ahead")
        lines: list[bytes] = []
        while (line := self.hear()) != b".\r\n":
            if not lines:
                self.reach("content")
            lines.append(line[1:] if line.startswith(b".") else line)
        self.reach("end")
        self.server.letters.append(Letter(self.sender, self.recipient, b"".join(lines)))
        self.reach("taken")
        self.say("250 taken")
        self.sender = self.recipient = ""


def _address(rest: str, word: str) -> str:
    found = re.fullmatch(rf"{word}:<([^<>\s]+@[^<>\s]+)>(?: \S+)*", rest, re.IGNORECASE)
    assert found, rest
    return found[1]


def refuse(code: int, sentence: str = "not now") -> Fault:
    """Answer so, and let the client say what it wants next."""

    def strike(conversation: Conversation) -> None:
        conversation.say(f"{code} {sentence}")
        raise _Answered

    return strike


def hang_up(_conversation: Conversation) -> None:
    raise HungUp


def stay_silent(seconds: float) -> Fault:
    """Say nothing until the client gives up, or the time is over."""

    def strike(conversation: Conversation) -> None:
        conversation.server.is_stopping.wait(seconds)

    return strike


class _Answered(Exception):
    """The fault answered; the command has no effect."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        house: MailServer = self.server.house  # type: ignore[attr-defined]
        with self.request.makefile("rwb") as file:
            try:
                Conversation(house, file).run()
            except (HungUp, OSError):
                return


class MailServer:
    """The server. `letters` are what it took, `offences` what a client did against the rules.

    `fail(place, fault, times)` lets a fault strike at connect, mail, rcpt, data, content, end or taken.
    """

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.offences: list[str] = []
        self.reached: list[str] = []
        self.is_stopping = threading.Event()
        self._faults: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()

    def fail(self, place: str, fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._faults += [(place, fault)] * times

    def take_fault(self, place: str) -> Fault | None:
        with self._lock:
            for number, (where, fault) in enumerate(self._faults):
                if where == place:
                    del self._faults[number]
                    return fault
        return None

    def forget_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.house = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.is_stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
