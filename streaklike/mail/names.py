"""Names of people: compare them, recognize those of machines, and choose the best one (R5, R7, R8)."""

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from streaklike.mail.addresses import address_kind
from streaklike.mail.charsets import clean_line

_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "‘": "’", "「": "」", "『": "』", "«": "»"}
_VIA: Final = re.compile(
    r"(?:\s(?:- )?(?:via|durch|über|por|par|tramite)\s|\s?(?:透過|通過|通过|經由|经由|经由)\s?)(?=\S)"
)
_VIA_SERVICE: Final = re.compile(
    r"\((?:via|透過|通过|經由)\s?[^()]+\)|\((?:Google|Dropbox|Asana|Trello|Slack)[^()]*\)"
)


def name_key(name: str) -> str:
    """Normalize a name for comparison (R5): NFKC, case folded, white space collapsed.

    Equality is only a hint.
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def tidy_name(name: str) -> str:
    """Remove control characters and enclosing quotes; keep word order and spaces (R8)."""
    tidy = clean_line(name)
    while len(tidy) > 2 and _QUOTES.get(tidy[0]) == tidy[-1] and tidy[-1] not in tidy[1:-1]:
        tidy = tidy[1:-1].strip()
    return tidy


def strip_via(name: str) -> str:
    """Return the person's part of a name rewritten by a group: `'王小明' via 志工窗口` gives `王小明` (R15)."""
    tidy = tidy_name(name)
    found = _VIA.search(tidy)
    return tidy_name(tidy[: found.start()]) if found and found.start() else tidy


def name_after_via(name: str) -> str:
    """Return the group's part of a name that it rewrote: `'王小明' via 志工窗口` gives `志工窗口`; else "" (R15)."""
    tidy = clean_line(name)
    found = _VIA.search(tidy)
    return tidy_name(tidy[found.end() :]) if found and found.start() else ""


def has_via(name: str) -> bool:
    """Whether a name has the form used by groups and relays: somebody via something."""
    found = _VIA.search(clean_line(name))
    return found is not None and found.start() > 0


def is_person_name(name: str, key: str) -> bool:
    """Whether a name seen with the address of this key can be a person's name (R7).

    An address, a name without letters, one written by a service or group, and any name of a machine or list
    cannot. Names in Han, Kana and Hangul can, even with one character (R8).
    """
    tidy = tidy_name(name)
    if not any(char.isalpha() for char in tidy) or len(tidy) > 120:
        return False
    if "@" in tidy or _VIA_SERVICE.search(tidy) or has_via(tidy):
        return False
    return address_kind(key) in {"person", "role"}


class NameSource(IntEnum):
    """Where a name was seen with an address; the higher wins (R7). A manually set name outranks all."""

    ELSEWHERE = 0
    """Bulk and automatic mail, receipts, forged or unsent mail of ours, Bcc."""
    OTHERS = 1
    """Human mail of others; Reply-To, or what precedes "via" in a From rewritten by a list or form."""
    OURS = 2
    """To or Cc of human mail that one of us sent."""
    OWN = 3
    """From of the person's own human mail."""


def choose_name(observations: Iterable[tuple[NameSource, int, str]]) -> str:
    """Choose the best name seen with a person's addresses (R7), or "".

    An observation is source, time and name; pass only names for which `is_person_name` is true. The best
    source wins, then the newest, then the lexicographically smallest, so that the order does not matter
    (R21).
    """
    best: tuple[NameSource, int, list[int]] | None = None
    chosen = ""
    for source, at, name in observations:
        tidy = tidy_name(name)
        # Negated code points: max() then prefers the lexicographically smallest name.
        rank = (source, at, [-ord(char) for char in tidy])
        if tidy and (best is None or rank > best):
            best, chosen = rank, tidy
    return chosen
