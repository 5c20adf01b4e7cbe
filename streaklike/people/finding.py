"""Find contacts by address, and the root of merged contacts (R4)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_key, parse_address_list
from streaklike.people.errors import ContactNotFound
from streaklike.store.models import Address, Contact


def find_address(session: Session, text: str) -> Address | None:
    """Return the stored address for a text, bare or as `Name <address>`, by its key (R1 to R3), or None."""
    found = parse_address_list(text)
    key = found[0].key if len(found) == 1 else address_key(text)
    return session.scalar(select(Address).where(Address.key == key))


def find_own_contact(session: Session, address_text: str) -> Contact | None:
    """Return the contact the address belongs to itself, ignoring merges."""
    address = find_address(session, address_text)
    if address is None or address.contact_id is None:
        return None
    return session.get_one(Contact, address.contact_id)


def find_contact(session: Session, address_text: str) -> Contact | None:
    """Return the root contact for the address (R4)."""
    own = find_own_contact(session, address_text)
    return root_of(session, own) if own is not None else None


def get_contact(session: Session, address_text: str) -> Contact:
    """Return the same as `find_contact`. Raises ContactNotFound if there is none."""
    contact = find_contact(session, address_text)
    if contact is None:
        raise ContactNotFound(
            f"Nobody with the address {address_text} is known. Nothing was changed. "
            "Check the spelling, or add the person first."
        )
    return contact


def root_of(session: Session, contact: Contact) -> Contact:
    """Return the root of this contact's merges."""
    if contact.root_id is None or contact.root_id == contact.id:
        return contact
    return session.get_one(Contact, contact.root_id)


def list_address_keys(session: Session, contact_ids: Sequence[int]) -> list[str]:
    """List the addresses of these contacts, sorted."""
    return sorted(session.scalars(select(Address.key).where(Address.contact_id.in_(contact_ids))))


def primary_address(session: Session, contact: Contact) -> str:
    """Return the contact's own alphabetically first address: independent of database ids."""
    keys = list_address_keys(session, [contact.id])
    return keys[0] if keys else ""
