"""Searches all mail, newest first: the index proposes candidates, which are then matched against their texts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.marking import Span, find_spans
from streaklike.people.search_query import SearchQuery, matches, parse_query
from streaklike.people.tables import ADDRESS, BODY, CONTACT, MESSAGE, PARTICIPANT
from streaklike.store.models import FOREVER, Base
from streaklike.store.search_index import FARTHEST
from streaklike.store.search_terms import Found, Wanted, iter_found
from streaklike.store.writing import in_chunks

__all__ = ["SearchHit", "parse_query", "search"]

LIMIT: Final = 50
SNIPPET_BEFORE, SNIPPET_LENGTH = 40, 180
NEWEST_LOOKED_THROUGH: Final = 300
"""How many are read first in a search for a single Han character.

A common one is in most mail, and the index would have to join thousands of entries for it; a rare one has few
entries.
"""

CHECKED_AT_ONCE: Final = 64

_SPACE: Final = re.compile(r"\s")
_ENTRY: Final = Base.metadata.tables["search_entry"]


@dataclass(frozen=True, slots=True)
class Sender:
    """The author: the name as received, the address key, and the root contact (R4), if any."""

    name: str
    address: str
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message found.

    `at` is an instant, `message_id` its Message-ID, `direction` inbound, outbound or internal.

    `snippet` is an excerpt of its new text, on one line, with "…" where cut. `marks` and `subject_marks` are
    the (start, end) character ranges of the words in `snippet` and `subject`. `contact_id` is the contact to
    open: the sender's, or for our mail that of the first outside recipient.
    """

    at: int
    message_id: str
    subject: str
    subject_marks: tuple[Span, ...]
    snippet: str
    marks: tuple[Span, ...]
    direction: str
    mail_class: str
    conversation_id: int | None
    sender: Sender | None
    contact_id: int | None


def search(session: Session, query: str, *, limit: int = LIMIT, before: int | None = None) -> list[SearchHit]:
    """Return the newest live messages matching the whole query in subject, new text or people, newest first.

    `query`: words, all of which must match; "a phrase"; `from:` with an address or part of an address or
    name. Han, Kana and Hangul match inside longer words, others only whole words. Any input is safe. `before`
    (exclusive) restricts to earlier messages: the last hit's `at` gives the next page. Messages of one
    instant are kept on one page, which may therefore exceed `limit`.
    """
    wanted = parse_query(query)
    if wanted.is_empty or limit < 1:
        return []
    ids: list[int] = []
    for _, instant in groupby(
        _iter_matching(session, wanted, FOREVER if before is None else before), key=lambda found: found.at
    ):
        ids += [found.message_id for found in instant]
        if len(ids) >= limit:
            break
    return _load_hits(session, ids, wanted)


def _iter_matching(session: Session, query: SearchQuery, before: int) -> Iterator[Found]:
    """Yield the messages that match the whole query, newest first."""
    if query.wanted.beginnings:
        by_entries = _iter_in_order(session, Wanted(query.wanted.entries), before)
        newest = list(islice(by_entries, NEWEST_LOOKED_THROUGH))
        # The last instant may be incomplete: leave it to the search by index below.
        if len(newest) == NEWEST_LOOKED_THROUGH:
            newest = [found for found in newest if found.at > newest[-1].at]
        yield from _check(session, query, newest)
        before = newest[-1].at if newest else before
    yield from _check(session, query, _iter_in_order(session, query.wanted, before))


def _iter_in_order(session: Session, wanted: Wanted, before: int) -> Iterator[Found]:
    """Yield the index's candidates before `before`, newest first. The index sorts by the hour; `at` is exact."""
    waiting: list[Found] = []
    for batch in iter_found(session, wanted, below=min(before + FARTHEST, FOREVER)):
        waiting = sorted(
            (*waiting, *(found for found in batch.found if found.at < before)),
            key=lambda found: (found.at, found.message_id),
            reverse=True,
        )
        # Only what is later than any message still to come can be yielded in order.
        ready = next(
            (n for n, found in enumerate(waiting) if found.at < batch.reached + FARTHEST), len(waiting)
        )
        if batch.reached == 0:
            ready = len(waiting)
        yield from waiting[:ready]
        waiting = waiting[ready:]


