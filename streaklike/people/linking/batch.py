"""Messages touched by a batch of sync, in the form that linking works on: stored state and new state."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.people.tables import ADDRESS, CONTACT, MAILBOX_MESSAGE, MESSAGE, PARTICIPANT, update_rows
from streaklike.store.erasing import request_erasing
from streaklike.store.in_values import in_values
from streaklike.store.search_index import drop_messages
from streaklike.store.writing import in_chunks
from streaklike.sync.internal_ids import expand_refs, load_bridges

RECIPIENTS = frozenset({"to", "cc", "bcc"})
SHOWN = frozenset({"author", "to", "cc"})
ELIGIBLE = frozenset({"person", "role"})
NOBODY_WROTE = frozenset({"automatic", "bounce", "receipt"})
"""Kinds of mail sent automatically by a machine."""


@dataclass(frozen=True, slots=True)
class MessagePerson:
    """A participant and its address. `root_id` is the root contact, if any."""

    role: str
    address_id: int
    at: int
    name: str
    side: str
    kind: str
    contact_id: int | None
    root_id: int | None

    @property
    def is_outside(self) -> bool:
        return self.side == "outside"

    @property
    def is_eligible(self) -> bool:
        """Return whether the address may become a contact (R10)."""
        return self.side == "outside" and self.kind in ELIGIBLE


@dataclass(frozen=True, slots=True)
class MessageState:
    """What a message counts as."""

    at: int
    direction: str
    kind: str
    is_live: bool

    @property
    def is_ours(self) -> bool:
        """Mail by which we wrote to its recipients (R9)."""
        return self.is_live and self.direction == "outbound" and self.kind not in NOBODY_WROTE

    @property
    def is_shared(self) -> bool:
        """Human mail from outside, on which a contact makes contacts of the others (R9)."""
        return self.is_live and self.direction == "inbound" and self.kind == "human"

    @property
    def is_authored(self) -> bool:
        """Mail that makes its author at least a candidate (R9); automatic mail does not (R10, R28)."""
        return self.is_live and self.kind not in NOBODY_WROTE


@dataclass(slots=True)
class LinkedMessage:
    """A message being linked.

    `stored` and the `old_` fields are as in the database, the others as they will be.

    `bridged` are the nodes reached through internal mail that is not stored (R13).
    """

    id: int
    rfc_id: str
    refs: tuple[str, ...]
    own_kind: str
    author_id: int | None
    body_hash: str
    is_subject_automatic: bool
    bounce_of: str | None
    stored: MessageState
    old_group_id: int | None
    old_conversation_id: int | None
    at: int
    direction: str
    kind: str
    is_list_of_ours: bool = False
    has_copies: bool = False
    is_live: bool = False
    group_id: int | None = None
    threads: set[str] = field(default_factory=set)
    bridged: tuple[str, ...] = ()
    people: list[MessagePerson] = field(default_factory=list)

    @property
    def before(self) -> MessageState | None:
        """Its stored state; None if it was new or hidden."""
        return None if self.old_group_id is None else self.stored

    @property
    def now(self) -> MessageState:
        return MessageState(self.at, self.direction, self.kind, self.is_live)

    @property
    def keys(self) -> list[str]:
        """Its nodes in the graph of R23."""
        return [f"m:{self.rfc_id}", *(f"m:{ref}" for ref in self.refs), *self.threads, *self.bridged]

    def list_outside(self, roles: Collection[str]) -> set[int]:
        """Return the outside address ids in one of the roles."""
        return {person.address_id for person in self.people if person.is_outside and person.role in roles}


def load_batch(session: Session, message_ids: Iterable[int]) -> list[LinkedMessage]:
    """Load these messages with their people, their state derived from their copies (R14, R16, R20)."""
    entries: dict[int, LinkedMessage] = {}
    for chunk in in_chunks(sorted(set(message_ids))):
        entries.update(_load_messages(session, chunk))
        _load_people(session, chunk, entries)
        _load_copies(session, chunk, entries)
    _load_lists(session, entries)
    _load_bridged(session, entries)
    return list(entries.values())


def _load_bridged(session: Session, entries: dict[int, LinkedMessage]) -> None:
    bridges = load_bridges(session, {ref for entry in entries.values() for ref in entry.refs})
    for entry in entries.values() if bridges else ():
        if not bridges.keys().isdisjoint(entry.refs):
            refs, threads = expand_refs(entry.refs, bridges)
            entry.bridged = (
                *(f"m:{ref}" for ref in refs),
                *(f"t:{box}:{thread}" for box, thread in sorted(threads)),
            )


def _load_messages(session: Session, ids: Collection[int]) -> dict[int, LinkedMessage]:
    m = MESSAGE.c
    rows = session.execute(
        select(
            m.id,
            m.rfc_id,
            m.refs,
            m.own_kind,
            m.author_id,
            m.body_hash,
            m.is_subject_automatic,
            m.bounce_of,
            m.at,
            m.direction,
            m.kind,
            m.is_live,
            m.group_id,
            m.conversation_id,
        ).where(in_values(session, m.id, ids))
    )
    return {
        key: LinkedMessage(
            id=key,
            rfc_id=rfc_id,
            refs=tuple(refs.split()),
            own_kind=own_kind,
            author_id=author_id,
            body_hash=body_hash,
            is_subject_automatic=subject_automatic,
            bounce_of=bounce_of,
            stored=MessageState(at, direction, kind, is_live),
            old_group_id=group_id,
            old_conversation_id=conversation_id,
            at=at,
            direction=direction,
            kind=kind,
        )
        for key, rfc_id, refs, own_kind, author_id, body_hash, subject_automatic, bounce_of, at, direction, kind, is_live, group_id, conversation_id in rows
    }


def _load_people(session: Session, ids: Collection[int], entries: dict[int, LinkedMessage]) -> None:
    p, a = PARTICIPANT.c, ADDRESS.c
    rows = session.execute(
        select(
            p.message_id, p.role, p.address_id, p.at, p.name, a.side, a.kind, a.contact_id, CONTACT.c.root_id
        )
        .select_from(
            PARTICIPANT.join(ADDRESS, a.id == p.address_id).outerjoin(CONTACT, CONTACT.c.id == a.contact_id)
        )
        .where(in_values(session, p.message_id, ids))
    )
    for message_id, *person in rows:
        entries[message_id].people.append(MessagePerson(*person))


def _load_copies(session: Session, ids: Collection[int], entries: dict[int, LinkedMessage]) -> None:
    c = MAILBOX_MESSAGE.c
    rows = session.execute(
        select(c.message_id, c.mailbox_id, c.thread_id, c.state, c.at, c.is_sent, c.is_hidden).where(
            in_values(session, c.message_id, ids)
        )
    )
    copies: dict[int, list[tuple[int | None, bool, bool, str]]] = {}
    for message_id, mailbox_id, thread_id, state, at, is_sent, is_hidden in rows:
        live = state == "stored" and not is_hidden
        copies.setdefault(message_id, []).append((at, is_sent, live, f"t:{mailbox_id}:{thread_id}"))
    for message_id, found in copies.items():
        _apply_copies(entries[message_id], found)


def _apply_copies(entry: LinkedMessage, copies: list[tuple[int | None, bool, bool, str]]) -> None:
    """R14, R16, R20: derive liveness, time, threads and direction from the live copies.

    For a hidden message all copies count, so that it still has a time and direction.
    """
    live = [copy for copy in copies if copy[2]]
    counted = live or copies
    entry.has_copies = True
    entry.is_live = bool(live)
    entry.at = min((at for at, *_ in counted if at is not None), default=entry.at)
    entry.threads = {thread for *_, thread in live}
    author = next((person for person in entry.people if person.role == "author"), None)
    if any(is_sent for _, is_sent, *_ in counted):
        entry.direction = "outbound"
    else:
        # A From without an address counts as an outside stranger (R13).
        entry.direction = "inbound" if author is None or author.is_outside else "internal"


def _load_lists(session: Session, entries: dict[int, LinkedMessage]) -> None:
    """R15: find bulk mail that is bulk only because of a list of the team's own domain."""
    bulk = [entry.id for entry in entries.values() if entry.own_kind == "bulk"]
    for chunk in in_chunks(bulk):
        rows = session.execute(
            select(MESSAGE.c.id, MESSAGE.c.details)
            .select_from(MESSAGE.join(ADDRESS, ADDRESS.c.id == MESSAGE.c.channel_id))
            .where(in_values(session, MESSAGE.c.id, chunk), ADDRESS.c.side == "inside")
        )
        for message_id, details in rows:
            entries[message_id].is_list_of_ours = bool((details or {}).get("foreign_list"))


def save_batch(session: Session, entries: Iterable[LinkedMessage]) -> None:
    """Write what differs, and delete messages without any copy."""
    changed, removed = [], []
    moved = []
    for entry in entries:
        if not entry.has_copies:
            removed.append(entry.id)
            continue
        if entry.now != entry.stored or entry.group_id != entry.old_group_id:
            changed.append(entry)
        if any(person.at != entry.at for person in entry.people):
            moved.append({"message_id": entry.id, "at": entry.at})
    update_rows(
        session,
        MESSAGE,
        [
            {
                "id": entry.id,
                "at": entry.at,
                "direction": entry.direction,
                "kind": entry.kind,
                "is_live": entry.is_live,
                "group_id": entry.group_id,
            }
            for entry in changed
        ],
    )
    update_rows(session, PARTICIPANT, moved, key="message_id")
    drop_messages(session, removed)
    for chunk in in_chunks(removed):
        session.execute(delete(MESSAGE).where(in_values(session, MESSAGE.c.id, chunk)))
    if removed:
        request_erasing(session)
