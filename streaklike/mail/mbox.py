"""Mail files: an mbox read message by message, in constant memory, with its end looked at closely."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from streaklike.instants import DAY, SECOND
from streaklike.mail.headers import Headers, parse_date, parse_parameters
from streaklike.mail.mime import parse_head
from streaklike.mail.takeout_labels import parse_labels

_CHUNK: Final = 1 << 20
MAX_MAIL_SIZE: Final = 100 << 20
"""Bytes. Gmail sends up to 25 MB and takes up to 50 MB; what is larger than this is passed over, not held in memory."""

_KEPT_OF_OVERSIZED: Final = 64 << 10
_MAX_ENVELOPE: Final = 1_000
_HEADER: Final = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_KNOWN_HEADER: Final = re.compile(
    rb"(?:X-[\w-]+|From|To|Cc|Bcc|Date|Subject|Message-ID|Received|Return-Path|Delivered-To|MIME-Version|Content-[\w-]+"
    rb"|DKIM-Signature|ARC-[\w-]+|Authentication-Results|Reply-To|Sender|List-[\w-]+|Status|References|In-Reply-To)[ \t]*:",
    re.IGNORECASE,
)
_CUT_HEADER: Final = re.compile(rb"[!-9;-~]*")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_HAS_DATE: Final = re.compile(rb"\d{1,2}:\d{2}(?::\d{2})?")
_TAKEOUT: Final = re.compile(rb"From \d{1,20}@xxx\s")
"""The `From ` line that Google Takeout writes: an id, and no address."""

_QUOTED_FROM: Final = re.compile(rb">+From ")
_ARCHIVES: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
)


class NotAnMbox(Exception):
    """The file is no mbox; the sentence says what it is instead, or what to give."""


@dataclass(frozen=True, slots=True)
class MboxMessage:
    """One message of a mail file: its bytes without the `From ` line, and what Takeout says beside it.

    `labels` are Gmail's ids, `thread_id` Gmail's in the API's hexadecimal form. Both are None where the message's own
    `From ` line is not Takeout's: anybody can write such headers into a mail (R14). Takeout puts its own first and
    escapes the lines of a body that begin with `From `, so that only the first header of each name counts.
    `size` is in bytes; of a message beyond MAX_MAIL_SIZE `raw` is the beginning alone and `is_oversized` true.
    `delivered_at` is the instant of the `From ` line, else of the newest Received header, else of Date, else 0. Where a
    program wrote the `From ` line when it made the file, that line comes last. A header over a day after the line, or
    after the file itself (a Date in 2099), is not believed (R20).
    """

    raw: bytes
    index: int
    labels: frozenset[str] | None
    thread_id: str | None
    delivered_at: int
    size: int
    is_oversized: bool = False


class MboxFile:
    """An mbox on disk, to be iterated once: `with MboxFile(path) as file: for message in file: …`.

    After the last message `problem` is a sentence where the file broke off in its last message, which is then left
    out (a cut body would pass for another message), and `is_truncated` is true. Takes mboxo and mboxrd, LF and CRLF.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.problem = ""
        self._file: BinaryIO | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether the file broke off; known after the last message."""
        return bool(self.problem)

    def __enter__(self) -> Self:
        self._file = self.path.open("rb", buffering=_CHUNK)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def check(self) -> None:
        """Raise NotAnMbox, with a sentence for people, where the file does not begin as an mbox does."""
        with self.path.open("rb") as file:
            start = file.read(_MAX_ENVELOPE).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        if not start:
            raise NotAnMbox(f"{self.path.name} is empty.")
        for magic, name in _ARCHIVES:
            if start.startswith(magic):
                raise NotAnMbox(f"{self.path.name} is {name}. Unpack it and give the .mbox file inside.")
        if not start.startswith(b"From "):
            raise NotAnMbox(
                f"{self.path.name} is no mbox: it does not begin with a “From ” line. "
                "Google Takeout gives one under Mail, in the format MBOX."
            )

    def __iter__(self) -> Iterator[MboxMessage]:
        """Each complete message in the file's order. Raises NotAnMbox as `check` does."""
        self.check()
        self.problem = ""
        if self._file is not None:
            yield from self._iter_messages(self._file)
            return
        with self.path.open("rb", buffering=_CHUNK) as file:
            yield from self._iter_messages(file)

    def _iter_messages(self, file: BinaryIO) -> Iterator[MboxMessage]:
        latest = round(self.path.stat().st_mtime * SECOND) + DAY
        for index, found in enumerate(_iter_raw(file)):
            reason = _broken_end(found) if found.is_last else ""
            if reason:
                self.problem = (
                    f"{self.path.name} breaks off in message {index + 1}: {reason} That message was left out."
                )
                return
            message = _make_message(found, index, latest)
            del found  # else two messages would be in memory while the next is read
            yield message
            del message


