"""Parses search input: words that must all match, quoted phrases, and `from:` a person."""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import address_key
from streaklike.mail.bigrams import compile_term, fold, lookup_entries
from streaklike.store.search_index import AUTHOR_MARK
from streaklike.store.search_terms import Wanted

LONGEST_QUERY: Final = 300
"""Maximum number of characters of a query that are read."""

# A closing quote is optional, so that a query still being typed is read too.
_TERM: Final = re.compile(r'(from:\s*)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)
_QUOTES: Final = str.maketrans("“”„«»「」『』＂：", '"""""""""":')


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A parsed query: `wanted` for the index, patterns for the final match.

    `words` must each match the folded subject, text or people of a message, `authors` its author.
    """

    wanted: Wanted
    words: tuple[re.Pattern[str], ...]
    authors: tuple[re.Pattern[str], ...]

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.authors)


def parse_query(text: str) -> SearchQuery:
    """Parse a query. Any input is valid; terms without a letter or digit are ignored."""
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
    """Normalize a full address to its key, as indexed (R1 to R3); leave names and parts of addresses unchanged."""
    return address_key(term) if "@" in term.strip("@") else term


def matches(query: SearchQuery, subject: str, body: str, people: str) -> bool:
    """Return whether a message really matches: the index only proposes candidates."""
    if query.authors:
        author = fold(people.partition("\n")[0])
        if not all(pattern.search(author) for pattern in query.authors):
            return False
    if not query.words:
        return True
    # Fold each text once, not once per pattern.
    folded = (fold(body), fold(subject), fold(people))
    return all(any(pattern.search(part) for part in folded) for pattern in query.words)
