"""Tokens for the full text index in any script: words for Latin, overlapping pairs for Han.

Chinese, Japanese and Korean are written without spaces, so a run of their characters is indexed as all pairs
of neighbours plus the last character: 志工會議 gives 志工 工會 會議 議. A query of two characters is one token, a longer
one several that must all match, and a single character is a prefix query. Tokens contain no space or ASCII
punctuation, so any index can separate them at spaces.
"""

import re
import sys
import unicodedata
from array import array
from typing import Final

from streaklike.mail.words import beyond_ascii, plain_words

HAN: Final = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3041-\u3098\u309d-\u30fa\u30fc-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
"""Han, Kana and Hangul, for use in a character class."""

LONGEST_ENTRY: Final = 64
"""Longer words are truncated to this many characters."""

LONGEST_TEXT: Final = 20_000
"""How many characters of a text are indexed. Mail written by people is far shorter."""

_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_LETTER: Final = rf"[^\W_{HAN}]"
_WORD: Final = re.compile(f"{_LETTER}+")
_SEGMENT: Final = re.compile(f"([{HAN}]+)|({_LETTER}+)")
_UNUSUAL: Final = re.compile(
    rf"[A-Za-z0-9]|[^\x00-\x7f{HAN}\xa0-\xa9\xab-\xb1\xb7\xbb\u2000-\u206f\u2190-\u21ff\u3000-\u3004\u3008-\u3020\u2500-\u2775\U0001f300-\U0001faff]"
)
"""Matches, in folded non-ASCII text, any letter or digit that is not Han, and some symbols: these need the
slow path.
"""

_WIDE: Final = tuple(
    (wide, unicodedata.normalize("NFKC", wide))
    for wide in "\u3000\uff0c\uff1a\uff01\uff1f\uff08\uff09\uff1b\uff0f\xa0"
)
_UTF_32: Final = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"


def narrow(text: str) -> str:
    """Make full-width punctuation and spaces half-width, one for one: all that NFKC changes in most mail."""
    for wide, plain in _WIDE:
        text = text.replace(wide, plain)
    return text


def fold(text: str) -> str:
    """Normalize for comparison of texts and queries: NFKC and case folding."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", narrow(text))).casefold()


def index_entries(text: str) -> str:
    """Return the tokens of a text, joined by spaces, in no particular order; each word once."""
    text = text[:LONGEST_TEXT]
    # Fast path: fold only the non-ASCII characters, and the whole text only if it has unusual ones.
    beyond = fold(beyond_ascii(text, " "))
    if not beyond:
        return " ".join(_cut(plain_words(text)))
    if _UNUSUAL.search(beyond):
        folded = fold(text)
        words, beyond = set(_WORD.findall(folded)), beyond_ascii(folded, " ")
    else:
        words = plain_words(text)
    return f"{' '.join(_cut(words))} {_pairs(' '.join((*_HAN_RUN.findall(beyond), '')))}"


def _cut(words: set[str]) -> set[str]:
    if max(map(len, words), default=0) > LONGEST_ENTRY:
        return {word[:LONGEST_ENTRY] for word in words}
    return words


def _pairs(runs: str) -> str:
    """Join each character with the next, separated by spaces; beside a space a character stays single.

    Uses slices of 32-bit code points, which is ten times faster than a loop over characters.
    """
    if len(runs) < 2:
        return runs
    points = array("I", runs.encode(_UTF_32))
    pairs = array("I", (32,)) * (3 * len(points) - 3)
    # Every third code point stays the space that separates two pairs.
    pairs[0::3], pairs[1::3] = points[:-1], points[1:]
    return pairs.tobytes().decode(_UTF_32)


def lookup_entries(term: str) -> tuple[list[str], list[str]]:
    """Return the tokens of every text that contains the term: complete ones, and prefixes.

    Prefixes are returned only if there is no complete token: for a term of single Han characters.
    """
    whole: list[str] = []
    beginnings: list[str] = []
    for han, word in _SEGMENT.findall(fold(term)):
        if word:
            whole.append(word[:LONGEST_ENTRY])
        elif len(han) == 1:
            beginnings.append(han)
        else:
            whole += [han[place : place + 2] for place in range(len(han) - 1)]
    return (whole, []) if whole else ([], beginnings)


def compile_term(term: str) -> re.Pattern[str] | None:
    """Compile a pattern that finds the term in folded text: its words in order, with any punctuation between.

    Returns None if the term has no letter or digit.
    """
    segments = _SEGMENT.findall(fold(term))
    if not segments:
        return None
    pattern, was_word = "", False
    for han, word in segments:
        if pattern:
            pattern += r"[\W_]+" if word and was_word else r"[\W_]*"
        elif word:
            pattern = f"(?<!{_LETTER})"
        pattern += re.escape(word or han)
        was_word = bool(word)
    return re.compile(pattern + (f"(?!{_LETTER})" if was_word else ""))
