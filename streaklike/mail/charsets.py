"""Decode bytes and encoded words (R6).

Labels map to the codecs actually in use; a wrong one never loses the message.
"""

import binascii
import codecs
import re
from functools import lru_cache
from typing import Final

from streaklike.mail.guessing import DOUBTED, decode_broken, find_better, guess_text

_CODECS: Final = {
    "ascii": (),
    "us-ascii": (),
    "ansi_x3.4-1968": (),
    "utf8": ("utf-8",),
    "utf-8": ("utf-8",),
    "big5": ("cp950", "big5hkscs"),
    "big5-eten": ("cp950", "big5hkscs"),
    "x-x-big5": ("cp950", "big5hkscs"),
    "cn-big5": ("cp950", "big5hkscs"),
    "cp950": ("cp950", "big5hkscs"),
    "big5-hkscs": ("big5hkscs", "cp950"),
    "gb2312": ("gb18030",),
    "gb_2312-80": ("gb18030",),
    "euc-cn": ("gb18030",),
    "x-gbk": ("gb18030",),
    "gbk": ("gb18030",),
    "cp936": ("gb18030",),
    "gb18030": ("gb18030",),
    "hz-gb-2312": ("hz",),
    "iso-2022-jp": ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_3"),
    "iso-2022-kr": ("iso2022_kr",),
    "euc-kr": ("cp949",),
    "ks_c_5601-1987": ("cp949",),
    "ks_c_5601": ("cp949",),
    "euc-jp": ("euc_jp", "euc_jis_2004"),
    "shift_jis": ("cp932",),
    "shift-jis": ("cp932",),
    "x-sjis": ("cp932",),
    "windows-31j": ("cp932",),
    "iso-8859-1": ("cp1252", "latin-1"),
    "latin1": ("cp1252", "latin-1"),
    "iso-8859-11": ("cp874",),
    "tis-620": ("cp874",),
}
_NOT_FOR_TEXT: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
_ISO_2022: Final = ("iso2022_jp", "iso2022_jp_ext", "iso2022_kr")
_MOSTLY_GOOD: Final = 8
"""Good characters required per broken one for damaged text to be accepted."""
_SURE_OF_UTF8: Final = 6
"""This many bytes above 127 that are valid UTF-8 are taken as UTF-8 whatever the label says."""


@lru_cache(maxsize=256)
def codecs_for(label: str) -> tuple[str, ...]:
    """Return the Python codecs to try for a charset label, best first; empty for an unknown label."""
    name = label.strip().strip("\"'").partition("*")[0].strip().lower()
    if name in _CODECS:
        return _CODECS[name]
    try:
        codec = codecs.lookup(name).name if name.isascii() and len(name) < 40 and "\0" not in name else ""
        "".encode(codec or "undefined")
    except (LookupError, ValueError):
        return ()
    return () if codec.replace("-", "_") in _NOT_FOR_TEXT else (codec,)


def decode_bytes(content: bytes, charset: str | None, *, is_utf8_first: bool = False) -> str:
    """Decode bytes with their declared charset (R6). Never raises; undecodable bytes become U+FFFD.

    `is_utf8_first`: the source may have converted to UTF-8 and kept the label, as Gmail's API does. Valid
    UTF-8 is recognized under any label, ISO-2022 by its escapes; and if the label's result is implausible and
    another's is not, the other is used.
    """
    names = codecs_for(charset) if charset else ()
    if content.isascii():
        return _decode_ascii(content, names)
    high = len(content) - len(content.decode("ascii", "ignore"))
    if is_utf8_first or not names or high >= _SURE_OF_UTF8:
        names = ("utf-8", *names) if not names or not names[0].startswith("utf-16") else names
    for name in names:
        text = _try(content, name)
        if text is not None:
            return _recheck(content, name, text)
    return _decode_damaged(content, names)


def _decode_ascii(content: bytes, names: tuple[str, ...]) -> str:
    # ISO-2022, HZ, UTF-7 and UTF-16 hide their characters in bytes below 128.
    if b"\x1b$" in content or b"\x1b(" in content:
        names = (*(name for name in names if name.startswith("iso2022")), *_ISO_2022, *names)
    if names and (b"\x1b" in content or b"~{" in content or names[0].startswith("utf-")):
        for name in names:
            text = _try(content, name)
            if text is not None:
                return text
        return content.decode(names[0], "replace")
    return content.decode("ascii")