def _check(session: Session, query: SearchQuery, proposed: Iterable[Found]) -> Iterator[Found]:
    """Yield the candidates whose texts match the whole query, in the same order."""
    m, rest = MESSAGE.c, iter(proposed)
    while batch := list(islice(rest, CHECKED_AT_ONCE)):
        rows = session.execute(
            select(m.id, m.subject, BODY.c.text, _ENTRY.c.people)
            .join_from(MESSAGE, _ENTRY, _ENTRY.c.message_id == m.id)
            .join(BODY, BODY.c.message_id == m.id)
            .where(m.id.in_([found.message_id for found in batch]))
        )
        matching = {key for key, subject, body, people in rows if matches(query, subject, body, people)}
        yield from (found for found in batch if found.message_id in matching)


def _load_hits(session: Session, ids: Sequence[int], query: SearchQuery) -> list[SearchHit]:
    m = MESSAGE.c
    rows, people = list[Any](), dict[int, list[Any]]()
    for chunk in in_chunks(ids):
        people.update(_load_people(session, chunk))
        rows += session.execute(
            select(
                m.id,
                m.at,
                m.rfc_id,
                m.fingerprint,
                m.subject,
                BODY.c.text,
                m.direction,
                m.kind,
                m.conversation_id,
            )
            .join_from(MESSAGE, BODY, BODY.c.message_id == m.id)
            .where(m.id.in_(chunk))
        ).all()
    rows.sort(key=lambda row: (row.at, row.rfc_id, row.fingerprint), reverse=True)
    return [_hit(row, people.get(row.id, []), query) for row in rows]


def _load_people(session: Session, ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the author and To of each message, sorted by address, author first."""
    p, a = PARTICIPANT.c, ADDRESS.c
    rows = session.execute(
        select(p.message_id, p.role, p.name, a.key, a.side, CONTACT.c.root_id)
        .join_from(PARTICIPANT, ADDRESS, a.id == p.address_id)
        .outerjoin(CONTACT, CONTACT.c.id == a.contact_id)
        .where(p.message_id.in_(ids), p.role.in_(("author", "to")))
        .order_by(p.role, a.key)
    )
    people: dict[int, list[Any]] = {}
    for row in rows:
        people.setdefault(row.message_id, []).append(row)
    return people


def _hit(row: Any, people: Sequence[Any], query: SearchQuery) -> SearchHit:
    author = next((person for person in people if person.role == "author"), None)
    outside = next((person for person in people if person.side == "outside" and person.root_id), None)
    snippet, marks = cut_snippet(row.text, find_spans(row.text, query.words))
    return SearchHit(
        at=row.at,
        message_id=row.rfc_id,
        subject=row.subject,
        subject_marks=find_spans(row.subject, query.words),
        snippet=snippet,
        marks=marks,
        direction=row.direction,
        mail_class=row.kind,
        conversation_id=row.conversation_id,
        sender=Sender(author.name, author.key, author.root_id) if author else None,
        contact_id=outside.root_id if outside else None,
    )


def cut_snippet(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """Cut an excerpt around the first span, with the spans inside it; without spans, the beginning of the text."""
    start = max(0, spans[0][0] - SNIPPET_BEFORE) if spans else 0
    if start < SNIPPET_BEFORE // 2:
        start = 0
    end = start + SNIPPET_LENGTH
    lead, tail = "…" if start else "", "…" if end < len(text) else ""
    piece = _SPACE.sub(" ", text[start:end])
    shift = len(lead) - start
    inside = ((first + shift, min(last, end) + shift) for first, last in spans if first < end)
    return f"{lead}{piece}{tail}", tuple(inside)
