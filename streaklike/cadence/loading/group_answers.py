"""Our replies sent only to a group address of the team (R35).

They may not have reached the asker, so they are only suggested as answers (R36).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.model.history import ContactHistory
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, MailboxMessage, Message, Participant
from streaklike.sync.internal_ids import IS_BRIDGE


class _Asked(NamedTuple):
    """What came into a conversation through groups of the team: Message-IDs, and the groups' address keys."""

    rfc_ids: set[str]
    groups: set[str]


def add_group_answers(session: Session, histories: Iterable[ContactHistory], *, now: int) -> None:
    """Add to each history our replies, up to `now`, to the group through which its waiting mail came."""
    waiting: dict[int, int] = {}
    concerned = []
    for history in histories:
        for each in history.waiting:
            if each.conversation_id is not None and each.conversation_id > 0:
                since_at = each.run.since_at
                waiting[each.conversation_id] = min(since_at, waiting.get(each.conversation_id, since_at))
                concerned.append((history, each.conversation_id))
    asked = _load_asked(session, waiting)
    if not asked:
        return
    found = _load_stored(session, asked, now)
    for conversation_id, answers in _load_internal(session, asked, min(waiting.values()), now).items():
        found[conversation_id] |= answers
    for history, conversation_id in concerned:
        if conversation_id in found:
            history.group_answers[conversation_id] = tuple(sorted(found[conversation_id]))


def _load_asked(session: Session, conversation_ids: Collection[int]) -> dict[int, _Asked]:
    asked: dict[int, _Asked] = defaultdict(lambda: _Asked(set(), set()))
    if not conversation_ids:
        return asked
    of_ours = Address.side == "inside", Address.kind == "list"
    inbound = (
        in_values(session, Message.conversation_id, conversation_ids),
        Message.is_live,
        Message.direction == "inbound",
    )
    columns = Message.conversation_id, Message.rfc_id, Address.key
    carried = select(*columns).join(Address, Address.id == Message.channel_id).where(*inbound, *of_ours)
    shown = (
        select(*columns)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(*inbound, *of_ours, Participant.role.in_(("to", "cc")))
    )
    for statement in (carried, shown):
        for conversation_id, rfc_id, key in fetch(session, statement):
            asked[conversation_id or 0].rfc_ids.add(rfc_id)
            asked[conversation_id or 0].groups.add(key)
    return asked


def _load_stored(session: Session, asked: Mapping[int, _Asked], now: int) -> dict[int, set[tuple[int, str]]]:
    """Return our mail in these conversations that went to their group and to somebody outside too."""
    found: dict[int, set[tuple[int, str]]] = defaultdict(set)
    rows = fetch(
        session,
        select(Message.conversation_id, Message.at, Message.rfc_id, Address.key)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(
            in_values(session, Message.conversation_id, asked),
            Message.is_live,
            Message.direction == "outbound",
            Message.kind == "human",
            Message.at <= now,
            Participant.role.in_(("to", "cc")),
            Address.side == "inside",
        ),
    )
    for conversation_id, at, rfc_id, key in rows:
        if key in asked[conversation_id or 0].groups:
            found[conversation_id or 0].add((at, rfc_id))
    return found


def _load_internal(
    session: Session, asked: Mapping[int, _Asked], since_at: int, now: int
) -> dict[int, set[tuple[int, str]]]:
    """Return internal mail to the group that answers theirs.

    Matched by the references of its copies alone (R13).
    """
    homes: dict[str, set[int]] = defaultdict(set)
    for conversation_id, facts in asked.items():
        for rfc_id in facts.rfc_ids:
            homes[rfc_id].add(conversation_id)
    found: dict[int, set[tuple[int, str]]] = defaultdict(set)
    rows = fetch(
        session,
        select(
            MailboxMessage.at, MailboxMessage.rfc_id, MailboxMessage.refs, MailboxMessage.group_keys
        ).where(
            MailboxMessage.group_keys.is_not(None),
            IS_BRIDGE,
            MailboxMessage.is_sent,
            MailboxMessage.at.between(since_at, now),
        ),
    )
    for at, answer_id, refs, groups in rows:
        for conversation_id in {home for ref in (refs or "").split() for home in homes.get(ref, ())}:
            if not asked[conversation_id].groups.isdisjoint((groups or "").split()):
                found[conversation_id].add((at or 0, answer_id or ""))
    return found
