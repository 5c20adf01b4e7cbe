"""Users' statements about a conversation or flag: its owner, that it needs no reply, that a flag is wrong."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.people.errors import BadValue, UserHasLeft
from streaklike.people.events import owner_change, record_event, user_id
from streaklike.people.linking.changed import resolve_nobodys_mail
from streaklike.store.models import Contact, Conversation, Event, Message, User

FLAGS = ("over_contacted", "ignored")


def assign_conversation(
    session: Session,
    conversation: Conversation,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Set the conversation's owner; None removes it.

    `because` is added to the event.

    Returns None if unchanged. Raises UserHasLeft.
    """
    if owner is not None and owner.disabled_at is not None:
        raise UserHasLeft(
            f"{owner.name} has no access any more. Nothing was changed. Choose another colleague."
        )
    was = session.get(User, conversation.owner_id) if conversation.owner_id is not None else None
    if was is owner:
        return None
    conversation.owner_id = owner.id if owner is not None else None
    data = owner_change(was, owner, because)
    return _record(session, conversation, "owner", data, by=by, now=now)


def take_conversation(session: Session, conversation: Conversation, *, by: User, now: int) -> Event | None:
    """Make the acting member the conversation's owner."""
    return assign_conversation(session, conversation, by, by=by, now=now)


def mark_no_reply_needed(
    session: Session,
    conversation: Conversation,
    *,
    by: User | None,
    reason: str,
    now: int,
    contact: Contact | None = None,
    because: Mapping[str, str] | None = None,
) -> Event:
    """Close what waits in the conversation, with a reason; holds until their next human mail (R37, R39).

    For `contact` alone if given, else for all askers. `because` is added to the event. Raises BadValue for an
    empty reason.
    """
    if not reason.strip():
        raise BadValue("Nothing was changed. Say in a word why no reply is needed.")
    event = _record(
        session,
        conversation,
        "no_reply_needed",
        {"reason": reason.strip(), **(because or {})},
        contact_id=contact.id if contact is not None else None,
        by=by,
        now=now,
    )
    settle_verdict(session, event)
    return event


def mark_logged_done(session: Session, contact: Contact, *, by: User | None, reason: str, now: int) -> Event:
    """Close the person's waiting logged entries (R56), which have no conversation, with a reason.

    Raises BadValue for an empty reason.
    """
    if not reason.strip():
        raise BadValue("Nothing was changed. Say in a word why no reply is needed.")
    return record_event(
        session,
        "no_reply_needed",
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=contact.id,
        data={"reason": reason.strip()},
    )


def accept_answer(
    session: Session,
    contact: Contact,
    conversation: Conversation,
    answer: Message,
    *,
    by: User | None,
    now: int,
) -> Event:
    """Record that our mail in another conversation answered what this person wrote here until then (R36).

    Raises BadValue if the mail is not ours, or is in this same conversation.
    """
    if answer.direction != "outbound" or answer.conversation_id == conversation.id:
        raise BadValue(
            "This mail is no answer of ours in another conversation. Nothing was changed. Reload the page."
        )
    facts = {"answer": answer.rfc_id, "answer_at": answer.at}
    return _record(session, conversation, "answered_elsewhere", facts, contact_id=contact.id, by=by, now=now)


def accept_group_answer(
    session: Session,
    contact: Contact,
    conversation: Conversation,
    *,
    rfc_id: str,
    at: int,
    by: User | None,
    now: int,
) -> Event:
    """Record that our reply to a team group answered what this person wrote here until then (R35, R36).

    The reply is internal, or went to others in this conversation; `at` is its instant.
    """
    facts = {"answer": rfc_id, "answer_at": at}
    return _record(session, conversation, "answered_elsewhere", facts, contact_id=contact.id, by=by, now=now)


def reopen_conversation(session: Session, conversation: Conversation, *, by: User | None, now: int) -> Event:
    """Record that a reply is needed after all."""
    event = _record(session, conversation, "reopened", {}, by=by, now=now)
    settle_verdict(session, event)
    return event


def settle_verdict(session: Session, event: Event) -> None:
    """Resolve mail of unknown senders in the event's conversation again: no person's evaluation does (R13, R39)."""
    if event.conversation_id is not None and event.contact_id is None:
        resolve_nobodys_mail(session, [event.conversation_id])


def dismiss_flag(
    session: Session,
    contact: Contact,
    *,
    flag: str,
    reason: str,
    since_at: int,
    because: str,
    by: User | None,
    now: int,
) -> Event:
    """Dismiss the flag of this reason raised at `since_at`, with a reason (R50). Raises BadValue."""
    if flag not in FLAGS:
        raise BadValue(f"There is no flag {flag!r}. Nothing was changed. Choose over_contacted or ignored.")
    if not because.strip():
        raise BadValue("Nothing was changed. Say in a word why the flag does not hold.")
    data = {"flag": flag, "reason": reason, "since_at": since_at, "because": because.strip()}
    return record_event(
        session, "dismissed", at=now, now=now, author_id=user_id(by), contact_id=contact.id, data=data
    )


def revert_owner(session: Session, event: Event) -> None:
    """Restore the conversation's owner from before this owner event."""
    conversation = session.get_one(Conversation, event.conversation_id)
    conversation.owner_id = session.scalar(select(User.id).where(User.email.in_(event.data["was"])))


def _record(
    session: Session,
    conversation: Conversation,
    kind: str,
    data: Mapping[str, object],
    *,
    contact_id: int | None = None,
    by: User | None,
    now: int,
) -> Event:
    """Record an event on the conversation, for one asker if `contact_id` is given.

    `message` is its newest live Message-ID, which serves as its natural key at that instant.
    """
    newest = session.scalar(
        select(Message.rfc_id)
        .where(Message.conversation_id == conversation.id, Message.is_live)
        .order_by(Message.at.desc(), Message.rfc_id.desc())
        .limit(1)
    )
    return record_event(
        session,
        kind,
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=contact_id,
        conversation_id=conversation.id,
        data={**data, "message": newest},
    )
