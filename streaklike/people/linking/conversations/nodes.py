"""Loads R24's inputs for a group's messages: references, threads, and outside people."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import ELIGIBLE, SHOWN
from streaklike.people.linking.conversations.partition import Node
from streaklike.people.tables import ADDRESS, CONTACT, MAILBOX_MESSAGE, MESSAGE, PARTICIPANT
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks
from streaklike.sync.internal_ids import expand_refs, load_bridges


def load_nodes(session: Session, group_ids: Collection[int], *, until: int | None = None) -> dict[int, Node]:
    """Load the live messages of these groups, by id.

    Their references are extended through internal mail that is not stored (R13), limited to mail up to
    `until` if given.
    """
    nodes: dict[int, Node] = {}
    m = MESSAGE.c
    for chunk in in_chunks(sorted(group_ids)):
        people, threads = _load_people(session, chunk), _load_threads(session, chunk)
        rows = session.execute(
            select(m.id, m.rfc_id, m.base_subject, m.refs, m.own_kind, m.details).where(
                in_values(session, m.group_id, chunk)
            )
        ).all()
        named = {ref for row in rows for ref in row.refs.split()}
        bridges = load_bridges(session, named, until=until)
        for message_id, rfc_id, base_subject, refs, own_kind, details in rows:
            led, passed = expand_refs(refs.split(), bridges)
            nodes[message_id] = Node(
                id=message_id,
                rfc_id=rfc_id,
                base_subject=base_subject,
                refs=led,
                threads=frozenset((*threads.get(message_id, ()), *(f"{box}:{each}" for box, each in passed))),
                people=_choose(people.get(message_id, {}), is_bounce=own_kind == "bounce"),
                is_by_form=bool(details and details.get("by_form")),
            )
    return nodes


def _load_people(session: Session, group_ids: Collection[int]) -> dict[int, dict[str, set[int]]]:
    """Return the people by message and role: root contact id, or negated address id without a contact."""
    found: dict[int, dict[str, set[int]]] = {}
    rows = session.execute(
        select(MESSAGE.c.id, PARTICIPANT.c.role, PARTICIPANT.c.address_id, CONTACT.c.root_id)
        .select_from(
            MESSAGE.join(PARTICIPANT, PARTICIPANT.c.message_id == MESSAGE.c.id)
            .join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id)
            .outerjoin(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id)
        )
        .where(
            in_values(session, MESSAGE.c.group_id, group_ids),
            ADDRESS.c.side == "outside",
            ADDRESS.c.kind.in_(ELIGIBLE),
        )
    )
    for message_id, role, address_id, root_id in rows:
        found.setdefault(message_id, {}).setdefault(role, set()).add(root_id or -address_id)
    return found


def _load_threads(session: Session, group_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    rows = session.execute(
        select(MESSAGE.c.id, MAILBOX_MESSAGE.c.mailbox_id, MAILBOX_MESSAGE.c.thread_id)
        .select_from(MESSAGE.join(MAILBOX_MESSAGE, MAILBOX_MESSAGE.c.message_id == MESSAGE.c.id))
        .where(
            in_values(session, MESSAGE.c.group_id, group_ids),
            MAILBOX_MESSAGE.c.state == "stored",
            MAILBOX_MESSAGE.c.is_hidden.is_(False),
        )
    )
    for message_id, mailbox_id, thread_id in rows:
        found.setdefault(message_id, set()).add(f"{mailbox_id}:{thread_id}")
    return found


def _choose(by_role: dict[str, set[int]], *, is_bounce: bool) -> frozenset[int]:
    if is_bounce:
        return _join(by_role, ("failed",))
    return _join(by_role, SHOWN) or _join(by_role, ("bcc",))


def _join(by_role: dict[str, set[int]], roles: Iterable[str]) -> frozenset[int]:
    return frozenset(person for role in roles for person in by_role.get(role, ()))
