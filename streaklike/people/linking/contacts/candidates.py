"""Contacts and candidates derived from mail (R9, R10): who is one, since when, and who no longer is.

A person is identified by the root contact's id, or by the negated address id if there is no contact.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from streaklike.people.linking.batch import RECIPIENTS, SHOWN, LinkedMessage
from streaklike.people.linking.contacts.contact_graph import ContactGraph, SharedMail, find_dependants
from streaklike.people.linking.contacts.contact_queries import (
    StoredContact,
    load_addresses,
    load_authors,
    load_kept,
    load_mails,
    load_manual,
    load_seeds,
)
from streaklike.people.linking.contacts.orphan_cleanup import claim_ids, delete_orphans
from streaklike.people.tables import ADDRESS, CONTACT, update_rows


@dataclass(slots=True)
class ContactUpdates:
    """Result of updating contacts.

    New contacts by address id, contacts whose kind or instant changed, and contacts rechecked.
    """

    created: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    judged: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Work:
    """State of one run: the contact graph as it grows, and each person as stored."""

    graph: ContactGraph = field(default_factory=ContactGraph)
    kept: dict[int, StoredContact] = field(default_factory=dict)
    rechecked: set[int] = field(default_factory=set)
    authors: set[int] = field(default_factory=set)

    def remember(self, kept: Mapping[int, StoredContact]) -> None:
        """Add people as stored; those already known are not overwritten."""
        for person, row in kept.items():
            if person not in self.kept:
                self.kept[person] = row
                if row.since_at is not None and row.kind == "contact":
                    self.graph.since.setdefault(person, row.since_at)


def resolve_contacts(
    session: Session,
    entries: Sequence[LinkedMessage],
    *,
    rechecked: Mapping[int, set[int]] | None = None,
    may_delete: bool = True,
    now: int,
) -> ContactUpdates:
    """Create the contacts and candidates implied by these messages, and remove those no longer implied.

    New mail only creates contacts or makes them earlier, so its effects are followed outwards from the batch.
    If mail was removed or changed kind, people whose instant may depend on it are rechecked. `doubted` are
    people to recheck in any case, with their stored instants. `may_delete` allows deleting candidates without
    mail or manual changes.
    """
    work = _Work()
    people = _list_people(entries)
    work.remember(load_kept(session, people))
    _recheck(session, work, entries, rechecked or {})
    _add_page(work, entries)
    _follow(session, work)
    return _write(session, work, people, may_delete=may_delete, now=now)


def person_of(address_id: int, root_id: int | None) -> int:
    """Return the number that identifies a person here."""
    return root_id or -address_id


def _list_people(entries: Iterable[LinkedMessage]) -> set[int]:
    return {
        person_of(person.address_id, person.root_id)
        for entry in entries
        for person in entry.people
        if person.is_eligible
    }


def _list_people_in(entry: LinkedMessage, roles: Collection[str]) -> set[int]:
    return {
        person_of(person.address_id, person.root_id)
        for person in entry.people
        if person.is_eligible and person.role in roles
    }


def _has_lost(entry: LinkedMessage) -> bool:
    """Return whether the message once implied a contact or candidate in a way it no longer does."""
    before, now = entry.before, entry.now
    if before is None:
        return False
    is_later = now.at > before.at
    return (
        (before.is_ours and (is_later or not now.is_ours))
        or (before.is_shared and (is_later or not now.is_shared))
        or (before.is_authored and not now.is_authored)
    )


def _recheck(
    session: Session, work: _Work, entries: Iterable[LinkedMessage], rechecked: Mapping[int, set[int]]
) -> None:
    """Recompute from scratch those whose instant may depend on removed mail."""
    first = set(rechecked) | _list_people(entry for entry in entries if _has_lost(entry))
    if not first:
        return
    work.remember(load_kept(session, first))
    work.rechecked = _find_rechecked(session, work, first, rechecked)
    addresses = load_addresses(session, work.rechecked)
    work.authors = load_authors(session, addresses)
    for person in work.rechecked:
        # Forget their instants, so that they cannot confirm each other; only the seeds below are independent.
        work.graph.since.pop(person, None)
    for seeds in (load_seeds(session, addresses), load_manual(session, work.rechecked)):
        for person, since in seeds.items():
            work.graph.lower(person, since)


def _find_rechecked(
    session: Session, work: _Work, first: Collection[int], rechecked: Mapping[int, set[int]]
) -> set[int]:
    found, looked_at = set(first), set[int]()
    while found - looked_at:
        addresses = load_addresses(session, found - looked_at)
        looked_at |= found
        mails, kept = load_mails(session, addresses, only_before_contact=False)
        work.graph.add_mails(mails)
        work.remember(kept)
        stored = {
            person: {since} | rechecked.get(person, set()) for person, since in work.graph.since.items()
        }
        stored.update({person: instants for person, instants in rechecked.items() if person not in stored})
        while (grown := find_dependants(found, work.graph.mails.values(), stored)) != found:
            found = grown
    return found


def _add_page(work: _Work, entries: Iterable[LinkedMessage]) -> None:
    mails: dict[int, SharedMail] = {}
    for entry in entries:
        now = entry.now
        if now.is_ours:
            for person in _list_people_in(entry, RECIPIENTS):
                work.graph.lower(person, now.at)
        if now.is_shared:
            mails[entry.id] = SharedMail(now.at, frozenset(_list_people_in(entry, SHOWN)))
        if now.is_authored:
            work.authors |= _list_people_in(entry, {"author"})
    work.graph.add_mails(mails)


def _follow(session: Session, work: _Work) -> None:
    """Follow stored mail outwards from everybody who became a contact, or became one earlier."""
    graph, followed = work.graph, set(work.rechecked)
    while True:
        graph.spread()
        earlier = {person for person in graph.since if _is_earlier(work, person)} - followed
        if not earlier:
            return
        followed |= earlier
        addresses = load_addresses(session, earlier)
        mails, kept = load_mails(session, addresses, only_before_contact=True)
        work.remember(kept)
        graph.add_mails(mails)


def _is_earlier(work: _Work, person: int) -> bool:
    kept = work.kept.get(person)
    was = kept.since_at if kept and kept.kind == "contact" else None
    return was is None or work.graph.since[person] < was


def _write(session: Session, work: _Work, people: set[int], *, may_delete: bool, now: int) -> ContactUpdates:
    updates = ContactUpdates(judged={person for person in work.rechecked if person > 0})
    judged = people | work.rechecked | set(work.graph.since)
    created, lost = list[tuple[int, str, int | None]](), list[int]()
    updated: dict[int, dict[str, Any]] = {}
    for person in sorted(judged, key=abs):
        since, kept = work.graph.since.get(person), work.kept.get(person)
        kind = "contact" if since is not None else "candidate"
        if person < 0:
            if since is not None or person in work.authors:
                created.append((-person, kind, since))
        elif kept is not None and (kept.kind, kept.since_at) != (kind, since):
            updated[person] = {"root_id": person, "kind": kind, "since_at": since}
        if person in work.rechecked and person > 0 and since is None and person not in work.authors:
            lost.append(person)
    update_rows(session, CONTACT, list(updated.values()), key="root_id")
    updates.changed = set(updated)
    updates.created = _create(session, created, now=now)
    if may_delete:
        deleted = delete_orphans(session, lost)
        updates.changed -= deleted
        updates.judged -= deleted
    return updates


def _create(session: Session, created: Sequence[tuple[int, str, int | None]], *, now: int) -> dict[int, int]:
    by_address = claim_ids(session, [address_id for address_id, _, _ in created])
    rows: list[dict[str, Any]] = [
        {
            "id": by_address[address_id],
            "kind": kind,
            "name": "",
            "is_manual": False,
            "since_at": since,
            "created_at": now,
            "root_id": by_address[address_id],
        }
        for address_id, kind, since in created
    ]
    if rows:
        session.execute(insert(CONTACT), rows)
    update_rows(
        session,
        ADDRESS,
        [{"id": address_id, "contact_id": key} for address_id, key in by_address.items()],
    )
    return by_address
