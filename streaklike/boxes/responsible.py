"""R58: which one of us is responsible for what waits with a person. Every page, digest, flag and count asks here.

Who took the conversation; else the first owner of the open box that it entered last, or, where no open box holds the
conversation, of the open box that the person entered last; else the person's owner; else nobody. Owners come in the order
in which they were named. Whoever has no access any more is nobody at each step. `responsible_id` says it in SQL of the present,
`choose_responsible` as plain values of any instant.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.people.contacts import set_owner
from streaklike.people.events import record_event, tell_owners, undo_event, user_id
from streaklike.people.marks import assign_conversation, take_back_owner
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    Message,
    Participant,
    User,
)

PERSON: Final = "person"
"""In an owner event of a conversation: the uid of the event by which the person got their owner."""


class HeldBy(NamedTuple):
    """An open box that holds a person or a conversation, since when, and its first owner who has access."""

    entered_at: int
    box_id: int
    owner_id: int | None


def choose_responsible(
    taker_id: int | None,
    of_conversation: Iterable[HeldBy],
    of_person: Iterable[HeldBy],
    keeper_id: int | None,
) -> int | None:
    """The user who is responsible, by the boxes that hold the conversation and the person; ids of users with access."""
    if taker_id is not None:
        return taker_id
    box = max(of_conversation, default=None) or max(of_person, default=None)
    return box.owner_id if box is not None and box.owner_id is not None else keeper_id


def responsible_id(conversation_id: Any, root_id: Any) -> ColumnElement[int | None]:
    """The same in SQL: the user's id, for a column of conversation ids (or NULL) and a column of root contacts' ids."""
    taken, held, own = aliased(Conversation), aliased(BoxConversation), aliased(BoxContact)
    held_box, own_box, part = aliased(Box), aliased(Box), aliased(Contact)
    owning, person = aliased(BoxOwner), aliased(Contact)
    taker, owner, keeper = aliased(User), aliased(User), aliased(User)
    inner = (taken, held, own, held_box, own_box, part, owning, person, taker, owner, keeper)
    of_conversation = (
        select(held.box_id)
        .join(held_box, held_box.id == held.box_id)
        .where(held.conversation_id == conversation_id, held_box.closed_at.is_(None))
        .order_by(held.entered_at.desc(), held.box_id.desc())
        .limit(1)
        .correlate_except(*inner)
        .scalar_subquery()
    )
    of_person = (
        select(own.box_id)
        .join(own_box, own_box.id == own.box_id)
        .join(part, part.id == own.contact_id)
        .where(or_(part.id == root_id, part.root_id == root_id), own_box.closed_at.is_(None))
        .order_by(own.entered_at.desc(), own.box_id.desc())
        .limit(1)
        .correlate_except(*inner)
        .scalar_subquery()
    )
    return func.coalesce(
        select(taker.id)
        .join(taken, taken.owner_id == taker.id)
        .where(taken.id == conversation_id, taker.disabled_at.is_(None))
        .correlate_except(*inner)
        .scalar_subquery(),
        select(owner.id)
        .join(owning, owning.user_id == owner.id)
        .where(owning.box_id == func.coalesce(of_conversation, of_person), owner.disabled_at.is_(None))
        .order_by(owning.position, owner.email)
        .limit(1)
        .correlate_except(*inner)
        .scalar_subquery(),
        select(keeper.id)
        .join(person, person.owner_id == keeper.id)
        .where(person.id == root_id, keeper.disabled_at.is_(None))
        .correlate_except(*inner)
        .scalar_subquery(),
    )


def find_responsible(session: Session, contact: Contact) -> User | None:
    """Who is responsible for the person (a root) and what waits longest there, as last evaluated."""
    waiting_id = select(ContactStatus.waiting_conversation_id).where(ContactStatus.contact_id == contact.id)
    found = session.scalar(select(responsible_id(waiting_id.scalar_subquery(), literal(contact.id))))
    return session.get(User, found) if found is not None else None


def name_responsible(
    session: Session,
    contact: Contact,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Say who is responsible for a person (a root): what waits there goes along, but not what a colleague took.

    Undoing the event that is returned takes all of it back. None where nothing changed. Raises UserHasLeft.
    """
    waiting = _list_given(session, contact)
    event = set_owner(session, contact, owner, because=because, by=by, now=now)
    session.flush()
    for conversation in waiting:
        if not _is_to_give(session, contact, conversation, owner):
            continue
        if event is None:  # named before, and a box of a colleague's came between since
            event = record_event(
                session,
                "owner",
                at=now,
                now=now,
                author_id=user_id(by),
                contact_id=contact.id,
                data=tell_owners(owner, owner, because),
            )
        facts = {**(because or {}), PERSON: event.uid}
        assign_conversation(session, conversation, owner, because=facts, by=by, now=now)
    return event


def _is_to_give(session: Session, contact: Contact, conversation: Conversation, owner: User | None) -> bool:
    """Whether the conversation needs an owner of its own: with nobody named, those go back that came along before."""
    if owner is None:
        return conversation.owner_id is not None
    responsible = session.scalar(select(responsible_id(literal(conversation.id), literal(contact.id))))
    return bool(responsible != owner.id)


def take_back_given(session: Session, event: Event, *, by: User | None, now: int) -> None:
    """Take back what went along with this owner event of a person, but for what changed hands since."""
    parts = session.scalars(
        select(Event).where(
            Event.kind == "owner", Event.at == event.at, Event.conversation_id.is_not(None),
            Event.undone_by_id.is_(None),
        )
    )  # fmt: skip
    for part in [each for each in parts if each.data.get(PERSON) == event.uid]:
        newest = newest_owner_event(session, Event.conversation_id == part.conversation_id)
        if newest is not None and newest.id == part.id:
            undo_event(session, part, by=by, now=now)
            take_back_owner(session, part)


def _list_given(session: Session, contact: Contact) -> Sequence[Conversation]:
    """The conversations in which the person waits that nobody with access took, or that came with the person before."""
    parts = select(Contact.id).where(or_(Contact.id == contact.id, Contact.root_id == contact.id))
    authors = select(Address.id).where(Address.contact_id.in_(parts))
    waiting = (
        select(Message.conversation_id)
        .join(Participant, Participant.message_id == Message.id)
        .where(
            Participant.role == "author",
            Participant.address_id.in_(authors),
            Message.answer == "open",
            Message.is_live,
        )
    )
    found = session.execute(
        select(Conversation, User.disabled_at)
        .outerjoin(User, User.id == Conversation.owner_id)
        .where(Conversation.id.in_(waiting))
        .order_by(Conversation.id)
    ).all()
    return [
        conversation
        for conversation, disabled_at in found
        if conversation.owner_id is None or disabled_at is not None or _came_along(session, conversation)
    ]


def _came_along(session: Session, conversation: Conversation) -> bool:
    newest = newest_owner_event(session, Event.conversation_id == conversation.id)
    return newest is not None and PERSON in newest.data


def newest_owner_event(session: Session, place: ColumnElement[bool]) -> Event | None:
    """The event that last named an owner there, of a person or of a conversation, and still stands."""
    found: Event | None = session.scalar(
        select(Event)
        .where(place, Event.kind == "owner", Event.undone_by_id.is_(None))
        .order_by(Event.id.desc())
        .limit(1)
    )
    return found
