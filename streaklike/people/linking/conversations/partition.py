"""Which messages of a group are one conversation (R23, R24): pure, the same for any order of arrival."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Node:
    """A live message of a group. `threads` are its Gmail threads in every mailbox.

    `people` are the outside people it is between: authors, To and Cc, machines and lists aside; Bcc where there is
    nobody else, and for a bounce who failed. Empty means that it tells nothing new of the people.
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
    """One conversation's messages, oldest first, and the part that it grew out of (R24)."""

    ids: list[int] = field(default_factory=list)
    subjects: set[str] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    grew_from: "ConversationPart | None" = None

    def add(self, node: Node) -> None:
        self.ids.append(node.id)
        self.subjects.add(node.base_subject)
        self.people |= node.people


def split_group(nodes: Iterable[Node]) -> list[ConversationPart]:
    """The conversations of one group, given its live messages oldest first.

    Each message goes with its parent, the nearest earlier message known: the last of its refs that is there, else the
    newest mate in one of its Gmail threads, else the newest that names the same Message-ID, else the group's first.
    It starts a conversation of its own, grown from the parent's, where its subject is none of that conversation's and
    its people are wholly new there; mail by a form always does, grown from nothing (R53). An empty subject is not a new one.
    """
    parts: list[ConversationPart] = []
    seen = _Seen()
    homes: list[ConversationPart] = []
    for node in nodes:
        # Gmail threads what a form sends by its subject alone; each visitor began something of their own (R53).
        home = homes[seen.find_parent(node)] if homes and not node.is_by_form else None
        if home is None or _starts(node, home):
            home = ConversationPart(grew_from=home)
            parts.append(home)
        home.add(node)
        seen.add(node, len(homes))
        homes.append(home)
    return parts


def _starts(node: Node, home: ConversationPart) -> bool:
    has_new_subject = bool(node.base_subject) and node.base_subject not in home.subjects
    return has_new_subject and bool(node.people) and node.people.isdisjoint(home.people)


class _Seen:
    """Where earlier messages stand: by Message-ID, by thread, by any Message-ID named."""

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
        mate = _newest(self._by_thread, node.threads)
        namesake = _newest(self._by_name, (node.rfc_id, *node.refs))
        return next((index for index in (mate, namesake) if index is not None), 0)


def _newest(known: dict[str, int], keys: Iterable[str]) -> int | None:
    return max((known[key] for key in keys if key in known), default=None)
