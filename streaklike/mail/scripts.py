"""A text's two halves, Latin words and all that is not ASCII: each is looked through several times faster than the whole."""

import re
from typing import Final

_BLANKED: Final = b" " * 128 + bytes(range(128, 256))
_LATIN_WORD: Final = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_LATIN_SIGNS: Final = (
    bytes(ord(sign.lower()) if (sign := chr(code)).isalnum() or sign in "'-" else 32 for code in range(128))
    + b" " * 128
)


def beyond_ascii(text: str, between: str) -> str:
    """What is not ASCII, its runs in order, with `between` where ASCII stood between them."""
    if text.isascii():
        return ""
    runs = text.encode("utf-8", "surrogatepass").translate(_BLANKED).split()
    return between.encode().join(runs).decode("utf-8", "surrogatepass")


def latin_words(text: str) -> list[str]:
    """The words of ASCII letters and digits in order, lower case; a single apostrophe or hyphen may stand inside one."""
    plain = text.encode("ascii", "replace").translate(_LATIN_SIGNS).decode("ascii")
    if "'" not in plain and "-" not in plain:
        return plain.split()
    return [
        word
        for token in plain.split()
        for word in ((token,) if token.isalnum() else _LATIN_WORD.findall(token))
    ]
