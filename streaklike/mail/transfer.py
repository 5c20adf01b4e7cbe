"""Content-Transfer-Encoding undone; text that somebody added below an encoded body stays text (R6)."""

import binascii
import re
from typing import Final

from streaklike.mail.charsets import codecs_for, decode_bytes, lenient_base64

_LINE: Final = re.compile(rb"[A-Za-z0-9+/_-]+={0,3}")
_RULE: Final = re.compile(rb"[-_=*#+]{3,}")
_MAX_ADDED: Final = 20_000


def decode_transfer(content: bytes, encoding: str, charset: str | None) -> bytes:
    """The bytes of a body. `charset` is the label of a text, empty where it has none; None says that it is no text.

    Lists and scanners append lines to an encoded body without encoding them. They are told by what base64 cannot hold,
    and follow the text in its own charset; of a file they are left out.
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
    """Where added lines begin: at the end of the content where there are none.

    They are there where some line is no base64, and begin with the first after the body's end: its last line is
    shorter than the others or padded, or a blank line follows it.
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
    """Whether most of what follows is base64 all the same: then the odd line is damage within the body."""
    lines = [line.strip() for line in added.splitlines() if line.strip()]
    coded = sum(len(line) >= 40 and _LINE.fullmatch(line) is not None for line in lines)
    return coded * 2 > len(lines)


def _in_charset(added: bytes, charset: str) -> bytes:
    """The added lines as bytes that are read under the body's own label."""
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
