"""Conversations and kinds as they stood at a past instant (R51): from the mail up to it alone.

Later mail may join two conversations into one (R23) or make bulk of what was one body to a few (R32). What follows from
mail that came after is taken back here before the past is judged.
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
    """What was otherwise: `homes` gives messages their conversation of then, `humans` are those that were no bulk yet.

    A conversation that is one with another today has a number of its own below zero; `today` has its present one.
    """

    homes: dict[int, int]
    today: dict[int, int]
    humans: set[int]
    classes: dict[int, str] = {}  # noqa: RUF012 - never changed; what our mail was for, where it is another today (R52)

    def home_of(self, message_id: int, conversation_id: int) -> int:
        """The conversation in which the message stood then."""
        return self.homes.get(message_id, conversation_id)


PRESENT = Past({}, {}, set())
"""Nothing was otherwise: what the present is read by."""


class _Row(NamedTuple):
    at: int
    rfc_id: str
    fingerprint: str
    id: int
    conversation_id: int
    group_id: int


def load_past(session: Session, conversation_ids: Collection[int], *, now: int) -> Past:
    """How the mail of these conversations stood at `now`."""
    groups = defaultdict[int, list[_Row]](list)
    for row in _load_rows(session, _find_grown(session, conversation_ids, now), now):
        groups[row.group_id].append(row)
    nodes = load_nodes(session, groups, until=now) if groups else {}
    past = Past({}, {}, find_human_until(session, now), classes_at(session, at=now))
    for rows in groups.values():
        rows.sort()
        for part in _split([nodes[row.id] for row in rows]):
            _name(past, part, {row.id: row.conversation_id for row in rows})
    return past


def _find_grown(session: Session, conversation_ids: Collection[int], now: int) -> list[int]:
    """The groups of these conversations in which mail came since: the others are as they were."""
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
    """The conversations of these messages, oldest first, that hang together by themselves."""
    union, first = DisjointSet(), dict[str, int]()
    for node in nodes:
        keys = {f"m:{node.rfc_id}", *(f"m:{ref}" for ref in node.refs), *node.threads}
        union.join({node.id, *(first[key] for key in keys if key in first)})
        first.update({key: node.id for key in keys if key not in first})
    apart = defaultdict[int, list[Node]](list)
    for node in nodes:
        apart[union.find(node.id)].append(node)
    for together in apart.values():
        yield from split_group(together)


def _name(past: Past, part: ConversationPart, today: dict[int, int]) -> None:
    """Give the part the number that its first message's conversation has today, or its own where that is taken."""
    present = today[part.ids[0]]
    home = present if present not in past.today else -part.ids[0]
    past.today[home] = present
    past.homes.update(dict.fromkeys(part.ids, home))
