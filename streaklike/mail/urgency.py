"""What makes an answer to inbound mail urgent: a date it names for us, or a word. Pure; uses the new part
only (R25).

False positives cost trust: a date counts only if it is a deadline or part of a request. Past dates,
birthdays, the sender's own promises and recurring days do not count.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Final, NamedTuple

from streaklike.mail.named_dates import NamedDay, iter_named_days
from streaklike.mail.words import latin_words

VERSION: Final = "1"
"""Increase when the patterns change, so that waiting mail is evaluated again.

Vocabulary changes are detected.
"""

LOOKED_AT: Final = 2_000
"""How many characters of a text are examined."""
WRAPPED: Final = 50
"""A line of at least this length continues on the next one, because mail programs wrap."""
_BEFORE: Final = 40
_AFTER: Final = 14
"""Maximum distance, in characters, between a deadline's words and its date."""

_SENTENCE: Final = re.compile(r"(?:[^。!?\n.]|\.(?!\s|$))+[!?]?")
_CLAUSE: Final = re.compile(r"[^,、;]+")
_COURTESY: Final = r"(?:假|客|多保重|保重|安心|放心|笑納|查收|參考|參閱|見諒|原諒|指教)"
_ASKS: Final = re.compile(
    rf"\?|[嗎吗]|[請请](?!{_COURTESY})|麻煩|麻烦|能否|可否|是否|可不可以|能不能|方不方便|拜託|拜托|希望(?:您|你|貴)|需要(?:您|你|貴)|怎麼|怎么"
    r"|幾點|几点|幾號|哪裡|哪里"
    r"|\b(?:please|kindly|(?:could|can|would|will) you|(?:need|want) (?:you|your|an? (?:answer|reply))|let (?:me|us) know"
    r"|what to do)\b"
)
_LIMIT_BEFORE: Final = re.compile(
    r"截止|截稿|期限|到期|最晚|最遲|最迟|最慢|至遲|至晚"
    r"|\b(?:by(?! the way| accident)|before|until|till|no later than|due|deadline|at the latest|submit(?:ted)? on)\b"
)
_LIMIT_AFTER: Final = re.compile(
    r"[之以]?前(?![的往面後天年])|截止|截稿|到期|為止|为止|[沒没未不][^,]{1,4}就|\bdeadline\b|\bat the latest\b|\blatest\b"
)
_PAST: Final = (
    r"上上?[個个]?(?:週|周|星期|禮拜|礼拜|月)|上次|去年|前年|當時|曾經|曾在|\blast (?:week|month|year|time|spring|summer|autumn|winter)\b"
    r"|\b(?:weeks|months|years|a year|a month|a week) ago\b|\bpreviously\b|\bback in\b"
)
_LONG_AGO: Final = re.compile(_PAST)
_OVER: Final = re.compile(
    rf"{_PAST}|昨天|昨日|前天|已經?截止|截止了|已於|已在|\byesterday\b|\b\w{{1,12}} ago\b|\bdeadline was\b"
)
_NO_DAY_OF_OURS: Final = re.compile(
    r"生日|出生|生於|週年|周年|紀念日|每[個个天日週周星禮月年]|發票日|收據日|報名日期是|填表日|版權|出版"
    r"|\b(?:birthday|born|anniversary|every|each|weekly|monthly|copyright|published)\b"
)
_HEADER_LINE: Final = re.compile(r"\s{0,4}(?:寄件日期|傳送日期|日期|date|sent|寄件日|時間|time)\s{0,2}:")
_PROMISE: Final = re.compile(
    r"(?:我|我們|我们|本校|本會|本公司)[^,]{0,12}?(?:會|将|將|預計|打算|預定)"
    r"|\b(?:i|we)(?:'ll| will| shall| plan to| expect to| am going to| are going to)\b"
)
_HAPPENED: Final = re.compile(
    r"收到|寄出|完成|沒有|沒到|沒來|未到|結束|看到|見到|有捐|捐款|匯款|轉帳|付款|付清|[了過过](?!解|程|後|后)"
    r"|\b(?:[a-z]{2,14}(?<!ne)ed|sent|paid|made|gave|was|were|had|came|saw|met|got|went|broke|began|heard|took)\b"
)
"""Reports of past events: a date in them is not a deadline for a question beside it."""
_MUST: Final = re.compile(
    r"要|必須|必须|得[去在]|\b(?:must|have to|has to|need to|needs to|is on|is due|is tomorrow|leaving|closes?)\b"
)


class Urgency(NamedTuple):
    """The date named for us (not before the day of sending), and the word found."""

    named_on: date | None = None
    word: str | None = None


NOT_URGENT: Final = Urgency()


class UrgencyVocabulary(NamedTuple):
    """`urgent_words.toml`: (word, kind) by script, and longer phrases that only contain such a word, longest
    first.
    """

    han: tuple[tuple[str, str], ...]
    latin: tuple[tuple[str, str], ...]
    not_han: tuple[str, ...]
    not_latin: tuple[str, ...]


