"""Follow-ups: a person is to be contacted again unless they reply first.

A follow-up is shared by the team and assigned to one owner. It is cleared while there is a live human message
from the person after `since_at`, or a is_logged inbound call, meeting or message (R56). This is computed from
messages and events rather than stored, so the order of arrival does not matter (R21), and a reply that is
trashed everywhere or an entry that is undone no longer counts.
"""

import uuid
from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.errors import BadTime, WrongTaskState
from streaklike.boxes.notes import CLEARING_KINDS
from streaklike.boxes.owners import check_owners
from streaklike.people.events import owner_change, record_event, user_id
from streaklike.store.models import (
    Address,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    FollowUp,
    Message,
    Participant,
    User,
)


def add_follow_up(
    session: Session,
    *,
    contact: Contact,
    due_at: int,
    since_at: int,
    text: str = "",
    message: str | None = None,
    owner: User | None = None,
    by: User | None,
    now: int,
) -> FollowUp:
    """Schedule a follow-up of `contact` at `due_at` unless they reply after `since_at` (UTC ms).

    `since_at` is the time of the message they are expected to answer. With `message`, a Message-ID, only mail
    in its conversation counts. The owner defaults to `by`. Raises BadTime if `due_at` is not in the future,
    OwnerHasLeft.
    """
    if due_at <= now:
        raise BadTime("That day is past. Nothing was changed. Give a later one.")
    check_owners([owner] if owner else [])
    follow_up = FollowUp(
        uid=uuid.uuid4().hex,
        text=text.strip(),
        due_at=due_at,
        contact_id=contact.id,
        message=message,
        since_at=since_at,
        owner_id=user_id(owner or by),
        created_at=now,
    )
    session.add(follow_up)
    session.flush()
    facts = {"due_at": due_at, "since_at": since_at, "message": message}
    _record(session, follow_up, "follow_up", facts, by=by, now=now)
    return follow_up


def follow_up_conversation(
    session: Session,
    conversation: Conversation,
    *,
    contact: Contact,
    due_at: int,
    text: str = "",
    by: User | None,
    now: int,
) -> FollowUp:
    """Follow up a conversation: only a reply in it after its newest live message clears the follow-up."""
    rfc_id, at = session.execute(
        select(Message.rfc_id, Message.at)
        .where(Message.conversation_id == conversation.id, Message.is_live)
        .order_by(Message.at.desc(), Message.rfc_id.desc())
        .limit(1)
    ).first() or (None, now)
    return add_follow_up(
        session, contact=contact, due_at=due_at, since_at=at, text=text, message=rfc_id, by=by, now=now
    )


def find_since(session: Session, contact: Contact, *, now: int) -> int:
    """Default `since_at` of a follow-up about a person: our last touch if it is the newest one, else `now`."""
    contact_status = session.get(ContactStatus, contact.root_id or contact.id)
    if contact_status is None or contact_status.last_touch_direction != "outbound":
        return now
    return contact_status.last_touch_at or now


def complete_follow_up(session: Session, follow_up: FollowUp, *, by: User | None, now: int) -> Event:
    """Mark the follow-up as done. Raises TaskStands if it is done already."""
    _check_open(follow_up)
    follow_up.done_at = now
    return _record(session, follow_up, "follow_up_done", {}, by=by, now=now)


def postpone_follow_up(
    session: Session, follow_up: FollowUp, *, due_at: int, by: User | None, now: int
) -> Event:
    """Move the follow-up to `due_at`.

    Raises TaskStands if it is done, BadTime if `due_at` is not in the future.
    """
    _check_open(follow_up)
    if due_at <= now:
        raise BadTime("That instant is past. Nothing was changed. Give a later one.")
    was, follow_up.due_at = follow_up.due_at, due_at
    return _record(session, follow_up, "follow_up_later", {"due_at": due_at, "was": was}, by=by, now=now)


def assign_follow_up(
    session: Session,
    follow_up: FollowUp,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Assign the follow-up to `owner`, or to nobody if None. `because` is added to the event's data.

    Returns None if nothing changes. Raises OwnerHasLeft.
    """
    if follow_up.owner_id == user_id(owner):
        return None
    check_owners([owner] if owner else [])
    was = session.get(User, follow_up.owner_id) if follow_up.owner_id is not None else None
    follow_up.owner_id = user_id(owner)
    facts = owner_change(was, owner, because)
    return _record(session, follow_up, "follow_up_owner", facts, by=by, now=now)


def revert_follow_up(session: Session, event: Event, follow_up: FollowUp) -> None:
    """Restore the follow-up to its state before this event; delete it if the event created it."""
    if event.kind == "follow_up":
        session.delete(follow_up)
    elif event.kind == "follow_up_done":
        follow_up.done_at = None
    elif event.kind == "follow_up_later":
        follow_up.due_at = event.data["was"]
    else:
        # The event holds owners' emails as a list of none or one, so that IN covers both cases.
        follow_up.owner_id = session.scalar(select(User.id).where(User.email.in_(event.data["was"])))
    session.flush()


def is_replied(now: int) -> ColumnElement[bool]:
    """SQL condition on FollowUp: its person has replied by `now`.

    A reply is an inbound human message, or a is_logged inbound call, meeting or message that belongs to no
    conversation or to the one asked about (R56).
    """
    named, own = aliased(Contact), aliased(Contact)
    anchor = aliased(Message)
    theirs = and_(
        named.id == FollowUp.contact_id,
        or_(own.id == named.id, own.root_id == named.root_id),
        Address.contact_id == own.id,
    )
    conversation_id = (
        select(anchor.conversation_id)
        .where(anchor.rfc_id == FollowUp.message, anchor.conversation_id.is_not(None))
        .limit(1)
        .scalar_subquery()
    )
    is_logged = exists().where(
        named.id == FollowUp.contact_id,
        or_(own.id == named.id, own.root_id == named.root_id),
        Event.contact_id == own.id,
        Event.kind.in_(CLEARING_KINDS),
        Event.data["direction"].as_string() == "inbound",
        Event.at > FollowUp.since_at,
        Event.at <= now,
        Event.undone_by_id.is_(None),
        or_(
            FollowUp.message.is_(None),
            Event.conversation_id.is_(None),
            Event.conversation_id == conversation_id,
        ),
    )
    has_written = exists().where(
        theirs,
        Participant.address_id == Address.id,
        Participant.role == "author",
        Participant.at > FollowUp.since_at,
        Participant.at <= now,
        Message.id == Participant.message_id,
        Message.is_live,
        Message.direction == "inbound",
        Message.kind == "human",
        or_(FollowUp.message.is_(None), Message.conversation_id == conversation_id),
    )
    return or_(has_written, is_logged)


def _check_open(follow_up: FollowUp) -> None:
    if follow_up.done_at is not None:
        raise WrongTaskState("This follow-up is done already. Nothing was changed.")


def _record(
    session: Session,
    follow_up: FollowUp,
    kind: str,
    facts: Mapping[str, object],
    *,
    by: User | None,
    now: int,
) -> Event:
    return record_event(
        session,
        kind,
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=follow_up.contact_id,
        text=follow_up.text,
        data={"follow_up": follow_up.uid, **facts},
    )
