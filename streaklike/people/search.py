"""Searching all mail, newest first: the index proposes messages, their texts decide."""

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
"""So many are read first where a single Han character is asked for: a common one stands in most mail, and the index
would have to join thousands of entries for it. A rare one has few entries."""

CHECKED_AT_ONCE: Final = 64

_SPACE: Final = re.compile(r"\s")
_ENTRY: Final = Base.metadata.tables["search_entry"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: the name as received, the address's key, and the contact (root, R4) that stands for them, if any."""

    name: str
    address: str
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A message found. `at` is an instant, `message_id` its Message-ID, `direction` inbound, outbound or internal.

    `snippet` is a piece of the new part of its text, on one line, "…" where it was cut. `marks` and `subject_marks`
    are where the words stand in `snippet` and `subject`: (start, end) in characters.
    `contact_id` is the contact to open: the sender's, or of mail of ours that of the first recipient outside.
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
    """The newest messages that hold all of the query, newest first; only live ones, in subject, new text or people.

    `query`: words, of which all must be there; "a phrase"; `from:` an address, or a part of one or of a name. Words
    of Han, Kana and Hangul are found inside longer ones, all others as whole words. Whatever is typed is safe.
    `before`: only what came before that instant, exclusive: `at` of the last hit gives the next page. Messages of one
    instant are never parted, so a page may hold a few more than `limit`.
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
    """The messages that hold all of the query, newest first."""
    if query.wanted.beginnings:
        easily = _iter_in_order(session, Wanted(query.wanted.entries), before)
        newest = list(islice(easily, NEWEST_LOOKED_THROUGH))
        if len(newest) == NEWEST_LOOKED_THROUGH:
            newest = [found for found in newest if found.at > newest[-1].at]
        yield from _check(session, query, newest)
        before = newest[-1].at if newest else before
    yield from _check(session, query, _iter_in_order(session, query.wanted, before))


def _iter_in_order(session: Session, wanted: Wanted, before: int) -> Iterator[Found]:
    """What the index finds that came before `before`, newest first: its places are right to the hour, `at` is exact."""
    waiting: list[Found] = []
    for batch in iter_found(session, wanted, below=min(before + FARTHEST, FOREVER)):
        waiting = sorted(
            (*waiting, *(found for found in batch.found if found.at < before)),
            key=lambda found: (found.at, found.message_id),
            reverse=True,
        )
        settled = next(
            (n for n, found in enumerate(waiting) if found.at < batch.reached + FARTHEST), len(waiting)
        )
        if batch.reached == 0:
            settled = len(waiting)
        yield from waiting[:settled]
        waiting = waiting[settled:]


def _check(session: Session, query: SearchQuery, proposed: Iterable[Found]) -> Iterator[Found]:
    """Those of the proposed messages whose texts hold all of the query, in the same order."""
    m, rest = MESSAGE.c, iter(proposed)
    while batch := list(islice(rest, CHECKED_AT_ONCE)):
        rows = session.execute(
            select(m.id, m.subject, BODY.c.text, _ENTRY.c.people)
            .join_from(MESSAGE, _ENTRY, _ENTRY.c.message_id == m.id)
            .join(BODY, BODY.c.message_id == m.id)
            .where(m.id.in_([found.message_id for found in batch]))
        )
        right = {key for key, subject, body, people in rows if matches(query, subject, body, people)}
        yield from (found for found in batch if found.message_id in right)


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
    """Per message its author and To, by address; the author first."""
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
    """A piece of the text around the first of the spans, and the spans inside it; the text's beginning without any."""
    start = max(0, spans[0][0] - SNIPPET_BEFORE) if spans else 0
    if start < SNIPPET_BEFORE // 2:
        start = 0
    end = start + SNIPPET_LENGTH
    lead, tail = "…" if start else "", "…" if end < len(text) else ""
    piece = _SPACE.sub(" ", text[start:end])
    shift = len(lead) - start
    inside = ((first + shift, min(last, end) + shift) for first, last in spans if first < end)
    return f"{lead}{piece}{tail}", tuple(inside)
