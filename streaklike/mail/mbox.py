"""Read an mbox file message by message in constant memory, and detect a truncated end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from streaklike.instants import DAY, SECOND
from streaklike.mail.headers import Headers, parse_date
from streaklike.mail.mbox_splitting import (
    BOM,
    CHUNK,
    HEAD_END,
    MAX_ENVELOPE,
    MAX_MAIL_SIZE,
    Lines,
    RawMail,
    iter_raw,
    read_boundary,
)
from streaklike.mail.mime import parse_head
from streaklike.mail.takeout_labels import parse_labels

__all__ = ["MAX_MAIL_SIZE", "MboxFile", "MboxMessage", "NotAnMbox", "iter_mbox"]

_TAKEOUT: Final = re.compile(rb"From \d{1,20}@xxx\s")
"""The `From ` line of Google Takeout: an id instead of an address."""

_ARCHIVES: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
)


class NotAnMbox(Exception):
    """The file is not an mbox; the message says what it is instead or what to provide."""


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """A message of a mail file: its bytes without the `From ` line, and Takeout's metadata.

    `labels` are Gmail's label ids, `thread_id` is in the API's hexadecimal form. Both are None unless the
    `From ` line is Takeout's, because anybody can write such headers into a mail (R14). Takeout puts its
    headers first and escapes body lines that begin with `From `, so only the first header of each name
    counts. `size` is in bytes; a message above MAX_MAIL_SIZE has only its beginning in `raw` and
    `is_oversized` set. `delivered_at` (UTC ms) is the time in the `From ` line, else in the newest Received
    header, else in Date, else 0. If a program wrote the `From ` line when creating the file, it is used last.
    A header more than a day later than the line or the file is ignored (R20).
    """

    raw: bytes
    index: int
    labels: frozenset[str] | None
    thread_id: str | None
    delivered_at: int
    size: int
    is_oversized: bool = False


class MboxFile:
    """An mbox on disk or from a pipe, iterated once: `with MboxFile(path) as file: for message in file: …`.

    After the last message `problem` describes a file that ends within its last message, which is then skipped
    (a truncated body would look like another message), and `is_truncated` is True; `unspaced` counts messages
    without a blank line before them (R55). Accepts mboxo and mboxrd, LF and CRLF. `stream` is read once
    instead of the path; `latest` is then the time by which it was written (UTC ms).
    """

    def __init__(self, path: Path | str, *, stream: BinaryIO | None = None, latest: int = 0) -> None:
        self.path = Path(path)
        self.problem = ""
        self.unspaced = 0
        self._stream = stream
        self._latest = latest
        self._file: BinaryIO | None = None
        self._start: bytes | None = None

    @property
    def name(self) -> str:
        """The name used in messages for users."""
        return "The input" if self._stream else self.path.name

    @property
    def is_truncated(self) -> bool:
        """Whether the file is truncated; known after the last message."""
        return bool(self.problem)

    @property
    def size(self) -> int | None:
        """Total size in bytes, or None if unknown before reading."""
        return None if self._stream else self.path.stat().st_size

    def __enter__(self) -> Self:
        if self._stream is None:
            self._file = self.path.open("rb", buffering=CHUNK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _read_start(self) -> bytes:
        if self._stream is None:
            with self.path.open("rb") as file:
                return file.read(MAX_ENVELOPE)
        if self._start is None:
            self._start = self._stream.read(MAX_ENVELOPE)
        return self._start

    def check(self) -> None:
        """Raise NotAnMbox, with a message for users, if the file does not begin like an mbox."""
        start = self._read_start().removeprefix(BOM).lstrip(b"\r\n")
        if not start:
            raise NotAnMbox(f"{self.name} is empty.")
        for magic, name in _ARCHIVES:
            if start.startswith(magic):
                raise NotAnMbox(f"{self.name} is {name}. Unpack it and give the .mbox file inside.")
        if not start.startswith(b"From "):
            raise NotAnMbox(
                f"{self.name} is no mbox: it does not begin with a “From ” line. "
                "Google Takeout gives one under Mail, in the format MBOX."
            )

    def __iter__(self) -> Iterator[MboxMessage]:
        """Yield each complete message in the file's order. Raises NotAnMbox like `check`."""
        self.check()
        self.problem, self.unspaced = "", 0
        if self._stream is not None:
            start, self._start = self._start or b"", b""
            yield from self._iter_messages(Lines(self._stream, start), self._latest + DAY)
            return
        latest = round(self.path.stat().st_mtime * SECOND) + DAY
        if self._file is not None:
            yield from self._iter_messages(Lines(self._file), latest)
            return
        with self.path.open("rb", buffering=CHUNK) as file:
            yield from self._iter_messages(Lines(file), latest)

    def _iter_messages(self, lines: Lines, latest: int) -> Iterator[MboxMessage]:
        for index, found in enumerate(iter_raw(lines)):
            reason = _broken_end(found) if found.is_last else ""
            if reason:
                self.problem = (
                    f"{self.name} breaks off in message {index + 1}: {reason} That message was left out."
                )
                return
            self.unspaced += found.is_unspaced
            message = _make_message(found, index, latest)
            del found  # hold only one message in memory
            yield message
            del message


