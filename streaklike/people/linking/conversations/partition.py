"""Splits a group's messages into conversations (R23, R24): pure, independent of arrival order."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """A live message of a group.

    `threads` are its Gmail threads in every mailbox.

    `people` are the outside people involved: author, To and Cc without machines and lists; Bcc if nobody
    else; the failed recipient of a bounce. Empty means that the message adds no information about people.
    """

    id: int
    rfc_id: str
    base_subject: str
    refs: tuple[str, ...] = ()
    threads: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()
    is_by_form: bool = False


@dataclass(slots=True)
class ConversationPart:
    """One conversation's messages, oldest first, and the part that it grew from (R24)."""

    ids: list[int] = field(default_factory=list)
    subjects: set[str] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    grew_from: "ConversationPart | None" = None

    def add(self, node: Node) -> None:
        self.ids.append(node.id)
        self.subjects.add(node.base_subject)
        self.people |= node.people


def split_group(nodes: Iterable[Node]) -> list[ConversationPart]:
    """Split one group's live messages, given oldest first, into conversations.

    Each message joins its parent, the nearest earlier message known: the last of its references present, else
    the newest in a shared Gmail thread, else the newest that names the same Message-ID, else the group's
    first. It starts a new conversation, grown from the parent's, if its subject and all its people are new
    there; a form's mail always starts one of its own (R53). An empty subject is not a new subject.
    """
    parts: list[ConversationPart] = []
    seen = _Seen()
    part_of: list[ConversationPart] = []
    for node in nodes:
        # Gmail threads a form's mail by subject alone, but each visitor starts a conversation of their own
        # (R53).
        part = part_of[seen.find_parent(node)] if part_of and not node.is_by_form else None
        if part is None or _starts(node, part):
            part = ConversationPart(grew_from=part)
            parts.append(part)
        part.add(node)
        seen.add(node, len(part_of))
        part_of.append(part)
    return parts


def _starts(node: Node, part: ConversationPart) -> bool:
    has_new_subject = bool(node.base_subject) and node.base_subject not in part.subjects
    return has_new_subject and bool(node.people) and node.people.isdisjoint(part.people)


class _Seen:
    """Indexes of earlier messages by Message-ID, by thread, and by any Message-ID they name."""

    def __init__(self) -> None:
        self._by_rfc_id: dict[str, int] = {}
        self._by_thread: dict[str, int] = {}
        self._by_name: dict[str, int] = {}

    def add(self, node: Node, index: int) -> None:
        self._by_rfc_id[node.rfc_id] = index
        self._by_thread.update(dict.fromkeys(node.threads, index))
        self._by_name.update(dict.fromkeys((node.rfc_id, *node.refs), index))

    def find_parent(self, node: Node) -> int:
        for ref in reversed(node.refs):
            if ref in self._by_rfc_id:
                return self._by_rfc_id[ref]
        in_thread = _newest(self._by_thread, node.threads)
        by_reference = _newest(self._by_name, (node.rfc_id, *node.refs))
        return next((index for index in (in_thread, by_reference) if index is not None), 0)


def _newest(known: dict[str, int], keys: Iterable[str]) -> int | None:
    return max((known[key] for key in keys if key in known), default=None)
