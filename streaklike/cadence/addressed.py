"""What nobody is responsible for, and was written to one of us by name: theirs until somebody takes it (R58)."""

from collections.abc import Mapping

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from streaklike.cadence.fetching import fetch
from streaklike.store.among import among
from streaklike.store.models import (
    Address,
    Contact,
    Copy,
    Mailbox,
    Message,
    Participant,
    TeamAddress,
)


def list_addressed(
    session: Session, user_id: int, waiting: Mapping[int, tuple[int, int]], now: int
) -> set[int]:
    """Of those who wait, the roots whose waiting mail came to this member: in To, or into their mailbox alone.

    `waiting` gives for each root the conversation in which it waits and since when.
    """
    if not waiting:
        return set()
    root_id = func.coalesce(Contact.root_id, Contact.id)
    own_keys = select(TeamAddress.key).where(TeamAddress.user_id == user_id)
    own_boxes = select(Mailbox.id).where(Mailbox.user_id == user_id)
    in_to = (
        Participant.message_id == Message.id,
        Participant.role == "to",
        Participant.address_id == Address.id,
    )
    to_me = exists().where(*in_to, Address.key.in_(own_keys))
    to_any = exists().where(*in_to, Address.key.in_(select(TeamAddress.key)))
    seen = Copy.message_id == Message.id, Copy.is_hidden.is_(False)
    mine_alone = and_(
        ~to_any,
        exists().where(*seen, Copy.mailbox_id.in_(own_boxes)),
        ~exists().where(*seen, Copy.mailbox_id.not_in(own_boxes)),
    )
    authors = (
        select(Address.id, root_id.label("root")).join(Contact, Contact.id == Address.contact_id).subquery()
    )
    conversations = {conversation_id for conversation_id, _ in waiting.values()}
    rows = fetch(
        session,
        select(authors.c.root, Message.conversation_id, Message.at)
        .join(authors, authors.c.id == Message.author_id)
        .where(
            among(session, Message.conversation_id, conversations),
            Message.is_live,
            Message.direction == "inbound",
            Message.at <= now,
            or_(to_me, mine_alone),
        ),
    )
    return {
        root
        for root, conversation_id, at in rows
        if root in waiting and conversation_id == waiting[root][0] and at >= waiting[root][1]
    }
