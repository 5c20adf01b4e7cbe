"""Decode header blocks with raw bytes above 127, which are invalid but common (R6)."""

import re
from typing import Final

from streaklike.mail.charsets import decode_bytes

_WORD: Final = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_ANY: Final = re.compile(rb"[^A-Za-z0-9]", re.DOTALL)
_CHARSET: Final = re.compile(rb"charset\s{0,4}=\s{0,4}[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_MAX_LINES: Final = 4_000


def decode_raw_head(block: bytes) -> str:
    """Decode a header block line by line: as UTF-8, else with the mail's charset label, else by guessing.

    Raw bytes inside an encoded word are decoded with that word's charset.
    """
    found = _CHARSET.search(block)
    label = found[1].decode("ascii") if found else None
    lines = block.split(b"\n", _MAX_LINES)
    return "\n".join([_decode_line(line, label) for line in lines])


def _decode_line(line: bytes, label: str | None) -> str:
    if line.isascii():
        return line.decode("ascii")
    line = _WORD.sub(_encode_word, line)
    if line.isascii():
        return line.decode("ascii")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(line, label)


def _encode_word(word: re.Match[bytes]) -> bytes:
    """Encode the word's raw bytes, so that all of it is decoded with its charset."""
    charset, encoding, text = word.groups()
    if text.isascii():
        return word[0]
    is_quoted = encoding in b"qQ"
    coded = (_HIGH if is_quoted else _ANY).sub(lambda byte: b"=%02X" % byte[0][0], text)
    return b"=?" + charset + b"?Q?" + coded + b"?="
