"""Groups: messages joined by Message-ID, References, In-Reply-To and Gmail threads, across mailboxes (R23)."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import LinkedMessage
from streaklike.people.tables import CONVERSATION, LINK, MAILBOX_MESSAGE, MESSAGE, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks, insert_rows
from streaklike.sync.internal_ids import expand_refs, load_bridges


class DisjointSet:
    """Disjoint sets (union-find); each set's root is its smallest member."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def find(self, member: int) -> int:
        root = member
        while (parent := self._parents.get(root, root)) != root:
            root = parent
        # Path compression.
        while member != root:
            self._parents[member], member = root, self._parents[member]
        return root

    def join(self, members: Iterable[int]) -> int:
        """Merge the sets of all members and return the root. Raises ValueError for no members."""
        roots = {self.find(member) for member in members}
        lowest = min(roots)
        for root in roots:
            self._parents[root] = lowest
        return lowest


@dataclass(frozen=True, slots=True)
class Joined:
    """`touched`: groups of live messages; `doubted`: groups that messages were in before and may have left."""

    touched: set[int]
    rechecked: set[int]


def join_groups(session: Session, entries: Sequence[LinkedMessage]) -> Joined:
    """Assign a group to each live message, merging the groups that it joins."""
    live = [entry for entry in entries if entry.is_live]
    known = _load_links(session, {key for entry in live for key in entry.keys})
    union, stored = DisjointSet(), dict(known)
    next_id = (session.scalar(select(func.max(LINK.c.group_id))) or 0) + 1
    for entry in live:
        keys = entry.keys
        found = {known[key] for key in keys if key in known}
        if entry.old_group_id is not None:
            found.add(entry.old_group_id)
        if not found:
            found, next_id = {next_id}, next_id + 1
        group_id = union.join(found)
        known.update(dict.fromkeys(keys, group_id))
    for entry in live:
        entry.group_id = union.find(known[f"m:{entry.rfc_id}"])
    new = [(key, union.find(known[key])) for key in known if key not in stored]
    insert_rows(session, LINK, ("key", "group_id"), new)
    old = {entry.old_group_id for entry in entries if entry.old_group_id is not None}
    _merge(session, union, set(stored.values()) | old)
    return Joined(
        {union.find(known[f"m:{entry.rfc_id}"]) for entry in live}, {union.find(key) for key in old}
    )


def _load_links(session: Session, keys: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in in_chunks(sorted(keys)):
        rows = session.execute(
            select(LINK.c.key, LINK.c.group_id).where(in_values(session, LINK.c.key, chunk))
        )
        found.update(dict(rows.all()))
    return found


def _merge(session: Session, union: DisjointSet, group_ids: Iterable[int]) -> None:
    moved = [
        {"old": group_id, "new": union.find(group_id)}
        for group_id in sorted(group_ids)
        if union.find(group_id) != group_id
    ]
    for table in (LINK, MESSAGE, CONVERSATION) if moved else ():
        statement = (
            update(table).where(table.c.group_id == bindparam("old")).values(group_id=bindparam("new"))
        )
        session.execute(statement, moved)


@dataclass(slots=True)
class _Group:
    """A group's stored nodes, and each message's current nodes."""

    kept: set[str] = field(default_factory=set)
    nodes: dict[int, set[str]] = field(default_factory=dict)


def split_groups(session: Session, group_ids: Collection[int]) -> set[int]:
    """Split groups that are no longer connected.

    Returns the resulting group ids.

    Trashed or deleted messages, or a removed copy, may have been the only connection. The result equals that
    of a fresh sync of the present state.
    """
    groups = _load_groups(session, group_ids)
    next_id = (session.scalar(select(func.max(LINK.c.group_id))) or 0) + 1
    remaining, moved, links, stale = set(), [], [], []
    for group_id, group in groups.items():
        parts = _find_components(group.nodes)
        if len(parts) == 1 and set().union(*group.nodes.values()) == group.kept:
            remaining.add(group_id)
            continue
        stale.append(group_id)
        for index, part in enumerate(parts):
            part_id = group_id
            if index:
                part_id, next_id = next_id, next_id + 1
                moved += [{"id": message_id, "group_id": part_id} for message_id in part]
            remaining.add(part_id)
            nodes = set().union(*(group.nodes[message_id] for message_id in part))
            links += [(key, part_id) for key in sorted(nodes)]
    for chunk in in_chunks(stale):
        session.execute(delete(LINK).where(in_values(session, LINK.c.group_id, chunk)))
    insert_rows(session, LINK, ("key", "group_id"), links)
    update_rows(session, MESSAGE, moved)
    return remaining


def _load_groups(session: Session, group_ids: Collection[int]) -> dict[int, _Group]:
    groups = {group_id: _Group() for group_id in group_ids}
    m = MESSAGE.c
    for chunk in in_chunks(sorted(group_ids)):
        for key, group_id in session.execute(
            select(LINK.c.key, LINK.c.group_id).where(in_values(session, LINK.c.group_id, chunk))
        ):
            groups[group_id].kept.add(key)
        rows = session.execute(
            select(m.id, m.group_id, m.rfc_id, m.refs).where(in_values(session, m.group_id, chunk))
        ).all()
        bridges = load_bridges(session, {ref for *_, refs in rows for ref in refs.split()})
        for message_id, group_id, rfc_id, refs in rows:
            named, threads = expand_refs(refs.split(), bridges)
            nodes = {
                f"m:{rfc_id}",
                *(f"m:{ref}" for ref in named),
                *(f"t:{box}:{each}" for box, each in threads),
            }
            groups[group_id].nodes[message_id] = nodes
        for group_id, message_id, mailbox_id, thread_id in session.execute(
            select(m.group_id, m.id, MAILBOX_MESSAGE.c.mailbox_id, MAILBOX_MESSAGE.c.thread_id)
            .select_from(MESSAGE.join(MAILBOX_MESSAGE, MAILBOX_MESSAGE.c.message_id == m.id))
            .where(
                in_values(session, m.group_id, chunk),
                MAILBOX_MESSAGE.c.state == "stored",
                MAILBOX_MESSAGE.c.is_hidden.is_(False),
            )
        ):
            groups[group_id].nodes[message_id].add(f"t:{mailbox_id}:{thread_id}")
    return groups


def _find_components(nodes: dict[int, set[str]]) -> list[list[int]]:
    """Return the messages as connected components by shared nodes, the largest first."""
    union, first = DisjointSet(), dict[Hashable, int]()
    for message_id, keys in nodes.items():
        union.join({message_id, *(first[key] for key in keys if key in first)})
        first.update({key: message_id for key in keys if key not in first})
    parts: dict[int, list[int]] = {}
    for message_id in sorted(nodes):
        parts.setdefault(union.find(message_id), []).append(message_id)
    return sorted(parts.values(), key=lambda part: (-len(part), part[0]))
