"""Conversations and message kinds as of a past instant (R51), from the mail dated up to it.

Later mail may join two conversations (R23), or turn one body sent to a few into bulk (R32); both are reversed
here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.people.linking.conversations.groups import DisjointSet
from streaklike.people.linking.conversations.nodes import load_nodes
from streaklike.people.linking.conversations.partition import ConversationPart, Node, split_group
from streaklike.people.linking.kinds import find_human_until
from streaklike.people.touch_classes import classes_at
from streaklike.store.in_values import in_values
from streaklike.store.models import Message


class Past(NamedTuple):
    """Differences from today: `homes` maps messages to past conversations, `humans` were not yet bulk.

    A past conversation that has since been joined to another gets a negative id; `today` maps past ids to
    current ones.
    """

    homes: dict[int, int]
    today: dict[int, int]
    humans: set[int]
    classes: dict[int, str] = {}  # noqa: RUF012 - never mutated; our mail's past touch classes (R52)

    def home_of(self, message_id: int, conversation_id: int) -> int:
        """Return the id of the message's conversation at that instant."""
        return self.homes.get(message_id, conversation_id)


PRESENT = Past({}, {}, set())
"""No differences: the present."""


class _Row(NamedTuple):
    at: int
    rfc_id: str
    fingerprint: str
    id: int
    conversation_id: int
    group_id: int


def load_past(session: Session, conversation_ids: Collection[int], *, now: int) -> Past:
    """Return how the mail of these conversations was grouped and classified at `now`."""
    groups = defaultdict[int, list[_Row]](list)
    for row in _load_rows(session, _find_grown(session, conversation_ids, now), now):
        groups[row.group_id].append(row)
    nodes = load_nodes(session, groups, until=now) if groups else {}
    past = Past({}, {}, find_human_until(session, now), classes_at(session, at=now))
    for rows in groups.values():
        rows.sort()
        for part in _split([nodes[row.id] for row in rows]):
            _assign_id(past, part, {row.id: row.conversation_id for row in rows})
    return past


def _find_grown(session: Session, conversation_ids: Collection[int], now: int) -> list[int]:
    """Return those groups of these conversations with mail after `now`; the others are unchanged."""
    groups = select(Message.group_id).where(in_values(session, Message.conversation_id, conversation_ids))
    return [
        group_id
        for (group_id,) in fetch(
            session,
            select(Message.group_id)
            .where(Message.group_id.in_(groups))
            .group_by(Message.group_id)
            .having(func.max(Message.at) > now),
        )
        if group_id is not None
    ]


def _load_rows(session: Session, group_ids: Collection[int], now: int) -> list[_Row]:
    rows = fetch(
        session,
        select(
            Message.at,
            Message.rfc_id,
            Message.fingerprint,
            Message.id,
            Message.conversation_id,
            Message.group_id,
        ).where(in_values(session, Message.group_id, group_ids), Message.at <= now, Message.is_live),
    )
    return [
        _Row(at, rfc_id, fingerprint, message_id, conversation_id or 0, group_id or 0)
        for at, rfc_id, fingerprint, message_id, conversation_id, group_id in rows
    ]


def _split(nodes: Sequence[Node]) -> Iterable[ConversationPart]:
    """Split messages, oldest first, into the conversations that their references and threads connect."""
    union, first = DisjointSet(), dict[str, int]()
    for node in nodes:
        keys = {f"m:{node.rfc_id}", *(f"m:{ref}" for ref in node.refs), *node.threads}
        union.join({node.id, *(first[key] for key in keys if key in first)})
        first.update({key: node.id for key in keys if key not in first})
    components = defaultdict[int, list[Node]](list)
    for node in nodes:
        components[union.find(node.id)].append(node)
    for component in components.values():
        yield from split_group(component)


def _assign_id(past: Past, part: ConversationPart, today: dict[int, int]) -> None:
    """Give the part the current id of its first message's conversation, or a negative id if that is taken."""
    present = today[part.ids[0]]
    # Real ids are positive, so a negated message id cannot collide.
    home = present if present not in past.today else -part.ids[0]
    past.today[home] = present
    past.homes.update(dict.fromkeys(part.ids, home))