def find_urgency(subject: str, text: str, sent_on: date) -> Urgency:
    """Find what makes this inbound mail urgent. Pass an empty `subject` for replies, whose subject was mostly
    ours.

    `sent_on` is the day it was sent, in the team's zone.
    """
    sentences = list(_iter_sentences(subject, text))
    days = [day for said in sentences for day in _list_days(said, sent_on)]
    named_on = min(days, default=None)
    return Urgency(named_on, _find_word(sentences, has_day=named_on is not None))


def _iter_sentences(subject: str, text: str) -> Iterator[str]:
    said = text[:LOOKED_AT].partition("\n-- \n")[0].partition("\n--\n")[0]
    whole = unicodedata.normalize("NFKC", f"{subject[:200]}\n\n{_unwrap(said)}").casefold()
    whole = whole.replace("p.m.", "pm").replace("a.m.", "am").replace("\u2019", "'")
    for found in _SENTENCE.finditer(whole):
        if found[0].strip():
            yield found[0]


def _unwrap(text: str) -> str:
    """Join lines that a mail program wrapped."""
    lines: list[str] = []
    is_open = False
    for line in text.split("\n"):
        if is_open and line.strip():
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line.rstrip())
        is_open = len(line.rstrip()) >= WRAPPED
    return "\n".join(lines)


def _list_days(sentence: str, sent_on: date) -> list[date]:
    """Return the dates in a sentence by which something is wanted of us."""
    if _HEADER_LINE.match(sentence):
        return []
    clauses = [found[0] for found in _CLAUSE.finditer(sentence)]
    is_question = sentence.endswith("?")
    asking = [_ASKS.search(clause) is not None for clause in clauses]
    if is_question:
        asking[-1:] = [True]
    found: list[NamedDay] = []
    for number, clause in enumerate(clauses):
        if _OVER.search(clause) or _NO_DAY_OF_OURS.search(clause):
            continue
        near = asking if _MUST.search(clause) else asking[max(0, number - 1) : number + 2]
        found += [
            day
            for day in iter_named_days(clause, sent_on)
            if day.day >= sent_on and _is_for_us(day, clause, asks=any(near))
        ]
    whole = [each.day for each in found if not each.is_bare]
    return whole or [each.day for each in found]


def _is_for_us(named: NamedDay, clause: str, *, asks: bool) -> bool:
    """Whether a date is a deadline or part of a request."""
    before, after = (
        clause[max(0, named.start - _BEFORE) : named.start],
        clause[named.end : named.end + _AFTER],
    )
    asks_here = _ASKS.search(clause) is not None
    if named.is_bare or _LIMIT_BEFORE.search(before) or _LIMIT_AFTER.search(after):
        return asks_here or not _PROMISE.search(clause)
    return asks and (asks_here or not _HAPPENED.search(clause))


def _find_word(sentences: Sequence[str], *, has_day: bool) -> str | None:
    words = load_vocabulary()
    for said in sentences:
        if _LONG_AGO.search(said):
            continue
        asks = _ASKS.search(said) is not None
        for word, kind in _words_in(words, said):
            if kind == "alarm" or (kind == "hurry" and asks) or (kind == "deadline" and not has_day):
                return word
    return None


def _words_in(words: UrgencyVocabulary, said: str) -> Iterator[tuple[str, str]]:
    if not said.isascii():
        cleaned = said
        for hidden in words.not_han:
            if hidden in cleaned:
                cleaned = cleaned.replace(hidden, "\n")
        yield from (each for each in words.han if each[0] in cleaned)
    spaced = f" {' '.join(latin_words(said))} "
    for hidden in words.not_latin:
        if f" {hidden} " in spaced:
            spaced = spaced.replace(f" {hidden} ", " \n ")
    yield from (each for each in words.latin if f" {each[0]} " in spaced)


@cache
def load_vocabulary() -> UrgencyVocabulary:
    """Load the vocabulary of `urgent_words.toml`."""
    groups = tomllib.loads(_source())
    unless = groups.pop("unless")
    found = [
        tuple((word, kind) for kind, group in groups.items() for word in group[language])
        for language in ("zh", "en")
    ]
    hidden = [
        tuple(sorted(unless[language], key=lambda word: (-len(word), word))) for language in ("zh", "en")
    ]
    return UrgencyVocabulary(found[0], found[1], hidden[0], hidden[1])


@cache
def is_alarm(word: str) -> bool:
    """Whether the word reports an emergency or urgency, rather than asking for a quick answer."""
    words = load_vocabulary()
    return (word, "alarm") in words.han or (word, "alarm") in words.latin


@cache
def current_version() -> str:
    """A version that changes with the vocabulary and the matching."""
    return f"{VERSION}.{blake2b(_source().encode(), digest_size=8).hexdigest()}"


def _source() -> str:
    return files("streaklike.mail").joinpath("urgent_words.toml").read_text("utf-8")
