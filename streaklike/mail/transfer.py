"""Decode Content-Transfer-Encoding; keep plain text that was appended below an encoded body (R6)."""

import binascii
import re
from typing import Final

from streaklike.mail.charsets import codecs_for, decode_bytes, lenient_base64

_LINE: Final = re.compile(rb"[A-Za-z0-9+/_-]+={0,3}")
_RULE: Final = re.compile(rb"[-_=*#+]{3,}")
_MAX_ADDED: Final = 20_000


def decode_transfer(content: bytes, encoding: str, charset: str | None) -> bytes:
    """Decode a body. `charset` is a text's label, "" if it has none, None for a body that is no text.

    Lists and scanners append lines to an encoded body without encoding them. They are recognized by
    characters outside base64 and appended in the text's charset; for a file they are dropped.
    """
    name = encoding.strip().lower()
    if name == "quoted-printable":
        return binascii.a2b_qp(content)
    if name != "base64":
        return content
    end = _find_added(content)
    body = lenient_base64(content[:end])
    added = content[end:].strip()
    if not added or charset is None:
        return body
    return body + b"\n\n" + _in_charset(added, charset)


def _find_added(content: bytes) -> int:
    """Return where appended lines begin, or the content's end if there are none.

    They exist if a line is not base64, and begin with the first line after the body's end: a line shorter
    than the others or padded, or followed by a blank line.
    """
    at = max(0, len(content) - _MAX_ADDED)
    if at:
        at = content.find(b"\n", at) + 1 or len(content)
    width = 0
    ended = -1
    for line in content[at:].splitlines(keepends=True):
        said = line.strip()
        is_data = _LINE.fullmatch(said) is not None and _RULE.fullmatch(said) is None
        if said and not is_data:
            found = ended if ended >= 0 else at
            return len(content) if not width or _goes_on(content[found:]) else found
        width = width or len(said)
        at += len(line)
        if len(said) >= width > 0 and not said.endswith(b"="):
            ended = -1
        elif ended < 0 and width:
            ended = at
    return len(content)


def _goes_on(added: bytes) -> bool:
    """Whether most of what follows is base64: then the odd line is damage within the body."""
    lines = [line.strip() for line in added.splitlines() if line.strip()]
    coded = sum(len(line) >= 40 and _LINE.fullmatch(line) is not None for line in lines)
    return coded * 2 > len(lines)


def _in_charset(added: bytes, charset: str) -> bytes:
    """Encode the appended lines so that they can be decoded with the body's label."""
    names = codecs_for(charset)
    if not names or (added.isascii() and not names[0].startswith(("utf-16", "utf-32"))):
        return added
    text = decode_bytes(added, None)
    codec = names[0]
    if codec.startswith(("utf-16", "utf-32")) and not codec.endswith(("-le", "-be")):
        codec += "-le"
    try:
        return text.encode(codec, "replace")
    except (LookupError, ValueError):
        return added
