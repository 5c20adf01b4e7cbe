"""R58: who is responsible for what waits with a person. Pages, digests, flags and counts all use this module.

In this order: the owner of the conversation; else the first owner of the open box that the conversation
entered last or, if no open box holds it, of the open box that the person entered last; else the person's
owner; else nobody. Owners are in the order in which they were named, and users without access are skipped at
each step. `responsible_id` computes this in SQL for the present, `choose_responsible` on plain values for any
instant.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.people.contacts import set_owner
from streaklike.people.events import owner_change, record_event, undo_event, user_id
from streaklike.people.marks import assign_conversation, revert_owner
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
"""Key in a conversation's owner event: the uid of the person's owner event that caused it."""


class HoldingBox(NamedTuple):
    """An open box that holds a person or a conversation, since when, and its first owner with access."""

    entered_at: int
    box_id: int
    owner_id: int | None


def choose_responsible(
    taker_id: int | None,
    of_conversation: Iterable[HoldingBox],
    of_person: Iterable[HoldingBox],
    keeper_id: int | None,
) -> int | None:
    """Return the id of the responsible user, or None. All ids given are of users with access."""
    if taker_id is not None:
        return taker_id
    # Tuples compare by entered_at first, then by box id: the box that was entered last.
    box = max(of_conversation, default=None) or max(of_person, default=None)
    return box.owner_id if box is not None and box.owner_id is not None else keeper_id


def responsible_id(conversation_id: Any, root_id: Any) -> ColumnElement[int | None]:
    """The same in SQL: the user's id, given columns of conversation ids (or NULL) and of root contact ids."""
    taken, held, own = aliased(Conversation), aliased(BoxConversation), aliased(BoxContact)
    held_box, own_box, part = aliased(Box), aliased(Box), aliased(Contact)
    owning, person = aliased(BoxOwner), aliased(Contact)
    taker, owner, keeper = aliased(User), aliased(User), aliased(User)
    # Correlate every table but our own aliases, because the caller's query and its tables are unknown here.
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
    """Find who is responsible for a root contact, for its longest-waiting conversation as last evaluated."""
    waiting_id = select(ContactStatus.waiting_conversation_id).where(ContactStatus.contact_id == contact.id)
    found = session.scalar(select(responsible_id(waiting_id.scalar_subquery(), literal(contact.id))))
    return session.get(User, found) if found is not None else None


def set_responsible(
    session: Session,
    contact: Contact,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Set the owner of a root contact, and of the conversations it waits in unless a member took them.

    Returns the event whose undo reverts all of it; None if nothing changed. Raises UserHasLeft.
    """
    waiting = _list_assignable(session, contact)
    event = set_owner(session, contact, owner, because=because, by=by, now=now)
    session.flush()
    for conversation in waiting:
        if not _needs_owner(session, contact, conversation, owner):
            continue
        if event is None:  # same owner as before, but a colleague's box took precedence since
            event = record_event(
                session,
                "owner",
                at=now,
                now=now,
                author_id=user_id(by),
                contact_id=contact.id,
                data=owner_change(owner, owner, because),
            )
        facts = {**(because or {}), PERSON: event.uid}
        assign_conversation(session, conversation, owner, because=facts, by=by, now=now)
    return event


def _needs_owner(session: Session, contact: Contact, conversation: Conversation, owner: User | None) -> bool:
    """Whether the conversation needs an owner of its own. With no owner, reset those assigned along before."""
    if owner is None:
        return conversation.owner_id is not None
    responsible = session.scalar(select(responsible_id(literal(conversation.id), literal(contact.id))))
    return bool(responsible != owner.id)


def revert_given(session: Session, event: Event, *, by: User | None, now: int) -> None:
    """Undo the conversation owners set along with this owner event, except those reassigned since."""
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
            revert_owner(session, part)


def _list_assignable(session: Session, contact: Contact) -> Sequence[Conversation]:
    """List the conversations the person waits in that no member with access took, or that were assigned
    along.
    """
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
        if conversation.owner_id is None
        or disabled_at is not None
        or _was_assigned_along(session, conversation)
    ]


def _was_assigned_along(session: Session, conversation: Conversation) -> bool:
    newest = newest_owner_event(session, Event.conversation_id == conversation.id)
    return newest is not None and PERSON in newest.data


def newest_owner_event(session: Session, place: ColumnElement[bool]) -> Event | None:
    """Return the newest owner event that matches `place` and is not undone, or None."""
    found: Event | None = session.scalar(
        select(Event)
        .where(place, Event.kind == "owner", Event.undone_by_id.is_(None))
        .order_by(Event.id.desc())
        .limit(1)
    )
    return found