def iter_mbox(path: Path | str) -> Iterator[MboxMessage]:
    """Yield the complete messages of a mail file. Raises NotAnMbox. Use `MboxFile` to detect truncation."""
    return iter(MboxFile(path))


def _make_message(found: RawMail, index: int, latest: int) -> MboxMessage:
    raw = _without_closing_blank(found.content)
    headers = Headers(parse_head(raw))
    is_takeout = _TAKEOUT.match(found.envelope) is not None
    thread = headers.get("x-gm-thrid").strip() if is_takeout else ""
    has_labels = is_takeout and "x-gmail-labels" in headers
    return MboxMessage(
        raw=raw,
        index=index,
        labels=parse_labels(headers.get("x-gmail-labels")) if has_labels else None,
        thread_id=f"{int(thread):x}"
        if thread.isascii() and thread.isdecimal() and len(thread) < 21
        else None,
        delivered_at=_delivered_at(found.envelope, headers, latest),
        size=found.size,
        is_oversized=found.is_oversized,
    )


def _without_closing_blank(content: bytearray) -> bytes:
    for end in (b"\r\n\r\n", b"\n\n"):
        if content.endswith(end):
            del content[-len(end) // 2 :]
            break
    raw = bytes(content)
    content.clear()
    return raw


_ENVELOPE_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s+([A-Z][a-z]{2})\s+(\d{1,2})\s+(\d{2}:\d{2}(?::\d{2})?)\s+(?:([+-]\d{4}|[A-Z]{3,5})\s+)?(\d{4})(?:\s+([+-]\d{4}))?"
)


_WRITTEN_LATER: Final = re.compile(rb"From (?:-|MAILER-DAEMON|nobody|\?\?\?@\?\?\?)\s")
"""`From ` lines of programs that write them when creating the file: not the time of delivery."""


def _delivered_at(envelope: bytes, headers: Headers, latest: int) -> int:
    enveloped = _envelope_instant(envelope)
    if enveloped is not None and not _WRITTEN_LATER.match(envelope):
        return enveloped
    latest = latest if enveloped is None else min(latest, enveloped + DAY)
    values = [value.rpartition(";")[2] for value in headers.get_all("received")[:1]] + [headers.get("date")]
    instants = (parse_date(value.strip()) for value in values if value.strip())
    return next((each for each in instants if each is not None and each <= latest), enveloped or 0)


def _envelope_instant(envelope: bytes) -> int | None:
    found = _ENVELOPE_DATE.search(envelope.decode("latin-1"))
    if not found:
        return None
    month, day, time, zone, year, later_zone = found.groups()
    time = time if time.count(":") == 2 else f"{time}:00"
    return parse_date(f"{day} {month} {year} {time} {zone or later_zone or '+0000'}")


def _broken_end(found: RawMail) -> str:
    """Return why the last message of a file cannot be complete, or ""."""
    content = found.content
    if found.is_oversized:
        return "" if found.ends_with_line else "its last line is not ended."
    if HEAD_END.search(content) is None:
        return "it ends within the headers."
    boundary = read_boundary(bytes(content[:CHUNK]))
    if not boundary:
        return "" if found.ends_with_line else "its last line is not ended."
    delimiter = b"--" + boundary
    if delimiter + b"--" in content[-CHUNK:]:
        return ""
    # A multipart that its sender never closed is complete if the blank line between messages follows.
    is_set_off = delimiter in content and content.endswith((b"\n\n", b"\n\r\n"))
    return "" if is_set_off else "its last part is not closed."
