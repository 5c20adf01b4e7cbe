"""What a delivery report returns of our message: its Message-ID and its recipients (R30)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import parse_address_list
from streaklike.mail.bounce_reports import REPORT_TYPES
from streaklike.mail.charsets import decode_bytes
from streaklike.mail.headers import Headers, parse_message_ids, parse_references
from streaklike.mail.message import Part
from streaklike.mail.mime import parse_head

_RETURNED_TYPES: Final = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/partial"}
)
_MAX_HEAD: Final = 200_000
_MAX_LINES: Final = 5_000
_MAX_LINE: Final = 2_000
_MAX_FIELD: Final = 20_000
_FIELD: Final = re.compile(
    r"[ \t>|*]{0,8}(from|to|cc|(?:original[- ])?message[- ]id)[ \t]?:[ \t]*(\S.*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Returned:
    """The returned Message-ID, the keys in its To and Cc, and its authors."""

    rfc_id: str | None
    recipients: frozenset[str]
    authors: frozenset[str]


def read_returned(headers: Headers, parts: tuple[Part, ...], said: str, quoted: str) -> Returned:
    """Identify the returned message: by its copy, the report's own field, the thread headers, or the prose.

    `said` is the prose before the copy of the message, `quoted` the rest. `said` may identify the message and
    its author but not its recipients, because not every address in it is one.
    """
    copies = [
        Headers(parse_head(part.content[:_MAX_HEAD].lstrip()))
        for part in parts
        if part.mime_type in _RETURNED_TYPES
    ]
    copies += [_read_prose(_join_texts(parts)), _read_prose(quoted)]
    telling = [*copies, _read_prose(said)]
    fields = ("to", "cc", "bcc", "x-failed-recipients")
    recipients = {
        each.key
        for copy in copies
        for name in fields
        for value in copy.get_all(name)
        for each in parse_address_list(value[:_MAX_HEAD])
    }
    authors = {each.key for copy in telling for each in parse_address_list(copy.get("from")[:_MAX_LINE])}
    return Returned(_find_id(headers, parts, telling), frozenset(recipients), frozenset(authors))


def _find_id(headers: Headers, parts: tuple[Part, ...], copies: list[Headers]) -> str | None:
    *attached, from_files, from_quoted, from_said = copies
    for copy in attached:
        if ids := parse_message_ids(copy.get("message-id")):
            return ids[0]
    for part in parts:
        if part.mime_type in REPORT_TYPES:
            own = Headers(parse_head(part.content[:20_000]))
            if ids := parse_message_ids(own.get("x-original-message-id")):
                return ids[0]
    if references := parse_references(headers):
        return references[-1]
    for copy in (from_quoted, from_said, from_files):
        if ids := parse_message_ids(copy.get("message-id")):
            return ids[0]
    return None


def _join_texts(parts: Iterable[Part]) -> str:
    """Join the text attachments of the report: many systems return our message as one."""
    return "\n".join(
        decode_bytes(part.content[:50_000], part.charset, is_utf8_first=part.is_utf8_first)
        for part in parts
        if part.mime_type.startswith("text/") and (part.filename or part.mime_type == "text/rfc822-headers")
    )[:_MAX_HEAD]


def _read_prose(text: str) -> Headers:
    """Collect the header lines in a text, with folded ones joined. Overlong lines are truncated."""
    found: list[tuple[str, str]] = []
    is_open = False
    for line in text.split("\n", _MAX_LINES)[:_MAX_LINES]:
        short = line[:_MAX_LINE].rstrip()
        field = _FIELD.match(short)
        if field:
            name = field[1].lower().replace(" ", "-").removeprefix("original-")
            found.append((name, field[2]))
        elif is_open and short[:1] in {" ", "\t"} and short.strip():
            name, value = found[-1]
            found[-1] = (name, f"{value} {short.strip()}"[:_MAX_FIELD])
        is_open = field is not None or (is_open and short[:1] in {" ", "\t"})
    return Headers(found)
