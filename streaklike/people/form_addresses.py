"""Marks addresses as website forms (R53), by an undoable event; stored mail is reclassified at once (R11)."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_key
from streaklike.people.errors import BadAddressText, MembersAddress
from streaklike.people.event_kinds import EventKind
from streaklike.people.events import record_event, user_id
from streaklike.people.linking.form_visitors import relink_form
from streaklike.store.models import Event, TeamAddress, User
from streaklike.sync.directory import BadAddress, load_team, parse_member_address
from streaklike.sync.form_addresses import load_form_addresses, save_form_addresses

KIND: Final = EventKind.FORM_ADDRESS.value


def add_form_address(session: Session, address: str, *, by: User | None, now: int) -> Event | None:
    """Mark an address as a form: its mail, stored mail included, is attributed to its visitors.

    Returns None if it is one already. Raises BadAddressText, MembersAddress and NotAnAdmin.
    """
    key = _read_key(address)
    if session.scalar(select(TeamAddress.key).where(TeamAddress.key == key)) is not None:
        raise MembersAddress(
            f"{key} is a member's own address, and what comes from it is theirs. Nothing was changed. "
            "Name the address that the form itself sends from."
        )
    return _set(session, key, is_form=True, by=by, now=now)


def remove_form_address(session: Session, address: str, *, by: User | None, now: int) -> Event | None:
    """Unmark an address: its mail is its own again. Returns None if unmarked. Raises BadAddressText and NotAnAdmin."""
    return _set(session, _read_key(address), is_form=False, by=by, now=now)


def revert(session: Session, event: Event, *, now: int) -> None:
    """Reverse the event's effect."""
    _write(session, event.data["address"], is_form=event.data["did"] == "removed", now=now)


def _read_key(address: str) -> str:
    try:
        return address_key(parse_member_address(address))
    except BadAddress as error:
        raise BadAddressText(str(error)) from error


def _set(session: Session, key: str, *, is_form: bool, by: User | None, now: int) -> Event | None:
    if (key in load_form_addresses(session)) == is_form:
        return None
    facts = {"address": key, "did": "added" if is_form else "removed"}
    event = record_event(session, KIND, at=now, now=now, author_id=user_id(by), data=facts)
    _write(session, key, is_form=is_form, now=now)
    return event


def _write(session: Session, key: str, *, is_form: bool, now: int) -> None:
    form_keys = load_form_addresses(session)
    save_form_addresses(session, form_keys | {key} if is_form else form_keys - {key})
    relink_form(session, load_team(session), key, now=now)
