"""Maintain the full text index: add messages when they are linked, remove them before they change.

A message is indexed by its subject, the new part of its text (R25), and the names and addresses that pages
may show, which excludes Bcc (R22). Authors are indexed a second time with a prefix, for `from:`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.instants import HOUR
from streaklike.mail.bigrams import index_entries
from streaklike.store.in_values import in_values
from streaklike.store.models import Base
from streaklike.store.search_terms import Placed, remove_terms, write_terms
from streaklike.store.writing import in_chunks, insert_rows

AUTHOR_MARK: Final = "\ue000"
"""Prefix of author entries. Other entries never contain it, as it is neither letter nor digit."""

FARTHEST: Final = HOUR
"""How far (ms) a message's key in the index may be from its `at` before it is indexed anew."""

INDEXED_ROLES: Final = ("author", "from", "to", "cc")

_MESSAGE: Final = Base.metadata.tables["message"]
_BODY: Final = Base.metadata.tables["body"]
_PARTICIPANT: Final = Base.metadata.tables["participant"]
_ADDRESS: Final = Base.metadata.tables["address"]
_ENTRY: Final = Base.metadata.tables["search_entry"]


class _Due(NamedTuple):
    message_id: int
    at: int
    people: str


def index_messages(session: Session, message_ids: Iterable[int]) -> None:
    """Update the index for these messages. Those that are up to date cost only a query."""
    for chunk in in_chunks(sorted(set(message_ids))):
        due, stale = _compare(session, chunk)
        drop_messages(session, stale)
        _put(session, due)


def drop_messages(session: Session, message_ids: Iterable[int]) -> None:
    """Remove messages from the index. Call it before their subject or text changes or they are deleted."""
    e, m = _ENTRY.c, _MESSAGE.c
    for chunk in in_chunks(sorted(set(message_ids))):
        rows = session.execute(
            select(e.placed_at, m.id, m.subject, _BODY.c.text, e.people)
            .join_from(_ENTRY, _MESSAGE, m.id == e.message_id)
            .join(_BODY, _BODY.c.message_id == m.id)
            .where(in_values(session, e.message_id, chunk))
        ).all()
        remove_terms(session, [Placed(key_at, key, terms_of(*said)) for key_at, key, *said in rows])
        session.execute(delete(_ENTRY).where(in_values(session, e.message_id, chunk)))


def index_everything(session: Session) -> None:
    """Add all messages that are missing in the index, for a new index."""
    m, e = _MESSAGE.c, _ENTRY.c
    last = 0
    while True:
        ids = session.scalars(
            select(m.id)
            .outerjoin(_ENTRY, e.message_id == m.id)
            .where(m.id > last, e.message_id.is_(None))
            .order_by(m.id)
            .limit(500)
        ).all()
        if not ids:
            return
        index_messages(session, ids)
        last = ids[-1]


def terms_of(subject: str, body: str, people: str) -> str:
    """The index entries of a message, joined by spaces."""
    authors = people.partition("\n")[0]
    marked = [AUTHOR_MARK + entry for entry in index_entries(authors).split()]
    return " ".join((index_entries(f"{subject}\n{people}"), index_entries(body), *marked))


def _compare(session: Session, ids: Sequence[int]) -> tuple[list[_Due], list[int]]:
    """Return the messages to be added, and those of them that have to be removed first."""
    m, e = _MESSAGE.c, _ENTRY.c
    people = _load_people(session, ids)
    due, stale = [], []
    rows = session.execute(
        select(m.id, m.at, e.placed_at, e.people)
        .outerjoin_from(_MESSAGE, _ENTRY, e.message_id == m.id)
        .where(in_values(session, m.id, ids))
    )
    for message_id, at, placed_at, known in rows:
        if placed_at is not None:
            if known == people[message_id] and abs(placed_at - at) <= FARTHEST:
                continue
            stale.append(message_id)
        due.append(_Due(message_id, at, people[message_id]))
    return due, stale


def _load_people(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Load the people of each message: authors in the first line, others below, in a fixed order."""
    p, a = _PARTICIPANT.c, _ADDRESS.c
    rows = session.execute(
        select(p.message_id, p.role, p.name, p.shown, a.key)
        .join_from(_PARTICIPANT, _ADDRESS, a.id == p.address_id)
        .where(in_values(session, p.message_id, ids), p.role.in_(INDEXED_ROLES))
    )
    authors: dict[int, set[str]] = defaultdict(set)
    others: dict[int, set[str]] = defaultdict(set)
    for message_id, role, name, shown, key in rows:
        person = " ".join(f"{name} {shown or ''} {key}".split())
        (authors if role in {"author", "from"} else others)[message_id].add(person)
    return {
        key: "\n".join((" ".join(sorted(authors.get(key, ()))), *sorted(others.get(key, ())))) for key in ids
    }


def _put(session: Session, due: Collection[_Due]) -> None:
    if not due:
        return
    m = _MESSAGE.c
    keys = _find_places(session, due)
    rows = session.execute(
        select(m.id, m.subject, _BODY.c.text)
        .join_from(_MESSAGE, _BODY, _BODY.c.message_id == m.id)
        .where(in_values(session, m.id, [message.message_id for message in due]))
    ).all()
    said = {key: (subject, body) for key, subject, body in rows}
    entries = [(row.message_id, keys[row.message_id], row.people) for row in due]
    insert_rows(session, _ENTRY, ("message_id", "placed_at", "people"), entries)
    write_terms(
        session,
        [
            Placed(keys[row.message_id], row.message_id, terms_of(*said[row.message_id], row.people))
            for row in due
        ],
    )


def _find_places(session: Session, due: Collection[_Due]) -> dict[int, int]:
    """Assign each message its `at` as key, or the first free millisecond after it."""
    e = _ENTRY.c
    instants = {message.at for message in due}
    used = set(session.scalars(select(e.placed_at).where(in_values(session, e.placed_at, instants))))
    keys: dict[int, int] = {}
    crowded: dict[int, list[int]] = defaultdict(list)
    for message in due:
        if message.at in used:
            crowded[message.at].append(message.message_id)
        else:
            used.add(message.at)
            keys[message.message_id] = message.at
    for at, ids in sorted(crowded.items()):
        used.update(session.scalars(select(e.placed_at).where(e.placed_at.between(at, at + FARTHEST))))
        key_at = at
        for message_id in ids:
            while key_at in used:
                key_at += 1
            used.add(key_at)
            keys[message_id] = key_at
    return keys