def _try(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _recheck(content: bytes, name: str, text: str) -> str:
    """Return the text, or a better decoding if the label's result is implausible."""
    if name not in DOUBTED:
        return text
    found = find_better(content, name, text)
    return text if found is None else found


def _decode_damaged(content: bytes, names: tuple[str, ...]) -> str:
    for name in dict.fromkeys((*names, "utf-8")):
        text = _try_cut(content, name)
        if text is not None:
            return text
        text = content.decode(name, "replace")
        broken = text.count("\ufffd")
        wide = len(text) - len(text.encode("ascii", "ignore"))
        if wide - broken > broken * _MOSTLY_GOOD:
            return _recheck(content, name, decode_broken(content, name))
    guessed = guess_text(content, names)
    return content.decode("cp1252", "replace") if guessed is None else guessed


def _try_cut(content: bytes, codec: str) -> str | None:
    """Decode text of which only the last character is cut off, as by a size limit."""
    try:
        text = codecs.getincrementaldecoder(codec)().decode(content, final=False)
    except (UnicodeError, ValueError, LookupError):
        return None
    return None if text.isascii() else text + "\ufffd"


_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")


def decode_words(header: str) -> str:
    """Decode the RFC 2047 words of a header (R6).

    Adjacent words of one charset are joined as bytes first, because some senders split characters.
    Undecodable words stay unchanged.
    """
    if "=?" not in header:
        return header
    out: list[str] = []
    pending = b""
    pending_charset = ""
    end = 0
    is_after_raw = False
    for found in _WORD.finditer(header):
        gap = header[end : found.start()]
        charset = found[1].lower()
        is_next = (bool(pending) or is_after_raw) and (not gap or gap.isspace())
        if not found[3].isascii():
            out += [decode_bytes(pending, pending_charset or None), "" if is_next else gap]
            out.append(_read_raw_word(found[1], found[2], found[3]))
            pending, pending_charset, end, is_after_raw = b"", "", found.end(), True
            continue
        payload = _word_bytes(found[2], found[3])
        if not (is_next and charset == pending_charset):
            out.append(decode_bytes(pending, pending_charset))
            out.append("" if is_next else gap)
            pending = b""
            pending_charset = charset
        pending += payload
        is_after_raw = False
        end = found.end()
    out.append(decode_bytes(pending, pending_charset or None))
    out.append(header[end:])
    return "".join(out)


_QUOTED_RUN: Final = re.compile(r"(?:[\x00-\x7f])+")


def _read_raw_word(charset: str, encoding: str, text: str) -> str:
    """Decode a word that contains raw non-ASCII characters: these are text already, the rest is decoded."""
    text = text.encode("utf-8", "replace").decode()
    if encoding in "bB" and not text.isascii():
        return text
    return _QUOTED_RUN.sub(lambda run: decode_bytes(_word_bytes(encoding, run[0]), charset), text)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return lenient_base64(raw) if encoding in "bB" else binascii.a2b_qp(raw, header=True)


_NOT_BASE64: Final = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
)
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def lenient_base64(content: bytes) -> bytes:
    """Decode base64 in either alphabet, with missing or misplaced padding and foreign bytes."""
    try:
        if b"=" not in content[:-4] and b"-" not in content and b"_" not in content:
            return binascii.a2b_base64(content)
    except binascii.Error:
        pass
    cleaned = content.translate(_URL_SAFE, b"").translate(None, _NOT_BASE64)
    return b"".join(map(_one_base64, filter(None, cleaned.split(b"="))))


def _one_base64(chunk: bytes) -> bytes:
    if len(chunk) % 4 == 1:
        chunk = chunk[:-1]
    return binascii.a2b_base64(chunk + b"=" * (-len(chunk) % 4))


_UNSTORABLE: Final = re.compile("[\x00\ufeff\ud800-\udfff]")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Make multi-line text storable in any database: no NUL, lone surrogate or BOM; LF line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    is_spoilt = "\0" in text or "\ufeff" in text or not _is_encodable(text)
    return _UNSTORABLE.sub("", text) if is_spoilt else text


def clean_line(text: str) -> str:
    """Make a single line for display: no controls or direction overrides, white space collapsed."""
    if not text.isprintable():
        text = _CONTROLS.sub("", text.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return " ".join(text.split())


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
