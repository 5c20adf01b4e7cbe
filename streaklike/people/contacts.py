"""Manual changes to contacts: adding them, and setting tier, owner, name and do-not-contact.

Each records an event.

Finding, listing and marks on conversations live in their own modules and are re-exported here.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_kind, parse_address_list
from streaklike.people.errors import AddressTaken, BadAddressText, BadValue, NotAPerson, UserHasLeft
from streaklike.people.events import owner_change, record_event, user_id
from streaklike.people.finding import (
    find_address,
    find_contact,
    find_own_contact,
    get_contact,
    list_address_keys,
    primary_address,
    root_of,
)
from streaklike.people.linking.contacts.orphan_cleanup import claim_ids
from streaklike.people.linking.link import relink_contacts
from streaklike.people.listing import ContactLine, list_contacts, suggest_same_person
from streaklike.people.marks import (
    assign_conversation,
    dismiss_flag,
    mark_no_reply_needed,
    reopen_conversation,
    take_conversation,
)
from streaklike.people.merging import merge
from streaklike.store.models import FOREVER, Address, Contact, Event, User
from streaklike.sync.directory import load_team

__all__ = [
    "FOREVER",
    "TIERS",
    "ContactLine",
    "add_address",
    "add_contact",
    "assign_conversation",
    "dismiss_flag",
    "find_address",
    "find_contact",
    "find_own_contact",
    "get_contact",
    "list_address_keys",
    "list_contacts",
    "mark_no_reply_needed",
    "primary_address",
    "reopen_conversation",
    "revert",
    "revert_adding",
    "root_of",
    "set_do_not_contact",
    "set_name",
    "set_owner",
    "set_tier",
    "suggest_same_person",
    "take_conversation",
]

TIERS = ("A", "B", "C", "none")


def add_contact(session: Session, address_text: str, *, name: str = "", by: User | None, now: int) -> Contact:
    """Make the person a contact manually.

    Stored mail with the address is assigned to them at once (R11).

    A candidate becomes a contact; an existing contact is unchanged. Raises BadAddressText, and NotAPerson for
    the address of a machine, a list or a team member.
    """
    address = _ensure_person_address(session, address_text)
    known = address.contact_id is not None
    contact = _contact_of(session, address, now)
    if known and contact.kind == "contact":
        return contact
    contact.kind = "contact"
    contact.is_manual = True
    contact.since_at = now
    data: dict[str, object] = {"kind": "contact"}
    if name.strip():
        data |= {"name": name.strip(), "was": contact.given_name}
        contact.given_name = name.strip()
    _record(session, contact, "contact", data, by=by, now=now)
    relink_contacts(session, [contact.id], now=now)
    return contact


def add_address(
    session: Session, contact: Contact, address_text: str, *, by: User | None, now: int
) -> Address:
    """Give the contact another address; stored mail with it is assigned to them at once (R11).

    A candidate with that address is merged into the contact, which can be undone. Raises AddressTaken if it
    is another contact's, and BadAddressText and NotAPerson as `add_contact` does.
    """
    address = _ensure_person_address(session, address_text)
    if address.contact_id is not None:
        _absorb_candidate(session, contact, address, by=by, now=now)
        return address
    address.contact_id = contact.id
    _record(session, contact, "address", {"address": address.key}, by=by, now=now)
    relink_contacts(session, [contact.id], now=now)
    return address


def _absorb_candidate(
    session: Session, contact: Contact, address: Address, *, by: User | None, now: int
) -> None:
    other = root_of(session, session.get_one(Contact, address.contact_id))
    if other.id == root_of(session, contact).id:
        return
    if other.kind != "candidate":
        raise AddressTaken(
            f"{address.key} belongs to another contact. Nothing was changed. "
            "Merge the two instead; that can be taken back."
        )
    merge(session, contact, other, by=by, now=now)


def _contact_of(session: Session, address: Address, now: int) -> Contact:
    """Return the root of the address's contact, creating one if needed."""
    if address.contact_id is not None:
        return root_of(session, session.get_one(Contact, address.contact_id))
    contact_id = claim_ids(session, [address.id])[address.id]
    contact = Contact(id=contact_id, kind="contact", created_at=now, root_id=contact_id)
    session.add(contact)
    session.flush()
    address.contact_id = contact.id
    return contact


