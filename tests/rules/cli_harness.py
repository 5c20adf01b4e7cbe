"""A team whose Gmail lies on loopback, filled with letters, synced and then asked through the commands alone."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import time_machine

from gmail_emulator import Account, GmailServer
from streaklike.cli.main import main
from streaklike.instants import MINUTE, to_datetime, to_instant

TAIPEI = ZoneInfo("Asia/Taipei")
MEI = "mei@ngo.example"
WEI = "wei@ngo.example"
_numbers = count(1)


def t(text: str) -> int:
    """The instant of `03-02 09:00` (of 2026) or `2025-12-31 09:00`, in Taipei; `03-02 09:00 +5` is five minutes later.

    2 March 2026 is a Monday.
    """
    moment, _, minutes = text.partition(" +")
    full = moment if re.match(r"\d{4}-", moment) else f"2026-{moment}"
    return to_instant(datetime.fromisoformat(full).replace(tzinfo=TAIPEI)) + round(
        float(minutes or 0) * MINUTE
    )


NOW = t("03-20 10:00")


def letter(
    from_: str,
    to: str | Sequence[str] = MEI,
    subject: str = "River clean-up",
    text: str | bytes | None = None,
    *,
    at: int = 0,
    cc: str | Sequence[str] = (),
    bcc: str | Sequence[str] = (),
    id: str | None = "",  # noqa: A002 - the Message-ID; None leaves the header out
    refs: Sequence[str] = (),
    headers: Sequence[str] = (),
    content_type: str = "text/plain; charset=utf-8",
    date: str | None = None,
) -> bytes:
    """The source of a mail. Whatever is given as bytes, or as a header line of one's own, stands as it is."""
    number = next(_numbers)
    lines = [f"From: {_encoded(from_)}"]
    for name, people in (("To", to), ("Cc", cc), ("Bcc", bcc)):
        listed = [people] if isinstance(people, str) else list(people)
        if listed and listed != [""]:
            lines.append(f"{name}: {', '.join(map(_encoded, listed))}")
    lines.append(f"Subject: {_encoded(subject)}")
    lines.append(f"Date: {date or format_datetime(to_datetime(at or NOW))}")
    if id is not None:
        lines.append(f"Message-ID: <{id or f'n{number}@post.example'}>")
    if refs:
        lines.append(f"In-Reply-To: <{refs[-1]}>")
        lines.append("References: " + " ".join(f"<{ref}>" for ref in refs))
    lines += [
        *headers,
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        "Content-Transfer-Encoding: 8bit",
    ]
    body = f"What about number {number}?" if text is None else text
    content = body if isinstance(body, bytes) else body.encode()
    return (
        "\r\n".join(lines).encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + re.sub(rb"\r?\n", b"\r\n", content)
    )


def _encoded(text: str) -> str:
    if text.isascii():
        return text
    name, bracket, rest = text.partition(" <")
    return Header(name, "utf-8", maxlinelen=900).encode() + bracket + rest


