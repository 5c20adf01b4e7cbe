"""Maps the parts into which R24 splits a group onto conversation rows."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from streaklike.people.linking.conversations.conversation_merge import NO_GROUP, retire_conversations
from streaklike.people.linking.conversations.nodes import load_nodes
from streaklike.people.linking.conversations.partition import Node, split_group
from streaklike.people.tables import CONVERSATION, MESSAGE, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks, reserve_ids


@dataclass(frozen=True, slots=True)
class _Row:
    """A live message of a group."""

    id: int
    group_id: int
    conversation_id: int | None
    at: int
    rfc_id: str
    fingerprint: str
    subject: str
    base_subject: str

    @property
    def place(self) -> tuple[int, str, str]:
        return self.at, self.rfc_id, self.fingerprint


@dataclass(slots=True, eq=False)
class _ConversationPlan:
    """A part of a group, oldest first, and the conversation id it gets; 0 until assigned."""

    rows: list[_Row]
    grew_from: "_ConversationPlan | None" = None
    id: int = 0
    votes: Counter[int] = field(default_factory=Counter)


def resolve_conversations(
    session: Session, group_ids: Collection[int], *, left: Iterable[int] = ()
) -> tuple[set[int], set[int]]:
    """Divide the groups' live messages into conversations.

    Returns current and ended conversation ids.

    `left` are conversations that lost a hidden or deleted message. A part keeps the row of most of its
    messages, the oldest if tied, so that owners, boxes and events stay; if conversations merge, those of the
    others move along. A message back from the trash returns to its conversation, unless that has moved on.
    """
    groups = _load_rows(session, group_ids)
    named = {row.conversation_id for rows in groups.values() for row in rows} | set(left)
    stored = _load_stored(session, named - {None})
    former = {
        key for key, row in stored.items() if row["group_id"] in group_ids or row["group_id"] == NO_GROUP
    }
    plans = _divide(session, groups)
    for plan in plans:
        plan.votes.update(row.conversation_id for row in plan.rows if row.conversation_id in former)
    _assign(session, plans)
    _save(session, plans, stored)
    now = {plan.id for plan in plans}
    retire_conversations(session, former - now, _list_successors(plans, former - now))
    return now, former - now


def _load_rows(session: Session, group_ids: Collection[int]) -> dict[int, list[_Row]]:
    m = MESSAGE.c
    groups: dict[int, list[_Row]] = {}
    for chunk in in_chunks(sorted(group_ids)):
        for row in session.execute(
            select(
                m.id,
                m.group_id,
                m.conversation_id,
                m.at,
                m.rfc_id,
                m.fingerprint,
                m.subject,
                m.base_subject,
            ).where(in_values(session, m.group_id, chunk))
        ):
            groups.setdefault(row[1], []).append(_Row(*row))
    for rows in groups.values():
        rows.sort(key=lambda row: row.place)
    return groups


def _divide(session: Session, groups: dict[int, list[_Row]]) -> list[_ConversationPlan]:
    """Split the groups; one with a single subject cannot split (R24), so only the others are loaded in full."""
    several = {key for key, rows in groups.items() if len({row.base_subject for row in rows}) > 1}
    nodes = load_nodes(session, several)
    plans: list[_ConversationPlan] = []
    for group_id, rows in groups.items():
        if group_id not in several:
            plans.append(_ConversationPlan(rows))
            continue
        plans += _split(rows, nodes)
    return plans


def _split(rows: Sequence[_Row], nodes: dict[int, Node]) -> list[_ConversationPlan]:
    by_id = {row.id: row for row in rows}
    parts = split_group(nodes[row.id] for row in rows)
    plans = [_ConversationPlan([by_id[key] for key in part.ids]) for part in parts]
    for plan, part in zip(plans, parts, strict=True):
        if part.grew_from is not None:
            plan.grew_from = plans[parts.index(part.grew_from)]
    return plans


def _assign(session: Session, plans: Sequence[_ConversationPlan]) -> None:
    # Greedy by votes: the part with most messages of a conversation claims its row first.
    claims = sorted(
        (-count, key, index) for index, plan in enumerate(plans) for key, count in plan.votes.items()
    )
    taken: set[int] = set()
    for _, key, index in claims:
        if plans[index].id == 0 and key not in taken:
            plans[index].id = key
            taken.add(key)
    rest = [plan for plan in plans if plan.id == 0]
    for plan, key in zip(rest, reserve_ids(session, CONVERSATION, len(rest)), strict=True):
        plan.id = key


def _save(session: Session, plans: Sequence[_ConversationPlan], stored: Mapping[int, dict[str, Any]]) -> None:
    wanted = [_row_of(plan) for plan in plans]
    new = [{**row, "reply_state": "quiet"} for row in wanted if row["id"] not in stored]
    if new:
        session.execute(insert(CONVERSATION), new)
    changed = [row for row in wanted if row["id"] in stored and stored[row["id"]] != row]
    update_rows(session, CONVERSATION, changed)
    reassigned = [
        {"id": row.id, "conversation_id": plan.id}
        for plan in plans
        for row in plan.rows
        if row.conversation_id != plan.id
    ]
    update_rows(session, MESSAGE, reassigned)


def _row_of(plan: _ConversationPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "group_id": plan.rows[0].group_id,
        "subject": plan.rows[0].subject,
        "first_at": plan.rows[0].at,
        "last_at": plan.rows[-1].at,
        "linked_to_id": plan.grew_from.id if plan.grew_from else None,
    }


def _load_stored(session: Session, ids: Collection[int | None]) -> dict[int, dict[str, Any]]:
    c = CONVERSATION.c
    stored: dict[int, dict[str, Any]] = {}
    for chunk in in_chunks(ids):
        rows = session.execute(
            select(c.id, c.group_id, c.subject, c.first_at, c.last_at, c.linked_to_id).where(
                in_values(session, c.id, chunk)
            )
        )
        stored.update({row[0]: dict(row._mapping) for row in rows})  # noqa: SLF001 - SQLAlchemy's public name
    return stored


def _list_successors(plans: Sequence[_ConversationPlan], emptied: Collection[int]) -> dict[int, int]:
    """Return for each emptied conversation the one that most of its messages moved to."""
    best: dict[int, tuple[int, int]] = {}
    for plan in plans:
        for key, count in plan.votes.items():
            if key in emptied:
                best[key] = min(best.get(key, (0, 0)), (-count, plan.id))
    return {key: successor for key, (_, successor) in best.items()}