def iter_mbox(path: Path | str) -> Iterator[MboxMessage]:
    """The complete messages of a mail file. Raises NotAnMbox. Use `MboxFile` to learn whether the file broke off."""
    return iter(MboxFile(path))


@dataclass(slots=True)
class _Raw:
    """A message as it is being read. Beyond MAX_MAIL_SIZE its beginning and its last line alone are kept."""

    envelope: bytes
    content: bytearray = field(default_factory=bytearray)
    size: int = 0
    is_oversized: bool = False
    is_last: bool = False
    ends_with_line: bool = True

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self.ends_with_line = piece.endswith(b"\n")
        if self.size <= MAX_MAIL_SIZE:
            self.content += piece
        elif not self.is_oversized:
            self.is_oversized = True
            self.content = self.content[:_KEPT_OF_OVERSIZED]


def _iter_raw(file: BinaryIO) -> Iterator[_Raw]:
    """Each message with its `From ` line, what escaped its lines taken off. A line is read in pieces of a megabyte."""
    current: _Raw | None = None
    is_after_blank = is_at_start = True
    pending: bytes | None = None
    while True:
        piece = pending if pending is not None else file.readline(_CHUNK)
        pending = None
        if not piece:
            break
        if is_at_start and is_after_blank and _may_open(piece):
            following = file.readline(_CHUNK)
            pending = following or None
            if current is None or _opens(piece, following):
                if current is not None:
                    yield current
                current, is_after_blank, is_at_start = _Raw(piece), False, piece.endswith(b"\n")
                continue
        is_after_blank = is_at_start and piece in {b"\n", b"\r\n"}
        is_escaped = is_at_start and piece[:1] == b">" and _QUOTED_FROM.match(piece) is not None
        is_at_start = piece.endswith(b"\n")
        if current is not None:
            current.add(piece[1:] if is_escaped else piece)
    if current is not None:
        current.is_last = True
        yield current


def _may_open(line: bytes) -> bool:
    if not line.endswith(b"\n") and b"From ".startswith(line[:5]):
        return True  # the file breaks off within this very line
    return line.removeprefix(b"\xef\xbb\xbf").startswith(b"From ") and len(line) < _MAX_ENVELOPE


def _opens(line: bytes, following: bytes) -> bool:
    """Whether a `From ` line in the file begins a message: headers must follow, well-known ones if it bears no time.

    Where the file breaks off so early that none can follow, it does: the message before is whole then.
    """
    if not line.endswith(b"\n") or (not following.endswith(b"\n") and _CUT_HEADER.fullmatch(following)):
        return True
    if _HAS_DATE.search(line):
        return _HEADER.match(following) is not None
    return _KNOWN_HEADER.match(following) is not None


def _make_message(found: _Raw, index: int, latest: int) -> MboxMessage:
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
"""What programs put there that make the line when they write the file: its time is not the delivery's."""


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


def _broken_end(found: _Raw) -> str:
    """Why the last message of a file cannot be whole, or the empty text."""
    content = found.content
    if found.is_oversized:
        return "" if found.ends_with_line else "its last line is not ended."
    if _HEAD_END.search(content) is None:
        return "it ends within the headers."
    content_type = Headers(parse_head(bytes(content[:_CHUNK]))).get("content-type")
    boundary = parse_parameters(content_type)[1].get("boundary", "")
    if not boundary:
        return "" if found.ends_with_line else "its last line is not ended."
    delimiter = f"--{boundary}".encode()
    if delimiter + b"--" in content[-_CHUNK:]:
        return ""
    # A mail that its sender never closed is whole all the same where the blank line between messages follows it.
    is_set_off = delimiter in content and content.endswith((b"\n\n", b"\n\r\n"))
    return "" if is_set_off else "its last part is not closed."
