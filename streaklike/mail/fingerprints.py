"""Hashes that identify messages and bodies: equal for every copy of a message (R19, R32, R54)."""

import re
from collections import Counter
from hashlib import blake2b
from typing import Final

FORM: Final = "2-"
"""Prefix of current fingerprints.

Older ones depended on quote detection and are matched by `letters_of` only.
"""

_MOST_OF_GREETING: Final = 2_000
_GREETING: Final = re.compile(
    r"\s*(?:[^\n,，:：!！。]{0,20}?(?:您好|你好|鈞鑒|钧鉴|平安|收信平安)|(?:親愛的|亲爱的|敬愛的|尊敬的|敬啟者|哈囉|嗨|致)[^\n,，:：!！。]{0,30}"
    r"|(?:dear|hi|hello|hey)\b[^\n,，:：!！]{0,40})\s*(?:[,，:：!！。]|\n|$)",
    re.IGNORECASE,
)


def squeeze(text: str) -> str:
    """Remove white space, which is not significant because carriers rewrap text."""
    return "".join(text.split())


def fingerprint(author_key: str, dated: str, text: str) -> str:
    """Return `FORM` and 16 hexadecimal digits of author, date and text.

    Only letters and digits of the text count, including quotes: line ends, BOM, `>` and HTML layout depend on
    the transport or on our parser (R54).
    """
    said = "".join(filter(str.isalnum, text.casefold()))
    return FORM + _digest(f"{author_key}\n{dated}\n{said}")


def letters_of(*texts: str) -> Counter[str]:
    """Count the letters and digits of a message's texts: independent of where quotes are detected (R54)."""
    return Counter(char for text in texts for char in text.casefold() if char.isalnum())


def body_hash(text: str, squeezed: str) -> str:
    """Return 16 hexadecimal digits of the new text without its greeting, so that mail merges have equal
    bodies (R32).

    Returns "" if nothing is left; such bodies never match.
    """
    found = _GREETING.match(text[:_MOST_OF_GREETING])
    said = squeezed[len(squeeze(found[0])) :] if found else squeezed
    return _digest(said) if said else ""


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
