"""Parse the bytes of a message into headers and leaf parts. Single pass, no recursion, never raises."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streaklike.mail.headers import Headers, parse_parameters
from streaklike.mail.message import Part, RawMessage
from streaklike.mail.raw_heads import decode_raw_head
from streaklike.mail.transfer import decode_transfer

MAX_DEPTH: Final = 30
MAX_LEAVES: Final = 1_000
MAX_HEADERS: Final = 2_000
MAX_HEAD_SIZE: Final = 4 << 20
"""Bytes of a header block that are parsed; headers beyond are ignored."""

MAX_LEAF_SIZE: Final = 8 << 20
"""Bytes of an encoded leaf that are decoded, far more than any mail's text.

Only the size of the rest is computed.
"""

_PIECE: Final = 1 << 20
_LF: Final = 10

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")


def parse_mime(data: bytes) -> RawMessage:
    """Parse a message (RFC 5322, MIME): headers unfolded but with encoded words, leaves decoded.

    Leaves are numbered like Gmail's partId. An embedded message/rfc822 and a delivery report are leaves with
    their bytes as content. Malformed MIME yields the readable leaves; nesting deeper than 30 yields one
    opaque leaf.
    """
    head, start = _split_head(data, 0, len(data))
    return RawMessage(headers=head, parts=tuple(_iter_leaves(data, head, start)))


@dataclass(frozen=True, slots=True)
class _Node:
    headers: tuple[tuple[str, str], ...]
    start: int
    end: int
    part_id: str
    depth: int
    default_type: str


def _iter_leaves(data: bytes, head: tuple[tuple[str, str], ...], start: int) -> Iterator[Part]:
    waiting = [_Node(head, start, len(data), "", 0, "text/plain")]
    count = 0
    while waiting and count < MAX_LEAVES:
        node = waiting.pop()
        headers = Headers(node.headers)
        mime_type, parameters = parse_parameters(headers.get("content-type"))
        mime_type = mime_type if "/" in mime_type else node.default_type
        if mime_type.startswith("multipart/") and node.depth < MAX_DEPTH:
            spans = _find_spans(data, parameters.get("boundary", ""), node.start, node.end)
            if spans:
                waiting.extend(reversed(_make_children(data, node, mime_type, spans)))
                continue
            mime_type = "text/plain"
        yield _make_leaf(data, node, headers, mime_type, parameters)
        count += 1


def _make_children(data: bytes, node: _Node, mime_type: str, spans: list[tuple[int, int]]) -> list[_Node]:
    default_type = "message/rfc822" if mime_type == "multipart/digest" else "text/plain"
    prefix = f"{node.part_id}." if node.part_id else ""
    children = []
    for number, (start, end) in enumerate(spans):
        head, body = _split_head(data, start, end)
        children.append(_Node(head, body, end, f"{prefix}{number}", node.depth + 1, default_type))
    return children


def _find_spans(data: bytes, boundary: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of a multipart's parts; the last one is open if the closing boundary is missing."""
    if not boundary:
        return []
    delimiter = b"--" + boundary.encode("utf-8", "replace")
    spans: list[tuple[int, int]] = []
    opened = -1
    at = data.find(delimiter, start, end)
    while at >= 0 and len(spans) < MAX_LEAVES:
        after = at + len(delimiter)
        kind, next_line = (
            _read_delimiter(data, after, end) if at == start or data[at - 1] == _LF else (None, 0)
        )
        if kind is not None:
            if opened >= 0:
                spans.append((opened, max(opened, _before_line_end(data, at))))
            opened = -1 if kind else next_line
            if kind:
                break
        at = data.find(delimiter, after, end)
    if opened >= 0:
        spans.append((opened, end))
    return spans


def _read_delimiter(data: bytes, after: int, end: int) -> tuple[bytes | None, int]:
    """Return what follows a boundary on its line: b"", or the closing dashes; None if it is another boundary."""
    line_end = data.find(b"\n", after, end)
    line_end = end if line_end < 0 else line_end
    rest = data[after : min(line_end, after + 80)].rstrip()
    return (rest if rest in {b"", b"--"} else None), min(line_end + 1, end)


def _before_line_end(data: bytes, at: int) -> int:
    if data[at - 2 : at] == b"\r\n":
        return at - 2
    return at - 1


def _make_leaf(
    data: bytes, node: _Node, headers: Headers, mime_type: str, parameters: dict[str, str]
) -> Part:
    encoding = headers.get("content-transfer-encoding").strip().lower()
    content = decode_transfer(
        data[node.start : min(node.end, node.start + MAX_LEAF_SIZE)],
        encoding,
        parameters.get("charset", "") if mime_type.startswith("text/") else None,
    )
    rest = _count_decoded(data, node.start + MAX_LEAF_SIZE, node.end, encoding)
    disposition = parse_parameters(headers.get("content-disposition"))[1]
    return Part(
        mime_type=mime_type,
        content=content,
        charset=parameters.get("charset") or None,
        filename=disposition.get("filename") or parameters.get("name", ""),
        part_id=node.part_id,
        size=len(content) + rest,
        headers=tuple(pair for pair in node.headers if pair[0][:8].lower() == "content-"),
    )


def _count_decoded(data: bytes, start: int, end: int, encoding: str) -> int:
    """Estimate the decoded size of the rest of a leaf, in pieces to avoid copying it."""
    if encoding not in {"base64", "quoted-printable"}:
        return max(0, end - start)
    total = 0
    for at in range(start, end, _PIECE):
        piece = data[at : min(end, at + _PIECE)]
        total += (
            len(piece.translate(None, b"\r\n ="))
            if encoding == "base64"
            else len(binascii.a2b_qp(piece)) * 4 // 3
        )
    return total * 3 // 4


def parse_head(content: bytes) -> tuple[tuple[str, str], ...]:
    """Parse only the headers of a returned or forwarded message, or of a block of a delivery report."""
    return _split_head(content, 0, len(content))[0]


def _split_head(data: bytes, start: int, end: int) -> tuple[tuple[tuple[str, str], ...], int]:
    if data[start : start + 1] == b"\n" or data[start : start + 2] == b"\r\n":
        return (), min(end, start + (1 if data[start : start + 1] == b"\n" else 2))
    found = _HEAD_END.search(data, start, end)
    stop, body = found.span() if found else (end, end)
    stop = min(stop, start + MAX_HEAD_SIZE)
    block = data[start:stop]
    text = block.decode("ascii") if block.isascii() else decode_raw_head(block)
    pairs = []
    for line in _FOLD.sub("", text).split("\n", MAX_HEADERS)[:MAX_HEADERS]:
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if colon and name and " " not in name:
            pairs.append((name, value.strip()))
    return tuple(pairs), body
