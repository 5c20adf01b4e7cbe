"""Merges two contacts that are one person, and unmerges them without loss (R4).

Addresses, events, tasks and boxes keep their own contact; only `Contact.root_id` says who represents whom, so
that undoing a merge loses nothing.
"""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from streaklike.people.errors import MergeRefused, NotMerged
from streaklike.people.events import mark_due, record_event, user_id
from streaklike.people.finding import list_address_keys, primary_address, root_of
from streaklike.people.linking.link import relink_contacts
from streaklike.store.models import Address, Contact, ContactStatus, Event, Flag, User


def merge(session: Session, a: Contact, b: Contact, *, by: User | None, now: int) -> Event:
    """Merge `b`, with everybody merged into `b` before, into the root of `a`, whose tier, name and owner
    remain.

    Of two do-not-contact marks the longer one applies (R49), so that a merge never lifts one. Raises
    MergeRefused if the two are merged already, or `b` is part of a third.
    """
    survivor = root_of(session, a)
    _check_mergeable(session, survivor, b)
    absorbed = list(session.scalars(select(Contact.id).where(Contact.root_id == b.id)))
    data: dict[str, object] = {
        "into": primary_address(session, survivor),
        "addresses": _list_addresses(session, b, absorbed),
    }
    data.update(_adopt_do_not_contact(survivor, b))
    b.merged_into_id = survivor.id
    session.flush()
    _set_root(session, absorbed, survivor.id)
    for table in (ContactStatus, Flag):
        session.execute(delete(table).where(table.contact_id == b.id))
    event = record_event(
        session, "merge", at=now, now=now, author_id=user_id(by), contact_id=survivor.id, data=data
    )
    relink_contacts(session, [survivor.id], now=now)
    return event


def unmerge(session: Session, what: Contact | Address, *, by: User | None, now: int) -> Event:
    """Separate a contact from the one it was merged into; for a survivor, the one merged last.

    Both timelines are restored. Raises NotMerged if there is no merge to undo.
    """
    part = _part_to_free(session, what)
    into = session.get_one(Contact, part.merged_into_id)
    merging = _find_merging(session, into, part)
    freed = _list_branch(session, part)
    data: dict[str, object] = {
        "into": primary_address(session, into),
        "addresses": _list_addresses(session, part, freed),
    }
    event = record_event(
        session, "unmerge", at=now, now=now, author_id=user_id(by), contact_id=into.id, data=data
    )
    if merging is not None:
        merging.undone_by_id = event.id
    _free(session, part, merging, now=now)
    return event


def revert_merge(session: Session, merging: Event, *, now: int) -> None:
    """Undo this merge event without recording one; no effect if the two are already separate."""
    part = find_part(session, merging)
    if part is not None and part.merged_into_id is not None:
        _free(session, part, merging, now=now)


def _free(session: Session, part: Contact, merging: Event | None, *, now: int) -> None:
    into = session.get_one(Contact, part.merged_into_id)
    root_id = root_of(session, into).id
    freed = _list_branch(session, part)
    part.merged_into_id = None
    if merging is not None:
        _return_do_not_contact(into, merging)
    session.flush()
    _set_root(session, freed, part.id)
    mark_due(session, [part.id, root_id])
    relink_contacts(session, [part.id, root_id], now=now)


def _check_mergeable(session: Session, survivor: Contact, b: Contact) -> None:
    if survivor.id == b.id:
        raise MergeRefused("These are one person already. Nothing was changed. Choose another to merge with.")
    if b.merged_into_id is None:
        return
    if b.root_id == survivor.id:
        raise MergeRefused("These two were merged before. Nothing was changed.")
    third = root_of(session, b)
    raise MergeRefused(
        f"{primary_address(session, b)} is part of {primary_address(session, third)}. Nothing was changed. "
        "Merge that person, or take the earlier merge back first."
    )


def _part_to_free(session: Session, what: Contact | Address) -> Contact:
    own = session.get(Contact, what.contact_id) if isinstance(what, Address) else what
    if own is not None and own.merged_into_id is not None:
        return own
    newest = _list_mergings(session, own) if own is not None else []
    for merging in newest:
        part = find_part(session, merging)
        if part is not None:
            return part
    raise NotMerged("This person is part of no merge. Nothing was changed.")


def _list_mergings(session: Session, into: Contact) -> list[Event]:
    """Return the merges into this contact that are in effect, newest first."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.contact_id == into.id, Event.kind == "merge", Event.undone_by_id.is_(None))
            .order_by(Event.id.desc())
        )
    )


def find_part(session: Session, merging: Event) -> Contact | None:
    """Return the contact merged by this event: the owner of its first address."""
    key = merging.data["addresses"][0]
    return session.scalar(
        select(Contact).join(Address, Address.contact_id == Contact.id).where(Address.key == key)
    )


def _find_merging(session: Session, into: Contact, part: Contact) -> Event | None:
    found = (event for event in _list_mergings(session, into) if find_part(session, event) is part)
    return next(found, None)


def _list_addresses(session: Session, part: Contact, branch: list[int]) -> list[str]:
    """List the branch's addresses, starting with the part's primary one, by which `find_part` identifies it."""
    head = primary_address(session, part)
    return [head, *(key for key in list_address_keys(session, branch) if key != head)]


def _list_branch(session: Session, part: Contact) -> list[int]:
    """Return the contact and everybody merged into it, directly or not."""
    rows = session.execute(
        select(Contact.id, Contact.merged_into_id).where(Contact.root_id == part.root_id)
    ).all()
    branch = {part.id}
    while grown := {child for child, above in rows if above in branch} - branch:
        branch |= grown
    return sorted(branch)


def _set_root(session: Session, contact_ids: list[int], root_id: int) -> None:
    session.execute(update(Contact).where(Contact.id.in_(contact_ids)).values(root_id=root_id))


def _adopt_do_not_contact(survivor: Contact, b: Contact) -> dict[str, object]:
    """R49: apply the longer do-not-contact mark; the survivor's previous one is kept in the event."""
    if (b.do_not_contact_until or 0) <= (survivor.do_not_contact_until or 0):
        return {}
    was = {"until": survivor.do_not_contact_until, "reason": survivor.do_not_contact_reason or ""}
    survivor.do_not_contact_until = b.do_not_contact_until
    survivor.do_not_contact_reason = b.do_not_contact_reason
    return {"do_not_contact": {"until": b.do_not_contact_until, "was": was}}


def _return_do_not_contact(into: Contact, merging: Event) -> None:
    adopted = merging.data.get("do_not_contact")
    if adopted and into.do_not_contact_until == adopted["until"]:
        into.do_not_contact_until = adopted["was"]["until"]
        into.do_not_contact_reason = adopted["was"]["reason"] or None
