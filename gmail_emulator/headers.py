"""Header values as Gmail's API gives them: unfolded, encoded words decoded, names with specials in quotes."""

import base64
import binascii
import quopri
import re

_WORD = r"=\?([^?\s]+)\?([bBqQ])\?([^?\r\n]*)\?="
_RUN = re.compile(r"(?:=\?[^?\s]+\?[bBqQ]\?[^?\r\n]*\?=)(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\r\n]*\?=)*")
_FOLD = re.compile(r"\r?\n[ \t]*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_ADDRESS_HEADERS = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc"}
)
_WIDER = {
    "big5": "cp950",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "iso-8859-1": "cp1252",
    "us-ascii": "utf-8",
}


def python_charset(label: str) -> str:
    """The name under which Python decodes a declared charset: the wider one, as mail programs mean it."""
    label = label.strip().lower()
    return _WIDER.get(label, label)


def decode_header(name: str, value: str) -> str:
    """One header's value as Gmail gives it. `value` is as the email package gives it: raw bytes as surrogates."""
    text = _FOLD.sub(" ", value).strip()
    if not text.isascii():
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if "=?" not in text:
        return text
    if name.lower() in _ADDRESS_HEADERS:
        return _decode_addresses(text)
    return _RUN.sub(lambda run: decode_words(run[0]), text)


def decode_words(run: str) -> str:
    """A run of encoded words as text; what cannot be decoded stays as it stands."""
    pieces: list[tuple[str, bytes]] = []
    for label, encoding, text in re.findall(_WORD, run):
        charset = python_charset(label.partition("*")[0])
        content = _decode_word(encoding, text)
        if content is None:
            return run
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
    try:
        return "".join(content.decode(charset, "replace") for charset, content in pieces)
    except LookupError:
        return run


def _decode_word(encoding: str, text: str) -> bytes | None:
    try:
        if encoding in "qQ":
            return quopri.decodestring(text.encode("ascii"), header=True)
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None


def _decode_addresses(text: str) -> str:
    """Words inside quotes are decoded there; words outside are put in quotes where they need them."""
    pieces: list[str] = []
    position = 0
    for quoted in _QUOTED.finditer(text):
        pieces.append(_RUN.sub(_quoted_where_needed, text[position : quoted.start()]))
        pieces.append(_RUN.sub(lambda run: _escaped(decode_words(run[0])), quoted[0]))
        position = quoted.end()
    pieces.append(_RUN.sub(_quoted_where_needed, text[position:]))
    return "".join(pieces)


def _quoted_where_needed(run: re.Match[str]) -> str:
    decoded = decode_words(run[0])
    return f'"{_escaped(decoded)}"' if _SPECIALS.search(decoded) else decoded


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
