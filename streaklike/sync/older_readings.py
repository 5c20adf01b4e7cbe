"""Match messages parsed by an older `mail.reading` version with copies that are parsed again.

The first copy parsed again replaces the message's content; further copies compete by rank as usual. Once all
are parsed, the message equals the result of a fresh sync (R21).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, case, delete, select
from sqlalchemy.orm import Session

from streaklike.mail import reading
from streaklike.mail.message import Understood
from streaklike.store.in_values import in_values
from streaklike.store.models import Message, Participant
from streaklike.store.writing import in_chunks

Identity = tuple[str, str]

UNREAD: Final = "~"
"""Rank of a message parsed by an older version. It sorts after every hexadecimal rank."""


class Read(Protocol):
    """A fetched and parsed copy."""

    @property
    def gmail_id(self) -> str: ...

    @property
    def understood(self) -> Understood | None: ...


def rank_now() -> ColumnElement[str]:
    """SQL for a message's rank among its copies, labelled `rank`; UNREAD if an older version parsed it."""
    return case((Message.read_version < reading.VERSION, UNREAD), else_=Message.source_rank).label("rank")


def find_own(
    session: Session,
    items: Iterable[Read],
    twins: Mapping[Identity, Identity],
    before: Mapping[str, tuple[Any, ...]],
    *,
    known: Mapping[Identity, tuple[int, str]],
    found: Mapping[Identity, tuple[int, str]],
) -> dict[Identity, tuple[int, str]]:
    """Map the identities that these copies have now to the messages they belonged to before.

    Thus a message keeps its row if its Message-ID or fingerprint is parsed differently. `known` are messages
    by identity; `found` adds those that are the same message (R54), which take precedence if this version
    parsed them.
    """
    mine = {item.gmail_id: before[item.gmail_id][0] for item in items if item.gmail_id in before}
    older: set[int] = set()
    for chunk in in_chunks(sorted({key for key in mine.values() if key is not None})):
        of_older = in_values(session, Message.id, chunk), Message.read_version < reading.VERSION
        older.update(session.scalars(select(Message.id).where(*of_older)))
    if not older:
        return {}
    used = {found[identity][0] for identity in found if identity in known}
    own: dict[Identity, tuple[int, str]] = {}
    for item in items:
        message_id = mine.get(item.gmail_id)
        if item.understood is None or message_id not in older - used:
            continue
        identity = (item.understood.rfc_id, item.understood.fingerprint)
        identity = twins.get(identity, identity)
        if identity in known or identity in own or found.get(identity, (0, UNREAD))[1] != UNREAD:
            continue
        own[identity] = message_id, UNREAD
        used.add(message_id)
    return own


def drop_participants(session: Session, message_ids: Collection[int], sent: Collection[int]) -> None:
    """Delete participants found by an older version; Bcc only for messages in `sent`, whose own copy is
    parsed anew.
    """
    for chunk in in_chunks(sorted(message_ids)):
        session.execute(
            delete(Participant).where(
                in_values(session, Participant.message_id, chunk), Participant.role != "bcc"
            )
        )
    for chunk in in_chunks(sorted(sent)):
        session.execute(
            delete(Participant).where(
                in_values(session, Participant.message_id, chunk), Participant.role == "bcc"
            )
        )
