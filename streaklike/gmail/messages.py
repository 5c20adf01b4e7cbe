"""Parse Gmail's JSON: messages with `format=full`, and ids in all of Gmail's forms."""

import binascii
import re
from collections.abc import Iterable
from typing import Any, Final

from streaklike.gmail.types import GmailId, GmailMessage, HistoryId, ThreadId
from streaklike.mail.message import Part, RawMessage

# Bounded quantifiers: a header can be megabytes long, and an unbounded run would backtrack.
_CHARSET: Final = re.compile(
    r"""\bcharset\*?\s{0,8}=\s{0,8}(?:[\w-]{0,40}'[\w-]{0,40}')?["']?\s{0,8}([^\s"';,]+)""", re.IGNORECASE
)
_API_ID: Final = re.compile(r"[0-9a-f]{1,16}")
_PAGE_ID: Final = re.compile(r"(?:msg|thread)-f:(\d{1,20})")
_REPORTS: Final = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/global-disposition-notification",
        "message/feedback-report",
    }
)
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


def parse_message(resource: dict[str, Any]) -> GmailMessage:
    """Parse a message resource with `format=full`. Ids are kept unchanged."""
    labels = resource.get("labelIds")
    history_id = resource.get("historyId")
    return GmailMessage(
        resource["id"],
        resource["threadId"],
        None if labels is None else frozenset(labels),
        int(resource.get("internalDate") or 0),
        None if history_id is None else HistoryId(int(history_id)),
        parse_payload(resource.get("payload") or {}),
    )


def parse_payload(payload: dict[str, Any]) -> RawMessage:
    """Return the headers and leaf parts of a `payload`, leaves in the order of the MIME tree.

    Text parts are marked `is_utf8_first`, because Gmail returns them in UTF-8 with their old charset label. A
    leaf's headers are its Content-* headers. A message/* part is one leaf, as in a mail file (R54): Gmail
    parses it like a mail, so that the first block of a delivery report becomes a child's headers and the rest
    its body; they are joined again (R30). Gmail does not return the source of an embedded message/rfc822, so
    its content is its header block.
    """
    # A stack instead of recursion: nesting depth is controlled by the sender.
    parts: list[Part] = []
    pending = [payload]
    while pending:
        node = pending.pop()
        children = node.get("parts")
        mime_type = node.get("mimeType") or "text/plain"
        if children and not mime_type.startswith("message/"):
            pending.extend(reversed(children))
        elif children or not mime_type.startswith("multipart/"):
            parts.append(_leaf(node, mime_type))
    return RawMessage(_headers(payload), tuple(parts))


def decode_base64url(data: str) -> bytes:
    """Decode base64url or base64, with or without padding. Invalid characters are ignored."""
    text = data.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        kept = _NOT_BASE64.sub(b"", text.encode("ascii", "ignore"))
        if len(kept) % 4 == 1:
            kept = kept[:-1]
        return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


def parse_gmail_id(text: str) -> GmailId | None:
    """Convert a message or thread id in any of Gmail's forms to the API's hexadecimal form.

    Returns None for ids that cannot be converted (`msg-a:r…`) and for other text.
    """
    text = text.strip().removeprefix("#").lower()
    if _API_ID.fullmatch(text):
        return GmailId(text)
    return from_decimal_id(text)


def from_decimal_id(text: str) -> GmailId | None:
    """Convert `msg-f:<decimal>` or `thread-f:<decimal>`, used by Gmail's pages and add-on events, to the
    API's id.

    Returns None for `msg-a:` and `thread-a:`, which cannot be converted, and for anything else.
    """
    found = _PAGE_ID.fullmatch(text.strip().removeprefix("#"))
    if found is None:
        return None
    number = int(found[1])
    return GmailId(f"{number:x}") if number < 1 << 64 else None


def parse_thread(resource: dict[str, Any]) -> tuple[GmailMessage, ...]:
    """Parse the messages of a thread resource, in Gmail's order."""
    return tuple(parse_message(message) for message in resource.get("messages", ()))


def parse_reference(resource: dict[str, Any]) -> tuple[GmailId, ThreadId]:
    """Return message id and thread id of an entry in a listing or in history."""
    return GmailId(resource["id"]), ThreadId(resource["threadId"])


def _headers(node: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple([(header["name"], header["value"]) for header in node.get("headers", ())])


def _leaf(node: dict[str, Any], mime_type: str) -> Part:
    headers = tuple([pair for pair in _headers(node) if pair[0][:8].lower() == "content-"])
    body = node.get("body") or {}
    data = body.get("data")
    is_text = mime_type.startswith("text/")
    if mime_type.startswith("message/") and not data:
        content = _source_of(node.get("parts", ()), is_report=mime_type in _REPORTS)
    else:
        content = decode_base64url(data) if data else b""
    return Part(
        mime_type,
        content,
        _charset(headers) if is_text else None,
        node.get("filename") or "",
        node.get("partId") or "",
        body.get("size") or len(content),
        is_text,
        headers,
    )


def _charset(headers: tuple[tuple[str, str], ...]) -> str | None:
    for name, value in headers:
        if name.lower() == "content-type":
            found = _CHARSET.search(value)
            return found[1] if found else None
    return None


def _source_of(embedded: Iterable[dict[str, Any]], *, is_report: bool) -> bytes:
    """Rebuild the content of a message/* part from Gmail's children: header blocks and, for reports, bodies."""
    blocks = []
    for node in embedded:
        block = "".join([f"{name}: {value}\r\n" for name, value in _headers(node)]).encode("utf-8", "replace")
        data = (node.get("body") or {}).get("data") if is_report else None
        blocks.append(block + (b"\r\n" + decode_base64url(data) if data else b""))
    source = b"\r\n".join(filter(None, blocks)) if is_report else b"".join(blocks)
    return source + b"\r\n" if source else b""
