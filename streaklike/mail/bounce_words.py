"""Phrases in the prose of delivery reports (R30), by meaning; listed in `bounce_words.toml`."""

import tomllib
from functools import cache
from importlib.resources import files


def says(kind: str, text: str) -> bool:
    """Whether the text contains a phrase of this kind, in any language, ignoring case and line breaks.

    Kinds are the lists of `bounce_words.toml`: not_delivered, reasons, delayed, final, succeeded, held.
    """
    words = text.lower().split()
    squeezed = " ".join(words)
    # Chinese and Japanese text may break a line within a phrase, without a space.
    joined = "" if squeezed.isascii() else "".join(words)
    return any(phrase in squeezed or phrase in joined for phrase in _load()[kind])


@cache
def _load() -> dict[str, tuple[str, ...]]:
    lists = tomllib.loads(files("streaklike.mail").joinpath("bounce_words.toml").read_text("utf-8"))
    return {
        kind: tuple(phrase.lower() for phrases in by_language.values() for phrase in phrases)
        for kind, by_language in lists.items()
    }
