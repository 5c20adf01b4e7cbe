"""Links ingested mail: derives conversations, kinds, contacts and names, independent of arrival order (R21)."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import LinkedMessage, load_batch, save_batch
from streaklike.people.linking.changed import (
    Changed,
    find_people_in,
    invalidate,
    resolve_deserted,
    resolve_nobodys_mail,
)
from streaklike.people.linking.contacts.bad_addresses import resolve_bad_addresses
from streaklike.people.linking.contacts.candidates import resolve_contacts
from streaklike.people.linking.contacts.list_reclassification import find_reclassified
from streaklike.people.linking.contacts.members import mirror_roots
from streaklike.people.linking.contacts.names import resolve_names
from streaklike.people.linking.conversations.conversations import resolve_conversations
from streaklike.people.linking.conversations.groups import join_groups, split_groups
from streaklike.people.linking.kinds import classify_alone, classify_together
from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT
from streaklike.store.in_values import in_values
from streaklike.store.search_index import index_messages
from streaklike.store.writing import in_chunks, lock_writer

__all__ = ["Changed", "link", "relink_contacts"]


def link(session: Session, message_ids: Collection[int], *, now: int) -> Changed:
    """Derive everything that follows from these messages, which are new or whose copies changed.

    Time, direction and liveness (R14, R16, R20), groups and conversations (R23, R24), kinds (R28, R32), bad
    addresses (R30), contacts, candidates and names (R7, R9, R10): each as a fresh sync of the present state
    would give it. Messages without copies are deleted, all others are indexed for search. Every contact in a
    touched conversation becomes due (`ContactStatus.due_at` = 0).
    """
    session.flush()
    lock_writer(session)
    page = load_batch(session, message_ids)
    for entry in page:
        entry.kind = classify_alone(entry)
    joined = join_groups(session, page)
    save_batch(session, page)
    index_messages(session, [entry.id for entry in page if entry.has_copies])
    reclassified = find_reclassified(session, page)
    groups = joined.touched | split_groups(session, joined.rechecked) | _find_groups(session, reclassified)
    left = {entry.old_conversation_id for entry in page if entry.old_conversation_id and not entry.is_live}
    conversations, ended = resolve_conversations(session, groups | joined.rechecked, left=left)
    entries = [*page, *classify_together(session, page)]
    resolve_bad_addresses(session, entries)
    people = resolve_contacts(session, entries, rechecked=reclassified, now=now)
    renamed = resolve_names(session, entries, created=people.created, rechecked=people.judged)
    touched = (conversations | _find_others(session, entries)) - ended
    resolve_deserted(session, touched)
    resolve_nobodys_mail(session, touched)
    concerned = {person.root_id for entry in entries for person in entry.people if person.root_id}
    concerned |= {*people.created.values(), *people.changed, *renamed, *find_people_in(session, touched)}
    # The rows were written by Core statements, past the ORM's identity map.
    session.expire_all()
    return Changed(
        message_ids=frozenset(entry.id for entry in entries),
        conversation_ids=frozenset(touched),
        contact_ids=invalidate(session, concerned),
    )


def _find_others(session: Session, entries: Sequence[LinkedMessage]) -> set[int]:
    """Return the conversations of reclassified messages, and of those that a bounce returned (R30)."""
    m = MESSAGE.c
    found = {entry.old_conversation_id for entry in entries if entry.is_live and entry.old_conversation_id}
    for chunk in in_chunks({entry.bounce_of for entry in entries if entry.bounce_of}):
        found.update(
            session.scalars(
                select(m.conversation_id).where(
                    in_values(session, m.rfc_id, chunk), m.conversation_id.is_not(None)
                )
            )
        )
    return found


def relink_contacts(session: Session, contact_ids: Iterable[int], *, now: int) -> Changed:
    """Derive everything that depends on who these contacts are, after a merge, an added address or contact
    (R4, R11).

    Kind, `since_at` and name of their roots and of people they made contacts; their conversations, which may
    split or merge by who is one person (R24); everybody in them becomes due. The contacts themselves are
    never deleted here.
    """
    session.flush()
    lock_writer(session)
    instants = _load_instants(session, set(contact_ids))
    groups = _find_groups(session, instants)
    conversations, _ = resolve_conversations(session, groups)
    people = resolve_contacts(session, (), rechecked=instants, may_delete=False, now=now)
    renamed = resolve_names(session, (), created=people.created, rechecked={*people.judged, *instants})
    mirror_roots(session, instants)
    concerned = {*instants, *people.created.values(), *people.changed, *renamed}
    concerned |= find_people_in(session, conversations)
    resolve_nobodys_mail(session, conversations)
    session.expire_all()
    return Changed(frozenset(), frozenset(conversations), invalidate(session, concerned))


def _load_instants(session: Session, contact_ids: Collection[int]) -> dict[int, set[int]]:
    """Return for each root of these contacts the stored instants of all contacts involved."""
    c = CONTACT.c
    members, rows = set(contact_ids), list[tuple[int, int | None]]()
    for chunk in in_chunks(contact_ids):
        members.update(session.scalars(select(c.root_id).where(in_values(session, c.id, chunk))))
    for chunk in in_chunks(members):
        rows += session.execute(
            select(c.root_id, c.since_at).where(in_values(session, c.root_id, chunk))
        ).all()
    every = {since for _, since in rows if since is not None}
    return {root_id: set(every) for root_id, _ in rows}


def _find_groups(session: Session, root_ids: Collection[int]) -> set[int]:
    groups: set[int] = set()
    for chunk in in_chunks(root_ids):
        groups.update(
            session.scalars(
                select(MESSAGE.c.group_id)
                .distinct()
                .select_from(
                    CONTACT.join(ADDRESS, ADDRESS.c.contact_id == CONTACT.c.id)
                    .join(PARTICIPANT, PARTICIPANT.c.address_id == ADDRESS.c.id)
                    .join(MESSAGE, MESSAGE.c.id == PARTICIPANT.c.message_id)
                )
                .where(in_values(session, CONTACT.c.root_id, chunk), MESSAGE.c.group_id.is_not(None))
            )
        )
    return groups
