"""Classify our outbound touches (R52) as ask, thank, inform or serve, by weighted words.

Words and weights are in `touch_words.toml`, which can be edited. Weights are integers in thousandths of a
point, so that sums do not depend on the order (R21).
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final, NamedTuple

from streaklike.mail.words import beyond_ascii, latin_words

CLASSES: Final = ("thank", "serve", "inform", "ask")
"""On equal scores the first wins: what is not clearly an ask is none."""

REPLY: Final = "(reply)"
BULK: Final = "(bulk)"
INVITATION: Final = "(invitation)"
THANKING: Final = "(thanks)"
"""A sentence thanks a donor (`giver_thanks`): the mail gives thanks as well, whatever its class."""
QUESTION: Final = "(question)"
"""A question to the reader in mail that is no reply: supports other signs of an ask, but is none by itself.
"""
REQUEST: Final = "(request)"
"""Mail that is no reply says that something is needed or hoped for from the reader."""
DONE: Final = "(done)"
"""The author says what they did or will do for the reader."""
_REQUEST: Final = re.compile(
    r"\b(?:would|could|may we|we hope|need|needs|needed|looking for|please help|please give|please sign|spare)\b"
    r"|希望您|希望你|盼|願意|需要|還缺|缺人|幫忙|協助|能不能|能否|可否|好嗎",
    re.IGNORECASE,
)
_DONE: Final = re.compile(
    r"\bI(?:'ve| have| will|'ll| can|'m| am)\b|\b(?:we've|we have) (?:changed|updated|sent|booked|put|moved|corrected|asked)\b"
    r"|已經?(?:為|幫|將|把|經)|我(?:會|幫|已|先|再)|(?:幫|替|為)[您你](?!們)",
    re.IGNORECASE,
)
LOOKED_AT: Final = 2_000
"""How many characters of a text are examined."""

Weights = Mapping[str, Mapping[str, int]]
"""Thousandths of a point by word and class."""


class Counted(NamedTuple):
    """A word that counted for a class or, if negative, against it, in thousandths of a point."""

    word: str
    touch_class: str
    weight: int


class Judgement(NamedTuple):
    """A class, its score in thousandths of a point, and all that was counted, heaviest first."""

    touch_class: str
    score: int
    counted: tuple[Counted, ...]


Beginnings = Mapping[str, Mapping[str, Sequence[str]]]
"""Index for lookups: words by their first and second character or word."""


class TouchVocabulary(NamedTuple):
    """Words with weights, and a version that changes with either.

    `han` and `latin` index the words by their first two characters or words.
    """

    weights: Weights
    han: Beginnings
    latin: Beginnings
    version: str


@cache
def load_vocabulary() -> TouchVocabulary:
    """Load the vocabulary of `touch_words.toml`."""
    return read_vocabulary(files("streaklike.mail").joinpath("touch_words.toml").read_text("utf-8"))


def read_vocabulary(source: str) -> TouchVocabulary:
    """Parse a vocabulary from TOML. Raises ValueError for an unknown class."""
    weights: dict[str, dict[str, int]] = {}
    words: dict[str, set[str]] = {"zh": set(), "en": set(), "signs": set()}
    for block in tomllib.loads(source)["words"]:
        touch_class, weight = _read_block(block)
        for kind, kept in words.items():
            for word in block.get(kind, ()):
                of_word = weights.setdefault(word, {})
                of_word[touch_class] = of_word.get(touch_class, 0) + weight
                kept.add(word)
    han = _by_beginning((word, word[0], word[1]) for word in words["zh"])
    latin = _by_beginning(
        (_spaced(word), word.split(" ")[0], f"{word} ".split(" ")[1]) for word in words["en"]
    )
    return TouchVocabulary(weights, han, latin, blake2b(source.encode(), digest_size=8).hexdigest())


def _read_block(block: Mapping[str, Any]) -> tuple[str, int]:
    if block["class"] not in CLASSES:
        raise ValueError(f"There is no class {block['class']!r}. Choose one of {', '.join(CLASSES)}.")
    return block["class"], round(block["weight"] * 1000)


def _by_beginning(words: Iterable[tuple[str, str, str]]) -> Beginnings:
    found: dict[str, dict[str, list[str]]] = {}
    for word, first, second in sorted(words):
        found.setdefault(first, {}).setdefault(second, []).append(word)
    return found


def _spaced(words: str) -> str:
    return f" {' '.join(latin_words(words))} "


def find_words(subject: str, text: str, *signs: str) -> tuple[str, ...]:
    """Return the distinct vocabulary words in the subject and new text (R25), sorted; `signs` are included as
    given.

    Longer words are matched first and hide those they contain. The subject of a reply (REPLY) is usually the
    other side's and is skipped, as is text below a signature's `--`.
    """
    han, latin = load_vocabulary()[1:3]
    own_subject = "" if REPLY in signs else subject
    own_text = text[:LOOKED_AT].partition("\n-- \n")[0].partition("\n--\n")[0]
    said = f"{own_subject}\n{own_text}".replace("\u2019", "'")
    found = ["(any)", *signs, *_find_signs(own_text, is_reply=REPLY in signs)]
    if beyond := beyond_ascii(said, "\n"):
        _take(han, set(beyond), beyond, "\n", found)
    if tokens := latin_words(said):
        _take(latin, {"", *tokens}, f" {' '.join(tokens)} ", " \n ", found)
    return tuple(sorted(found))


def _find_signs(text: str, *, is_reply: bool) -> Iterator[str]:
    """Yield signs of how a text is phrased.

    Questions and requests in a reply are mostly courtesy and are ignored.
    """
    if not is_reply:
        if "?" in text or "？" in text:
            yield QUESTION
        if _REQUEST.search(text):
            yield REQUEST
    if _DONE.search(text):
        yield DONE


def _take(words: Beginnings, there: set[str], said: str, gap: str, found: list[str]) -> None:
    """Add the words in `said` to `found`, cutting each out before the next; `there` limits possible
    beginnings.
    """
    begun = [words[first] for first in words.keys() & there]
    likely = [by_second[second] for by_second in begun for second in by_second.keys() & there]
    for word in sorted([word for each in likely for word in each if word in said], key=_longest):
        if word in said:
            said = said.replace(word, gap)
            found.append(word.strip())


def _longest(word: str) -> tuple[int, str]:
    return -len(word), word


def judge(words: Sequence[str], shifts: Weights | None = None) -> Judgement:
    """Classify a mail with these words; `shifts` are weights added by a team's corrections."""
    weights = load_vocabulary().weights
    scores = dict.fromkeys(CLASSES, 0)
    counted: list[Counted] = []
    for word in words:
        for source in (weights, shifts or {}):
            for touch_class, weight in source.get(word, {}).items():
                scores[touch_class] += weight
                counted.append(Counted(word, touch_class, weight))
    best = max(CLASSES, key=scores.__getitem__)
    return Judgement(best, scores[best], tuple(sorted(_added(counted), key=_heaviest)))


def _added(counted: Iterable[Counted]) -> Iterable[Counted]:
    sums: dict[tuple[str, str], int] = {}
    for word, touch_class, weight in counted:
        sums[word, touch_class] = sums.get((word, touch_class), 0) + weight
    return [Counted(*key, weight) for key, weight in sums.items() if weight]


def _heaviest(each: Counted) -> tuple[int, str, str]:
    return -abs(each.weight), each.word, each.touch_class


def class_of(words: Sequence[str], shifts: Weights | None = None) -> str:
    """`judge` without the explanation; faster, for bulk use."""
    weights = load_vocabulary().weights
    scores = dict.fromkeys(CLASSES, 0)
    for word in words:
        for touch_class, weight in weights.get(word, {}).items():
            scores[touch_class] += weight
        if shifts and word in shifts:
            for touch_class, weight in shifts[word].items():
                scores[touch_class] += weight
    return max(CLASSES, key=scores.__getitem__)
