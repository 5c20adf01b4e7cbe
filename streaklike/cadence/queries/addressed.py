"""Mail without a responsible person that was written to one member: it counts as theirs until taken (R58)."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.loading.fetching import fetch
from streaklike.store.in_values import in_values
from streaklike.store.models import (
    Address,
    Contact,
    Mailbox,
    MailboxMessage,
    Message,
    Participant,
    TeamAddress,
)


def list_addressed(
    session: Session, user_id: int, waiting: Mapping[int, tuple[int, int]], now: int
) -> set[int]:
    """Return the roots whose waiting mail came to this member: in To, or only into their mailbox.

    `waiting` maps each root to (conversation id, waiting since).
    """
    found = list_addressees(session, waiting, now, user_id=user_id)
    return {root for root, user_ids in found.items() if user_id in user_ids}


def list_addressees(
    session: Session, waiting: Mapping[int, tuple[int, int]], now: int, *, user_id: int | None = None
) -> dict[int, set[int]]:
    """Return by root the members to whom the waiting mail came, or `user_id` alone if given.

    Roots without any are omitted.
    """
    if not waiting:
        return {}
    found: defaultdict[int, set[int]] = defaultdict(set)
    for statement in (_to_members(user_id), _to_one_mailbox(user_id)):
        rows = fetch(
            session,
            statement.where(
                in_values(
                    session,
                    Message.conversation_id,
                    {conversation_id for conversation_id, _ in waiting.values()},
                ),
                Message.is_live,
                Message.direction == "inbound",
                Message.at <= now,
            ),
        )
        for root, conversation_id, at, member_id in rows:
            if root in waiting and conversation_id == waiting[root][0] and at >= waiting[root][1]:
                found[root].add(member_id)
    return dict(found)


def _to_members(user_id: int | None) -> Select[int, int | None, int, int]:
    statement = (
        select(_root_id(), Message.conversation_id, Message.at, TeamAddress.user_id)
        .select_from(Message)
        .join(Address, Address.id == Message.author_id)
        .join(Contact, Contact.id == Address.contact_id)
        .join(Participant, (Participant.message_id == Message.id) & (Participant.role == "to"))
        .join(_recipient, _recipient.id == Participant.address_id)
        .join(TeamAddress, TeamAddress.key == _recipient.key)
    )
    return statement if user_id is None else statement.where(TeamAddress.user_id == user_id)


def _to_one_mailbox(user_id: int | None) -> Select[int, int | None, int, int]:
    """Select mail with no member in To that lies in the mailboxes of exactly one member."""
    in_to = (
        Participant.message_id == Message.id,
        Participant.role == "to",
        Participant.address_id == _recipient.id,
    )
    to_any = exists().where(*in_to, _recipient.key.in_(select(TeamAddress.key)))
    # One distinct owner: the lowest and the highest id are equal.
    owner_id = func.min(Mailbox.user_id)
    statement = (
        select(_root_id(), Message.conversation_id, Message.at, owner_id)
        .select_from(Message)
        .join(Address, Address.id == Message.author_id)
        .join(Contact, Contact.id == Address.contact_id)
        .join(MailboxMessage, (MailboxMessage.message_id == Message.id) & MailboxMessage.is_hidden.is_(False))
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .where(~to_any)
        .group_by(Message.id, _root_id(), Message.conversation_id, Message.at)
        .having(owner_id == func.max(Mailbox.user_id))
    )
    return statement if user_id is None else statement.having(owner_id == user_id)


def _root_id() -> ColumnElement[int]:
    return func.coalesce(Contact.root_id, Contact.id)


_recipient = aliased(Address)