def _ensure_person_address(session: Session, text: str) -> Address:
    found = parse_address_list(text)
    if len(found) != 1 or "@" not in found[0].key:
        raise BadAddressText(
            f"{text!r} is no mail address. Nothing was changed. Give one such as wang@donor.example."
        )
    key = found[0].key
    is_inside = load_team(session).is_inside(key)
    address = session.scalar(select(Address).where(Address.key == key))
    kind = address.kind if address is not None else address_kind(key)
    if is_inside or kind in ("machine", "list"):
        whose = "one of the team's own" if is_inside else f"the address of a {kind}"
        raise NotAPerson(f"{key} is {whose} and never becomes a contact. Nothing was changed.")
    if address is None:
        address = Address(key=key, side="outside", kind=kind)
        session.add(address)
        session.flush()
    return address


def set_tier(session: Session, contact: Contact, tier: str, *, by: User | None, now: int) -> Event | None:
    """Set how often the person should hear from us (R48): A, B, C or none.

    None if unchanged.

    Raises BadValue.
    """
    if tier not in TIERS:
        raise BadValue(f"There is no tier {tier!r}. Nothing was changed. Choose A, B, C or none.")
    if contact.tier == tier:
        return None
    data = {"tier": tier, "was": contact.tier}
    contact.tier = tier
    return _record(session, contact, "tier", data, by=by, now=now)


def set_do_not_contact(
    session: Session, contact: Contact, *, until: int | None, reason: str = "", by: User | None, now: int
) -> Event | None:
    """Forbid contacting the person until an instant or FOREVER, or allow it again with None (R49).

    Returns None if unchanged. Raises BadValue for a past instant.
    """
    if until is not None and until <= now:
        raise BadValue("That day is past. Nothing was changed. Give a later day, `never`, or `clear`.")
    reason = reason.strip() if until is not None else ""
    if (contact.do_not_contact_until, contact.do_not_contact_reason or "") == (until, reason):
        return None
    data = {
        "until": until,
        "reason": reason,
        "was": {"until": contact.do_not_contact_until, "reason": contact.do_not_contact_reason or ""},
    }
    contact.do_not_contact_until = until
    contact.do_not_contact_reason = reason or None
    return _record(session, contact, "do_not_contact", data, by=by, now=now)


def set_name(session: Session, contact: Contact, name: str, *, by: User | None, now: int) -> Event | None:
    """Set the person's name, which overrides names from mail; an empty name removes the override (R7)."""
    given = name.strip() or None
    if contact.given_name == given:
        return None
    data = {"name": given, "was": contact.given_name}
    contact.given_name = given
    return _record(session, contact, "name", data, by=by, now=now)


def set_owner(
    session: Session,
    contact: Contact,
    owner: User | None,
    *,
    because: Mapping[str, str] | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Set the person's owner; None removes it. `because` is added to the event. Raises UserHasLeft."""
    if owner is not None and owner.disabled_at is not None:
        raise UserHasLeft(
            f"{owner.name} has no access any more. Nothing was changed. Choose another colleague."
        )
    was = session.get(User, contact.owner_id) if contact.owner_id is not None else None
    if was is owner:
        return None
    contact.owner_id = owner.id if owner is not None else None
    data = owner_change(was, owner, because)
    return _record(session, contact, "owner", data, by=by, now=now)


def revert_adding(session: Session, event: Event, *, now: int) -> None:
    """Undo adding manually: mail alone decides again on the kind (R9), and on the name unless changed since (R7)."""
    contact = session.get_one(Contact, event.contact_id)
    contact.is_manual = False
    if "name" in event.data and contact.given_name == event.data["name"]:
        contact.given_name = event.data["was"]
    session.flush()
    relink_contacts(session, [contact.id], now=now)


def revert(session: Session, event: Event) -> None:
    """Restore the contact's values from before this tier, do_not_contact, name or owner event."""
    contact = session.get_one(Contact, event.contact_id)
    was = event.data.get("was")
    if event.kind == "tier":
        contact.tier = was
    elif event.kind == "name":
        contact.given_name = was
    elif event.kind == "do_not_contact":
        contact.do_not_contact_until = (was or {}).get("until")
        contact.do_not_contact_reason = (was or {}).get("reason") or None
    elif event.kind == "owner":
        contact.owner_id = session.scalar(select(User.id).where(User.email.in_(was or [])))


def _record(
    session: Session, contact: Contact, kind: str, data: Mapping[str, object], *, by: User | None, now: int
) -> Event:
    return record_event(
        session, kind, at=now, now=now, author_id=user_id(by), contact_id=contact.id, data=data
    )
