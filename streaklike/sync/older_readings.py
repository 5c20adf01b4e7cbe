"""Stored messages that an older version of `mail.reading` read, as a page that reads them anew finds them.

The first copy that is read anew says all that its message says, and each further one is compared with it as copies
always are: once all are read, the message is what a fresh sync makes of them (R21).
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
"""The rank of what an older version read: behind that of every copy that this one reads."""


class Read(Protocol):
    """A fetched copy, understood."""

    @property
    def gmail_id(self) -> str: ...

    @property
    def understood(self) -> Understood | None: ...


def rank_now() -> ColumnElement[str]:
    """A message's rank among its copies, as the column `rank`."""
    return case((Message.read_version < reading.VERSION, UNREAD), else_=Message.source_rank).label("rank")


def find_own(
    session: Session,
    items: Iterable[Read],
    contact_status: Mapping[Identity, Identity],
    before: Mapping[str, tuple[Any, ...]],
    *,
    known: Mapping[Identity, tuple[int, str]],
    found: Mapping[Identity, tuple[int, str]],
) -> dict[Identity, tuple[int, str]]:
    """The messages to which copies belonged by an older reading, under the identities that these copies have now.

    So a message whose Message-ID or fingerprint is read otherwise stays the same row. `known` are messages by their
    identity, `found` those and the ones that are the same (R54), which come first where this version read them.
    """
    mine = {item.gmail_id: before[item.gmail_id][0] for item in items if item.gmail_id in before}
    older: set[int] = set()
    for chunk in in_chunks(sorted({key for key in mine.values() if key is not None})):
        of_older = in_values(session, Message.id, chunk), Message.read_version < reading.VERSION
        older.update(session.scalars(select(Message.id).where(*of_older)))
    if not older:
        return {}
    taken = {found[identity][0] for identity in found if identity in known}
    own: dict[Identity, tuple[int, str]] = {}
    for item in items:
        message_id = mine.get(item.gmail_id)
        if item.understood is None or message_id not in older - taken:
            continue
        identity = (item.understood.rfc_id, item.understood.fingerprint)
        identity = contact_status.get(identity, identity)
        if identity in known or identity in own or found.get(identity, (0, UNREAD))[1] != UNREAD:
            continue
        own[identity] = message_id, UNREAD
        taken.add(message_id)
    return own


def drop_participants(session: Session, message_ids: Collection[int], sent: Collection[int]) -> None:
    """Forget who stood on these messages by an older reading; the Bcc of those alone whose own copy is read anew."""
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
