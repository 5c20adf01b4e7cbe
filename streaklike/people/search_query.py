"""What people type into a search: words that must all be there, phrases in quotes, `from:` a person."""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import address_key
from streaklike.mail.bigrams import compile_term, fold, lookup_entries
from streaklike.store.search_index import AUTHOR_MARK
from streaklike.store.search_terms import Wanted

LONGEST_QUERY: Final = 300
"""Characters of a query that are read; nobody types more."""

_TERM: Final = re.compile(r'(from:\s*)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)
_QUOTES: Final = str.maketrans("“”„«»「」『』＂：", '"""""""""":')


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query as read: what the index is asked for, and what then decides.

    `words` must each be found in the folded subject, text or people of a message, `authors` in who wrote it.
    """

    wanted: Wanted
    words: tuple[re.Pattern[str], ...]
    authors: tuple[re.Pattern[str], ...]

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.authors)


def parse_query(text: str) -> SearchQuery:
    """Read a query. Anything may be typed: what holds no letter and no digit asks for nothing."""
    entries: dict[str, None] = {}
    beginnings: dict[str, None] = {}
    words: list[re.Pattern[str]] = []
    authors: list[re.Pattern[str]] = []
    for is_from, phrase, word in _TERM.findall(text[:LONGEST_QUERY].translate(_QUOTES)):
        term = phrase or word
        if is_from:
            term = _author_term(term)
        pattern = compile_term(term)
        if pattern is None:
            continue
        mark = AUTHOR_MARK if is_from else ""
        (authors if is_from else words).append(pattern)
        whole, begun = lookup_entries(term)
        entries.update(dict.fromkeys(mark + entry for entry in whole))
        beginnings.update(dict.fromkeys(mark + entry for entry in begun))
    return SearchQuery(Wanted(tuple(entries), tuple(beginnings)), tuple(words), tuple(authors))


def _author_term(term: str) -> str:
    """An address in its key's form (R1 to R3), as it was indexed; a name or a part of an address as it stands."""
    return address_key(term) if "@" in term.strip("@") else term


def matches(query: SearchQuery, subject: str, body: str, people: str) -> bool:
    """Whether a message holds all that is asked for: the index only proposes."""
    if query.authors:
        author = fold(people.partition("\n")[0])
        if not all(pattern.search(author) for pattern in query.authors):
            return False
    if not query.words:
        return True
    folded = (fold(body), fold(subject), fold(people))
    return all(any(pattern.search(part) for part in folded) for pattern in query.words)
