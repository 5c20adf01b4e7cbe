"""One person's timeline: mail, calls, notes, stages and tasks in one order, each message once (R16).

Two steps, both set-based: first the keys of what belongs to the person, newest first by index, then the details of
those that are shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from sqlalchemy import Select, and_, exists, literal, not_, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from streaklike.people.timeline_entries import (
    SHOWN_ROLES,
    Scope,
    TimelineEntry,
    load_event_entries,
    load_message_entries,
)
from streaklike.store.models import Address, BoxContact, Contact, Event, ForwardOffer, Message, Participant
from streaklike.store.writing import in_chunks

__all__ = ["TimelineEntry", "iter_timeline", "list_forward_offers", "list_timeline"]

CHUNK = 200
QUIET_KINDS = ("undo", "unmerge")
"""Events that only take others back. What was taken back is not shown either: an unmerged timeline is as it was (R4)."""


@dataclass(frozen=True, slots=True)
class _Key:
    """What orders an entry, the same in every database, and the row where its details are."""

    at: int
    source: str
    name: str
    id: int

    @property
    def order(self) -> tuple[int, str, str]:
        return self.at, self.source, self.name


def list_timeline(
    session: Session,
    contact_id: int,
    *,
    include_hidden: bool = False,
    before: int | None = None,
    limit: int = 50,
    newest_first: bool = True,
) -> list[TimelineEntry]:
    """The newest entries before an instant, about `limit` of them.

    Inbound bulk is left out unless `include_hidden` (R32); mail that is trash everywhere always is (R14). A page never
    ends between entries of one instant, so that the `at` of its last entry is the next page's `before` and nothing is
    lost; `newest_first=False` only turns the page round. A merged contact shows the timeline of its root (R4).
    """
    scope = _load_scope(session, contact_id)
    keys = _newest_keys(session, scope, include_hidden=include_hidden, before=before, limit=limit)
    if len(keys) > limit:
        cut = keys[limit - 1].at
        if keys[limit].at == cut:
            keys = _newest_keys(session, scope, include_hidden=include_hidden, before=before, since=cut)
        else:
            keys = keys[:limit]
    entries = _load_entries(session, scope, keys)
    return entries if newest_first else entries[::-1]


def iter_timeline(
    session: Session, contact_id: int, *, include_hidden: bool = False
) -> Iterator[TimelineEntry]:
    """The whole timeline, oldest first."""
    scope = _load_scope(session, contact_id)
    keys = _newest_keys(session, scope, include_hidden=include_hidden)[::-1]
    for chunk in in_chunks(keys, CHUNK):
        yield from _load_entries(session, scope, chunk)


@dataclass(frozen=True, slots=True)
class Offer:
    """Mail of theirs that a colleague forwarded by hand: an offer "original from X" that counts for nothing (R17)."""

    at: int
    forwarded_by: str
    name: str
    address: str
    dated: str
    subject: str


def list_forward_offers(session: Session, contact_id: int) -> list[Offer]:
    """What colleagues forwarded of this person's mail, newest first (R17)."""
    scope = _load_scope(session, contact_id)
    found: set[Offer] = set()
    for chunk in in_chunks(scope.keys):
        rows = session.execute(
            select(
                ForwardOffer.at,
                ForwardOffer.forwarded_by,
                ForwardOffer.original_name,
                ForwardOffer.original_key,
                ForwardOffer.original_dated,
                ForwardOffer.original_subject,
            ).where(ForwardOffer.original_key.in_(chunk))
        )
        found.update(Offer(*row) for row in rows)
    return sorted(found, key=attrgetter("at", "forwarded_by", "subject"), reverse=True)


def _load_scope(session: Session, contact_id: int) -> Scope:
    """Every contact merged with this one, and their addresses."""
    root_id = select(Contact.root_id).where(Contact.id == contact_id).scalar_subquery()
    rows = session.execute(
        select(Contact.id, Address.id, Address.key)
        .outerjoin(Address, Address.contact_id == Contact.id)
        .where(or_(Contact.id == contact_id, Contact.root_id == root_id))
    ).all()
    return Scope(
        contact_ids=tuple(sorted({row[0] for row in rows})),
        address_ids=tuple(sorted({row[1] for row in rows if row[1] is not None})),
        keys=tuple(sorted({row[2] for row in rows if row[2] is not None})),
    )


def _newest_keys(
    session: Session,
    scope: Scope,
    *,
    include_hidden: bool,
    before: int | None = None,
    since: int | None = None,
    limit: int | None = None,
) -> list[_Key]:
    """The keys of the person's entries, newest first: the first `limit` and one more, or all."""
    parts: list[Select[int, str, str, int]] = [
        *(_message_keys(address_id, include_hidden=include_hidden) for address_id in scope.address_ids),
        *_event_keys(scope),
    ]
    found: set[_Key] = set()
    for chunk in in_chunks(parts, 100):
        bounded = [_bounded(part, before=before, since=since, limit=limit) for part in chunk]
        rows = session.execute(union_all(*(select(part.subquery()) for part in bounded)))
        found.update(_Key(at, source, name, row_id) for at, source, name, row_id in rows)
    return sorted(found, key=attrgetter("order"), reverse=True)


def _bounded(
    keys: Select[int, str, str, int], *, before: int | None, since: int | None, limit: int | None
) -> Select[int, str, str, int]:
    at = keys.selected_columns[0]
    if before is not None:
        keys = keys.where(at < before)
    if since is not None:
        keys = keys.where(at >= since)
    return keys if limit is None else keys.order_by(at.desc()).limit(limit + 1)


def _message_keys(address_id: int, *, include_hidden: bool) -> Select[int, str, str, int]:
    """Mail on which the address stands, each once: by the first of its roles there."""
    other = aliased(Participant)
    has_earlier_role = exists().where(
        other.message_id == Participant.message_id,
        other.address_id == address_id,
        other.role.in_(SHOWN_ROLES),
        other.role < Participant.role,
    )
    keys = (
        select(Participant.at, literal("mail"), Message.rfc_id + " " + Message.fingerprint, Message.id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            Participant.address_id == address_id,
            Participant.role.in_(SHOWN_ROLES),
            Message.is_live,
            not_(has_earlier_role),
        )
    )
    if include_hidden:
        return keys
    return keys.where(not_(and_(Message.kind == "bulk", Message.direction == "inbound")))


def _event_keys(scope: Scope) -> list[Select[int, str, str, int]]:
    """What was done about the person, about boxes they are in, and about conversations they stand in."""
    boxes = select(BoxContact.box_id).where(BoxContact.contact_id.in_(scope.contact_ids))
    conversations = (
        select(Message.conversation_id)
        .join(Participant, Participant.message_id == Message.id)
        .where(
            Participant.address_id.in_(scope.address_ids), Participant.role.in_(SHOWN_ROLES), Message.is_live
        )
    )
    keys = select(Event.at, literal("event"), Event.uid, Event.id).where(
        Event.undone_by_id.is_(None), Event.kind.not_in(QUIET_KINDS)
    )
    return [
        keys.where(Event.contact_id.in_(scope.contact_ids)),
        keys.where(Event.box_id.in_(boxes)),
        keys.where(Event.conversation_id.in_(conversations)),
    ]


def _load_entries(session: Session, scope: Scope, keys: list[_Key]) -> list[TimelineEntry]:
    """The entries of the keys, in their order."""
    mail = load_message_entries(session, scope, [key.id for key in keys if key.source == "mail"])
    events = load_event_entries(session, [key.id for key in keys if key.source == "event"])
    return [(mail if key.source == "mail" else events)[key.id] for key in keys]
