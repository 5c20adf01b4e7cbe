"""Choose the text of a message among its parts."""

import re
from collections.abc import Iterable
from typing import Final

from streaklike.mail.charsets import clean_line, clean_text, decode_bytes
from streaklike.mail.headers import Headers, parse_parameters
from streaklike.mail.html_text import OUR_MARKS, html_to_text
from streaklike.mail.message import Attachment, Part

MAX_TEXT_LENGTH: Final = 300_000
_MAX_BYTES: Final = 4 * MAX_TEXT_LENGTH


def choose_text(parts: tuple[Part, ...]) -> str:
    """Return the text of a message: its plain parts, or its HTML parts as text if the plain ones are empty.

    LF line ends, format=flowed joined, no NUL, at most 300,000 characters. Attachments are ignored.
    """
    plain = _join(
        _plain_text(part) for part in parts if part.mime_type == "text/plain" and not is_attached(part)
    )
    return plain or choose_html_text(parts)


def choose_html_text(parts: tuple[Part, ...]) -> str:
    """Return the text of the HTML parts only; empty if there are none."""
    return _join(
        html_to_text(_decode(part))
        for part in parts
        if part.mime_type == "text/html" and not is_attached(part)
    )


def first_text(parts: tuple[Part, ...]) -> str:
    """Return the first non-empty plain part, else the first HTML part as text, without what lists or scanners
    appended.

    Parts of a delivery report, which Gmail's API gives in another form than a file, are ignored (R54).
    """
    for mime_type in ("text/plain", "text/html"):
        for part in parts:
            if part.mime_type == mime_type and not is_attached(part):
                text = _plain_text(part) if mime_type == "text/plain" else html_to_text(_decode(part))
                if any(map(str.isalnum, text)):
                    return text
    return ""


def is_attached(part: Part) -> bool:
    """Whether a part is an attachment rather than text of the message."""
    if part.filename:
        return True
    return any(
        name.lower() == "content-disposition" and value[:10].lower() == "attachment"
        for name, value in part.headers
    )


def list_attachments(parts: Iterable[Part]) -> tuple[Attachment, ...]:
    """List the attachments: every part with a filename, marked as attachment, or neither text nor report."""
    return tuple(
        Attachment(
            filename=clean_line(part.filename[:500]),
            mime_type=clean_line(part.mime_type[:200]),
            size=part.size,
            part_id=part.part_id,
        )
        for part in parts
        if part.filename
        or (not part.mime_type.startswith(("text/", "message/d", "multipart/")))
        or is_attached(part)
    )


def _join(texts: Iterable[str]) -> str:
    found = [text for text in texts if text]
    return found[0] if len(found) == 1 else "\n\n".join(found)[:MAX_TEXT_LENGTH]


def _decode(part: Part) -> str:
    content = part.content[:_MAX_BYTES]
    return clean_text(decode_bytes(content, part.charset, is_utf8_first=part.is_utf8_first))


def _plain_text(part: Part) -> str:
    text = OUR_MARKS.sub("", _decode(part)[:MAX_TEXT_LENGTH])
    content_type = Headers(part.headers).get("content-type")
    if "flowed" in content_type.lower():
        parameters = parse_parameters(content_type)[1]
        if parameters.get("format", "").lower() == "flowed":
            text = unflow(text, is_space_deleted=parameters.get("delsp", "").lower() == "yes")
    return text.strip()


_QUOTE_DEPTH: Final = re.compile(r">*")


def unflow(text: str, *, is_space_deleted: bool = False) -> str:
    """Join the soft line breaks of format=flowed text (RFC 3676) and remove space-stuffing."""
    out: list[str] = []
    pending: list[str] = []
    pending_depth = 0
    for line in text.split("\n"):
        found = _QUOTE_DEPTH.match(line)
        depth = found.end() if found else 0
        content = line[depth:]
        content = content.removeprefix(" ")
        if pending and depth != pending_depth:
            out.append(_flowed_line(pending, pending_depth))
            pending = []
        pending_depth = depth
        if content.endswith(" ") and content != "-- ":
            pending.append(content[:-1] if is_space_deleted else content)
            continue
        out.append(_flowed_line([*pending, content], depth))
        pending = []
    if pending:
        out.append(_flowed_line(pending, pending_depth))
    return "\n".join(out)


def _flowed_line(pieces: list[str], depth: int) -> str:
    joined = "".join(pieces)
    return f"{'>' * depth} {joined}" if depth else joined
