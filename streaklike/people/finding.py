"""Finding people: by address, and from any contact to the one that stands for them (R4)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_key, parse_address_list
from streaklike.people.errors import ContactNotFound
from streaklike.store.models import Address, Contact


def find_address(session: Session, text: str) -> Address | None:
    """The stored address of this text, bare or as `Name <address>`, by its key (R1 to R3); None where it is unknown."""
    found = parse_address_list(text)
    key = found[0].key if len(found) == 1 else address_key(text)
    return session.scalar(select(Address).where(Address.key == key))


def find_own_contact(session: Session, address_text: str) -> Contact | None:
    """The contact that the address was first given to, whatever that one was merged into since."""
    address = find_address(session, address_text)
    if address is None or address.contact_id is None:
        return None
    return session.get_one(Contact, address.contact_id)


def find_contact(session: Session, address_text: str) -> Contact | None:
    """The contact who stands for the address: the root of all merges (R4)."""
    own = find_own_contact(session, address_text)
    return root_of(session, own) if own is not None else None


def get_contact(session: Session, address_text: str) -> Contact:
    """As `find_contact`. Raises ContactNotFound."""
    contact = find_contact(session, address_text)
    if contact is None:
        raise ContactNotFound(
            f"Nobody with the address {address_text} is known. Nothing was changed. "
            "Check the spelling, or add the person first."
        )
    return contact


def root_of(session: Session, contact: Contact) -> Contact:
    """The contact that stands for this one."""
    if contact.root_id is None or contact.root_id == contact.id:
        return contact
    return session.get_one(Contact, contact.root_id)


def list_address_keys(session: Session, contact_ids: Sequence[int]) -> list[str]:
    """The addresses given to these contacts, in the order of the alphabet."""
    return sorted(session.scalars(select(Address.key).where(Address.contact_id.in_(contact_ids))))


def primary_address(session: Session, contact: Contact) -> str:
    """The contact's own first address in the order of the alphabet: the same in every database."""
    keys = list_address_keys(session, [contact.id])
    return keys[0] if keys else ""