class Harness:
    """The team: Mei and Wei at ngo.example. `now` stands still at NOW unless a test travels."""

    def __init__(self, server: GmailServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.accounts: dict[str, Account] = {}
        self.loaded = ""

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; its talk is in `talk`."""
        out, err, got = io.StringIO(), io.StringIO(), 0
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main(arguments)
            except SystemExit as stop:
                got = int(stop.code or 0)
        self.loaded = err.getvalue()
        assert got == code, f"{arguments}: exit {got}\n{out.getvalue()}\n{self.loaded}"
        return out.getvalue()

    def lines(self, *arguments: str) -> list[dict]:
        return [json.loads(line) for line in self.run(*arguments, "--json").splitlines()]

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def box(self, email: str) -> Account:
        """The member's Gmail account, connected at its first use."""
        if email not in self.accounts:
            self.accounts[email] = account = self.server.add_account(email)
            file = self.file(f"{email}.json", json.dumps(account.credentials()))
            self.run("mailbox", "add", email, "--credentials", file)
        return self.accounts[email]

    def arrives(self, mime: bytes, at: int, *emails: str, labels: Sequence[str] = ("INBOX",)) -> str:
        """A mail comes into these mailboxes (Mei's where none is named); its id in the first."""
        ids = [self.box(email).deliver(mime, label_ids=labels, at=at) for email in emails or (MEI,)]
        return ids[0]

    def goes(self, mime: bytes, at: int, *seen_by: str, by: str = MEI) -> str:
        """A mail leaves from a mailbox; colleagues in `seen_by` get it too, without its Bcc. Its id as sent."""
        gmail_id = self.box(by).deliver(mime, label_ids=("SENT",), at=at)
        read = re.sub(rb"(?m)^Bcc:.*\r\n", b"", mime)
        for email in seen_by:
            self.box(email).deliver(read, at=at)
        return gmail_id

    def asks(
        self, who: str, at: str, *, to: str | Sequence[str] = MEI, boxes: Sequence[str] = (), **facts
    ) -> str:
        """Somebody writes to us; the Message-ID."""
        return self._post(who, to, at, facts, lambda mime, instant: self.arrives(mime, instant, *boxes))

    def writes(
        self, to: str | Sequence[str], at: str, *, by: str = MEI, seen_by: Sequence[str] = (), **facts
    ) -> str:
        """One of us writes; the Message-ID."""
        return self._post(by, to, at, facts, lambda mime, instant: self.goes(mime, instant, *seen_by, by=by))

    @staticmethod
    def _post(from_: str, to, at: str, facts: dict, put) -> str:
        number = next(_numbers)
        facts = {"from_": from_, "subject": f"Matter {number}", "id": f"p{number}@post.example", **facts}
        instant = t(at)
        put(letter(facts.pop("from_"), to, at=instant, **facts), instant)
        return facts["id"]

    def sync(self) -> list[dict]:
        """Read all mailboxes; what was asked before is asked anew."""
        for name in ("people", "_timelines", "_flags", "audit"):
            self.__dict__.pop(name, None)
        return json.loads(self.run("sync", "--json"))

    @cached_property
    def people(self) -> dict[str, dict]:
        """`contacts --json`, by each address."""
        return {key: line for line in self.lines("contacts") for key in line["addresses"]}

    @cached_property
    def _timelines(self) -> dict[tuple[str, ...], list[dict]]:
        return {}

    @cached_property
    def _flags(self) -> dict[str, list[dict]]:
        return {}

    @cached_property
    def audit(self) -> dict[str, int]:
        return json.loads(self.run("audit", "--json"))

    def timeline(self, address: str, *options: str) -> list[dict]:
        key = (address, *options)
        if key not in self._timelines:
            self._timelines[key] = self.lines("timeline", *key)
        return self._timelines[key]

    def only(self, address: str, *options: str) -> dict:
        """The one entry of somebody's timeline."""
        (entry,) = self.timeline(address, *options)
        return entry

    def state(self, address: str) -> str:
        return self.people[address]["reply_state"]

    def flags(self, address: str, as_of: str = "") -> list[dict]:
        """Somebody's flags, now or at an instant such as `03-05 09:00`."""
        if as_of not in self._flags:
            options = ["--as-of", to_datetime(t(as_of)).isoformat()] if as_of else []
            self._flags[as_of] = self.lines("flags", *options)
        return [flag for flag in self._flags[as_of] if flag["contact"] == address]

    def reasons(self, address: str, as_of: str = "") -> list[str]:
        return [flag["reason"] for flag in self.flags(address, as_of)]

    @contextmanager
    def at(self, text: str) -> Iterator[None]:
        """It is that instant."""
        with time_machine.travel(to_datetime(t(text)), tick=True):
            yield


def iso(text: str) -> str:
    """An instant as the commands print it."""
    return to_datetime(t(text)).strftime("%Y-%m-%dT%H:%M:%SZ")
