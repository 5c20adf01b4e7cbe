"""Split an mbox into messages (R55), in constant memory and one pass."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from streaklike.mail.headers import Headers, parse_parameters
from streaklike.mail.mime import parse_head

MAX_MAIL_SIZE: Final = 100 << 20
"""Bytes. Gmail sends up to 25 MB and receives up to 50 MB; larger messages are skipped, not held in memory.
"""

CHUNK: Final = 1 << 20
MAX_ENVELOPE: Final = 1_000
BOM: Final = b"\xef\xbb\xbf"
HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_KEPT_OF_OVERSIZED: Final = 64 << 10
_MAX_LOOK_AHEAD: Final = 500
"""Maximum of lines examined to decide whether they are a header block."""

_HEADER: Final = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_KNOWN_HEADER: Final = re.compile(
    rb"(?:X-[\w-]{1,100}|From|To|Cc|Bcc|Date|Subject|Message-ID|Received|Return-Path|Delivered-To|MIME-Version|Content-[\w-]{1,100}"
    rb"|DKIM-Signature|ARC-[\w-]{1,100}|Authentication-Results|Reply-To|Sender|List-[\w-]{1,100}|Status|References|In-Reply-To)[ \t]*:",
    re.IGNORECASE,
)
_CUT_HEADER: Final = re.compile(rb"[!-9;-~]*")
_HAS_DATE: Final = re.compile(rb"\d{1,2}:\d{2}(?::\d{2})?")
_QUOTED_FROM: Final = re.compile(rb">+From ")


@dataclass(slots=True)
class RawMail:
    """A message while it is read. Above MAX_MAIL_SIZE only its beginning is kept.

    `is_unspaced`: there was no blank line before it.
    """

    envelope: bytes
    is_unspaced: bool = False
    content: bytearray = field(default_factory=bytearray)
    size: int = 0
    is_oversized: bool = False
    is_last: bool = False
    ends_with_line: bool = True
    _boundary: bytes | None = None
    _searched: int = 0
    _is_closed: bool = False

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self.ends_with_line = piece.endswith(b"\n")
        if self.size <= MAX_MAIL_SIZE:
            self.content += piece
        elif not self.is_oversized:
            self.is_oversized = True
            self.content = self.content[:_KEPT_OF_OVERSIZED]

    def is_in_part(self) -> bool:
        """Whether the current position is in an unclosed MIME part. Each byte is searched only once."""
        if self._boundary is None:
            if HEAD_END.search(self.content) is None:
                return False
            self._boundary = read_boundary(bytes(self.content[:CHUNK]))
        if not self._boundary or self._is_closed:
            return False
        end = b"--" + self._boundary + b"--"
        found = self.content.find(end, max(0, self._searched - len(end)))
        self._searched, self._is_closed = len(self.content), found >= 0
        return not self._is_closed


def read_boundary(head: bytes) -> bytes:
    """Return the boundary in a message's header, or b""."""
    mime_type, parameters = parse_parameters(Headers(parse_head(head)).get("content-type"))
    return parameters.get("boundary", "").encode("utf-8", "replace") if "multipart" in mime_type else b""


class Lines:
    """Lines of a file or pipe, in pieces of at most 1 MB, which can be put back."""

    def __init__(self, file: BinaryIO, start: bytes = b"") -> None:
        self._file = file
        self._returned: list[bytes] = []
        if start:
            *whole, last = start.split(b"\n")
            pieces = [line + b"\n" for line in whole]
            self.put_back([*pieces, last + file.readline(CHUNK)] if last else pieces)

    def read(self) -> bytes:
        """Return the next piece; b"" at the end."""
        return self._returned.pop() if self._returned else self._file.readline(CHUNK)

    def put_back(self, pieces: list[bytes]) -> None:
        """Push pieces back, to be read again in their order."""
        self._returned.extend(reversed(pieces))


def iter_raw(lines: Lines) -> Iterator[RawMail]:
    """Yield each message with its `From ` line, with escaped `From ` lines unescaped."""
    current: RawMail | None = None
    is_after_blank = is_at_start = True
    while piece := lines.read():
        if (
            is_at_start
            and _may_open(piece)
            and _opens_message(piece, lines, current, is_after_blank=is_after_blank)
        ):
            if current is not None:
                yield current
            is_unspaced = current is not None and not is_after_blank
            current, is_after_blank, is_at_start = RawMail(piece, is_unspaced), False, piece.endswith(b"\n")
            _skip_quoted_from(lines)
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
        return True  # the file ends within this line
    return line.removeprefix(BOM).startswith(b"From ") and len(line) < MAX_ENVELOPE


def _skip_quoted_from(lines: Lines) -> None:
    """Skip the `>From ` lines below a `From ` line, which programs that move mail leave from the previous
    file.
    """
    while (piece := lines.read()) and _QUOTED_FROM.match(piece):
        pass
    lines.put_back([piece] if piece else [])


def _opens_message(line: bytes, lines: Lines, current: RawMail | None, *, is_after_blank: bool) -> bool:
    """Whether a `From ` line begins a message.

    A header block must follow, beginning with a well-known header if the line has no time. Without a blank
    line before it, the line must have a time, the block must have From and Date or Message-ID, and the
    position must not be within an open MIME part. If the file ends too early for anything to follow, it does
    begin one: then the previous message is complete.
    """
    if current is None:
        return True
    ahead = _look_ahead(lines, is_whole_block=not is_after_blank)
    lines.put_back(ahead)
    block = [each for each in ahead if not _QUOTED_FROM.match(each)]
    following = block[0] if block else b""
    has_date = _HAS_DATE.search(line) is not None
    if not is_after_blank:
        return has_date and _is_mail_head(block) and not current.is_in_part()
    if not line.endswith(b"\n") or (not following.endswith(b"\n") and _CUT_HEADER.fullmatch(following)):
        return True
    return (_HEADER if has_date else _KNOWN_HEADER).match(following) is not None


def _look_ahead(lines: Lines, *, is_whole_block: bool) -> list[bytes]:
    """Read the following `>From ` lines and the first header below them, or its whole block."""
    ahead: list[bytes] = []
    size = 0
    is_begun = False
    while len(ahead) < _MAX_LOOK_AHEAD and size < CHUNK and (piece := lines.read()):
        ahead.append(piece)
        size += len(piece)
        if not is_begun and _QUOTED_FROM.match(piece):
            continue
        is_header = _HEADER.match(piece) is not None
        if not is_whole_block or not (is_header or (is_begun and piece[:1] in {b" ", b"\t"})):
            break
        is_begun = True
    return ahead


def _is_mail_head(block: list[bytes]) -> bool:
    names = {each.partition(b":")[0].strip().lower() for each in block if _HEADER.match(each)}
    return b"from" in names and not names.isdisjoint({b"date", b"message-id"})
