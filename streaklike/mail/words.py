"""A text's two halves, Latin words and all that is not ASCII: each is looked through several times faster than the whole."""

import re
from typing import Final

_BLANKED: Final = b" " * 128 + bytes(range(128, 256))
_LATIN_WORD: Final = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


def _lower_but(signs: str) -> bytes:
    """A table that makes letters small, keeps digits and these signs, and blanks all else."""
    return (
        bytes(
            ord(sign.lower()) if (sign := chr(code)).isalnum() or sign in signs else 32 for code in range(128)
        )
        + b" " * 128
    )


_WITH_SIGNS: Final = _lower_but("'-")
_PLAIN: Final = _lower_but("")


def beyond_ascii(text: str, between: str) -> str:
    """What is not ASCII, its runs in order, with `between` where ASCII stood between them."""
    if text.isascii():
        return ""
    runs = text.encode("utf-8", "surrogatepass").translate(_BLANKED).split()
    return between.encode().join(runs).decode("utf-8", "surrogatepass")


def latin_words(text: str) -> list[str]:
    """The words of ASCII letters and digits in order, lower case; a single apostrophe or hyphen may stand inside one."""
    plain = _through(_WITH_SIGNS, text)
    if "'" not in plain and "-" not in plain:
        return plain.split()
    return [
        word
        for token in plain.split()
        for word in ((token,) if token.isalnum() else _LATIN_WORD.findall(token))
    ]


def plain_words(text: str) -> set[str]:
    """The different runs of ASCII letters and digits, lower case."""
    return set(_through(_PLAIN, text).split())


def _through(table: bytes, text: str) -> str:
    return text.encode("ascii", "replace").translate(table).decode("ascii")
