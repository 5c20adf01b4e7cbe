"""Hashes that tell messages and bodies apart: the same for every copy of one message (R19, R32, R54)."""

import re
from collections import Counter
from hashlib import blake2b
from typing import Final

FORM: Final = "2-"
"""How a fingerprint of today begins. Those before rested on what we took for a quote, and match by `letters_of` alone."""

_MOST_OF_GREETING: Final = 2_000
_GREETING: Final = re.compile(
    r"\s*(?:[^\n,，:：!！。]{0,20}?(?:您好|你好|鈞鑒|钧鉴|平安|收信平安)|(?:親愛的|亲爱的|敬愛的|尊敬的|敬啟者|哈囉|嗨|致)[^\n,，:：!！。]{0,30}"
    r"|(?:dear|hi|hello|hey)\b[^\n,，:：!！]{0,40})\s*(?:[,，:：!！。]|\n|$)",
    re.IGNORECASE,
)


def squeeze(text: str) -> str:
    """The text without its white space, which does not count: carriers rewrap it."""
    return "".join(text.split())


def fingerprint(author_key: str, dated: str, text: str) -> str:
    """`FORM` and 16 hexadecimal digits of who, when and what.

    Of the text the letters and digits count alone, the quoted ones too: line ends, a BOM, `>` and the layout of HTML
    are a transport's or our own reading's (R54).
    """
    said = "".join(filter(str.isalnum, text.casefold()))
    return FORM + _digest(f"{author_key}\n{dated}\n{said}")


def letters_of(*texts: str) -> Counter[str]:
    """The letters and digits of a message's texts, counted: the same wherever its quotes are thought to begin (R54)."""
    return Counter(char for text in texts for char in text.casefold() if char.isalnum())


def body_hash(text: str, squeezed: str) -> str:
    """16 hexadecimal digits of the new text without its greeting, so that a mail merge counts as one body (R32).

    The empty text where nothing is left: it equals nothing.
    """
    found = _GREETING.match(text[:_MOST_OF_GREETING])
    said = squeezed[len(squeeze(found[0])) :] if found else squeezed
    return _digest(said) if said else ""


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
