"""The `payload` of a message as Gmail's format=full gives it, built once and kept as JSON bytes."""

import base64
import email
import html
import json
import re
from dataclasses import dataclass
from email.message import Message
from typing import Any

from gmail_emulator.headers import decode_header, python_charset

INLINE_LIMIT = 5_000
"""Up to this many bytes, a part without a file name that is no text comes with its data."""

_MARK = "\x00attachment:"
_MARKED = re.compile(rb'"\\u0000attachment:([0-9.]*)"')
_TAG = re.compile(r"<(?:style|script|head)\b.*?</(?:style|script|head)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_SPACE = re.compile(r"\s+")
_SNIPPET_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Built:
    """A payload as JSON bytes, cut where an attachment's id belongs: `pieces` and the `part_ids` between them."""

    pieces: tuple[bytes, ...]
    part_ids: tuple[str, ...]
    metadata: dict[str, Any]
    snippet: str
    attachments: dict[str, bytes]


def build_payload(mime: bytes) -> Built:
    """The payload of a message from its source. A message nested too deep becomes one text, as it stands."""
    attachments: dict[str, bytes] = {}
    try:
        parsed = email.message_from_bytes(mime)
        tree = _node(parsed, "", attachments)
        encoded = _encode(tree)
    except RecursionError:
        attachments.clear()
        tree = _flat(mime)
        encoded = _encode(tree)
    cut = _MARKED.split(encoded)
    return Built(
        tuple(cut[0::2]),
        tuple(part.decode() for part in cut[1::2]),
        {"mimeType": tree["mimeType"], "headers": tree["headers"]},
        _snippet(tree),
        attachments,
    )


def _encode(tree: dict[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _node(part: Message, part_id: str, attachments: dict[str, bytes]) -> dict[str, Any]:
    mime_type = part.get_content_type()
    node: dict[str, Any] = {
        "partId": part_id,
        "mimeType": mime_type,
        "filename": _filename(part),
        "headers": [
            {"name": name, "value": decode_header(name, str(value))} for name, value in part.raw_items()
        ],
    }
    children = part.get_payload() if part.is_multipart() else None
    if mime_type == "message/delivery-status" and isinstance(children, list):
        # As Gmail does: the report is read as a mail, its first block the headers and the rest the text.
        children = [email.message_from_bytes(_report_source(children))]
    if not isinstance(children, list):
        node["body"] = _body(part, mime_type, part_id, node["filename"], attachments)
        return node
    if mime_type == "message/rfc822":
        node["body"] = _detached(_source(children), part_id, attachments)
    else:
        node["body"] = {"size": 0}
    prefix = f"{part_id}." if part_id else ""
    node["parts"] = [_node(child, f"{prefix}{i}", attachments) for i, child in enumerate(children)]
    return node


def _body(
    part: Message, mime_type: str, part_id: str, filename: str, attachments: dict[str, bytes]
) -> dict[str, Any]:
    content = _content(part)
    is_text = mime_type.startswith("text/")
    if filename or not (is_text or len(content) <= INLINE_LIMIT):
        return _detached(content, part_id, attachments)
    body: dict[str, Any] = {"size": len(content)}
    if content:
        body["data"] = _base64url(_to_utf8(content, part) if is_text else content)
    return body


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _source(messages: list[Any]) -> bytes:
    """What stands inside a part that holds messages."""
    return b"\r\n".join(message.as_bytes() for message in messages)


def _report_source(blocks: list[Any]) -> bytes:
    """The header blocks of a delivery report, with a blank line between."""
    texts = (block.as_bytes().strip().replace(b"\r\n", b"\n") for block in blocks)
    return b"\n\n".join(filter(None, texts)).replace(b"\n", b"\r\n")


def _detached(content: bytes, part_id: str, attachments: dict[str, bytes]) -> dict[str, Any]:
    attachments[part_id] = content
    return {"attachmentId": f"{_MARK}{part_id}", "size": len(content)}


def _to_utf8(content: bytes, part: Message) -> bytes:
    """Text in UTF-8, while its part goes on saying what it was; a wrong label costs the bytes that do not fit it."""
    label = python_charset(str(part.get_content_charset() or "utf-8"))
    try:
        return content.decode(label, "replace").encode("utf-8", "replace")
    except (LookupError, ValueError):  # a codec that is no charset, or knows no replacing
        return content.decode("utf-8", "replace").encode()


def _filename(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError):
        return ""
    return decode_header("filename", name)


def _flat(mime: bytes) -> dict[str, Any]:
    text = mime.decode("utf-8", "replace").encode()
    return {
        "partId": "",
        "mimeType": "text/plain",
        "filename": "",
        "headers": [],
        "body": {"size": len(mime), "data": _base64url(text)},
    }


def _snippet(tree: dict[str, Any]) -> str:
    """The first words, HTML-escaped as Gmail does."""
    node = tree
    while node.get("parts"):
        node = node["parts"][0]
    data = node["body"].get("data", "") if node["mimeType"].startswith("text/") else ""
    text = base64.urlsafe_b64decode(data[:4000]).decode("utf-8", "ignore")
    if node["mimeType"] == "text/html":
        text = html.unescape(_TAG.sub(" ", text))
    return html.escape(_SPACE.sub(" ", text).strip()[:_SNIPPET_LENGTH])


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode("ascii")
