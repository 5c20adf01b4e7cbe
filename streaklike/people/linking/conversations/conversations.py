"""Conversations: the parts of a group that R24 keeps together, laid onto the rows that are there."""

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
    """A part of a group, oldest first, and the conversation row it gets; 0 until it has one."""

    rows: list[_Row]
    grew_from: "_ConversationPlan | None" = None
    id: int = 0
    votes: Counter[int] = field(default_factory=Counter)


def resolve_conversations(
    session: Session, group_ids: Collection[int], *, left: Iterable[int] = ()
) -> tuple[set[int], set[int]]:
    """Divide the groups' live messages into conversations: those there are now, and those that are no more.

    `left` are conversations that a message stood in which is now hidden or gone. A part keeps the row that most of its
    messages had, the oldest where equal, so that owners, boxes and events stay; where conversations become one, what
    people said of the others moves along. A message that comes back from the trash finds its conversation again,
    unless that has gone on elsewhere.
    """
    groups = _load_rows(session, group_ids)
    named = {row.conversation_id for rows in groups.values() for row in rows} | set(left)
    stored = _load_stored(session, named - {None})
    former = {
        key for key, row in stored.items() if row["group_id"] in group_ids or row["group_id"] == NO_GROUP
    }
    homes = _divide(session, groups)
    for home in homes:
        home.votes.update(row.conversation_id for row in home.rows if row.conversation_id in former)
    _assign(session, homes)
    _save(session, homes, stored)
    now = {home.id for home in homes}
    retire_conversations(session, former - now, _list_successors(homes, former - now))
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
    """One subject cannot part (R24): only groups of several are looked at closely."""
    several = {key for key, rows in groups.items() if len({row.base_subject for row in rows}) > 1}
    nodes = load_nodes(session, several)
    homes: list[_ConversationPlan] = []
    for group_id, rows in groups.items():
        if group_id not in several:
            homes.append(_ConversationPlan(rows))
            continue
        homes += _split(rows, nodes)
    return homes


def _split(rows: Sequence[_Row], nodes: dict[int, Node]) -> list[_ConversationPlan]:
    by_id = {row.id: row for row in rows}
    parts = split_group(nodes[row.id] for row in rows)
    homes = [_ConversationPlan([by_id[key] for key in part.ids]) for part in parts]
    for home, part in zip(homes, parts, strict=True):
        if part.grew_from is not None:
            home.grew_from = homes[parts.index(part.grew_from)]
    return homes


def _assign(session: Session, homes: Sequence[_ConversationPlan]) -> None:
    wishes = sorted(
        (-count, key, index) for index, home in enumerate(homes) for key, count in home.votes.items()
    )
    taken: set[int] = set()
    for _, key, index in wishes:
        if homes[index].id == 0 and key not in taken:
            homes[index].id = key
            taken.add(key)
    rest = [home for home in homes if home.id == 0]
    for home, key in zip(rest, reserve_ids(session, CONVERSATION, len(rest)), strict=True):
        home.id = key


def _save(session: Session, homes: Sequence[_ConversationPlan], stored: Mapping[int, dict[str, Any]]) -> None:
    wanted = [_row_of(home) for home in homes]
    new = [{**row, "reply_state": "quiet"} for row in wanted if row["id"] not in stored]
    if new:
        session.execute(insert(CONVERSATION), new)
    changed = [row for row in wanted if row["id"] in stored and stored[row["id"]] != row]
    update_rows(session, CONVERSATION, changed)
    moved = [
        {"id": row.id, "conversation_id": home.id}
        for home in homes
        for row in home.rows
        if row.conversation_id != home.id
    ]
    update_rows(session, MESSAGE, moved)


def _row_of(home: _ConversationPlan) -> dict[str, Any]:
    return {
        "id": home.id,
        "group_id": home.rows[0].group_id,
        "subject": home.rows[0].subject,
        "first_at": home.rows[0].at,
        "last_at": home.rows[-1].at,
        "linked_to_id": home.grew_from.id if home.grew_from else None,
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


def _list_successors(homes: Sequence[_ConversationPlan], emptied: Collection[int]) -> dict[int, int]:
    """For each emptied conversation the one that most of its messages went to."""
    best: dict[int, tuple[int, int]] = {}
    for home in homes:
        for key, count in home.votes.items():
            if key in emptied:
                best[key] = min(best.get(key, (0, 0)), (-count, home.id))
    return {key: successor for key, (_, successor) in best.items()}
