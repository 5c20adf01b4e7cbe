"""Mail without an address in From: open and unassigned until taken, answered or closed (R13)."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.store.models import Body, Conversation, Message, User


class UnknownSender(NamedTuple):
    """One such mail that waits. `owner` is the email of its conversation's owner, if they have access."""

    conversation_id: int
    rfc_id: str
    at: int
    subject: str
    text: str
    owner_id: int | None
    owner: str | None


def list_unknown_senders(session: Session, *, now: int, owner_id: int | None = None) -> list[UnknownSender]:
    """List the open mail of unknown senders up to `now`, oldest first; with `owner_id`, only that member's."""
    query = (
        select(
            Message.conversation_id,
            Message.rfc_id,
            Message.at,
            Message.subject,
            Body.text,
            User.id,
            User.email,
        )
        .join(Body, Body.message_id == Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(User, (User.id == Conversation.owner_id) & User.disabled_at.is_(None))
        .where(
            Message.author_id.is_(None),
            Message.direction == "inbound",
            Message.kind == "human",
            Message.is_live,
            Message.answer == "open",
            Message.at <= now,
        )
        .order_by(Message.at, Message.rfc_id)
    )
    if owner_id is not None:
        query = query.where(User.id == owner_id)
    return [
        UnknownSender(key or 0, rfc_id, at, subject, text, by_id, by)
        for key, rfc_id, at, subject, text, by_id, by in session.execute(query)
    ]
