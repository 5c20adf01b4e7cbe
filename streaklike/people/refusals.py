"""Mail asking for no further contact, proposed to the team as do-not-contact (R49).

Accepted or declined by one click.

Nothing is forbidden automatically. A proposal stays until a person decides, by setting `do_not_contact` after
the mail or by a `refusal_declined` event for that mail; either can be undone.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.contacts import set_do_not_contact
from streaklike.people.errors import BadValue
from streaklike.people.events import record_event, user_id
from streaklike.people.finding import find_contact, root_of
from streaklike.store.models import Address, Contact, Event, Message, User
from streaklike.store.writing import in_chunks

DECLINED: Final = "refusal_declined"


class Proposal(NamedTuple):
    """Somebody's newest mail that refuses contact: `sentence` is the refusing one, `contact_id` a root."""

    contact_id: int
    name: str
    address: str
    at: int
    rfc_id: str
    sentence: str


def list_proposals(session: Session, *, now: int, contact_id: int | None = None) -> list[Proposal]:
    """List undecided proposals, one per person, newest first, of everybody or one root.

    People marked do-not-contact already are omitted.
    """
    root_id = func.coalesce(Contact.root_id, Contact.id)
    author = (
        select(root_id.label("root_id"), Address.key, Message.at, Message.rfc_id, Message.refusal)
        .join_from(Message, Address, Address.id == Message.author_id)
        .join(Contact, Contact.id == Address.contact_id)
        .where(
            Message.refusal.is_not(None),
            Message.is_live,
            Message.direction == "inbound",
            Message.kind == "human",
            Message.at <= now,
        )
    )
    if contact_id is not None:
        author = author.where(root_id == contact_id)
    newest: dict[int, Any] = {}
    for row in session.execute(author.order_by(Message.at, Message.rfc_id)):
        newest[row.root_id] = row
    roots = _load_roots(session, newest)
    decided = _load_decisions(session, newest)
    found = [
        Proposal(root, roots[root].given_name or roots[root].name, row.key, row.at, row.rfc_id, row.refusal)
        for root, row in newest.items()
        if (roots[root].do_not_contact_until or 0) <= now
        and not any(_decides(event, row) for event in decided[root])
    ]
    return sorted(found, key=lambda each: (-each.at, each.address))


def _load_roots(session: Session, ids: Collection[int]) -> dict[int, Contact]:
    found: dict[int, Contact] = {}
    for chunk in in_chunks(ids):
        found.update(
            {each.id: each for each in session.scalars(select(Contact).where(Contact.id.in_(chunk)))}
        )
    return found


def _load_decisions(session: Session, root_ids: Collection[int]) -> dict[int, list[Event]]:
    root_id = func.coalesce(Contact.root_id, Contact.id)
    found: dict[int, list[Event]] = defaultdict(list)
    for chunk in in_chunks(root_ids):
        rows = session.execute(
            select(root_id, Event)
            .join(Contact, Contact.id == Event.contact_id)
            .where(
                root_id.in_(chunk),
                Event.kind.in_((DECLINED, "do_not_contact")),
                Event.undone_by_id.is_(None),
            )
        )
        for root, event in rows:
            found[root].append(event)
    return found


def _decides(event: Event, mail: Any) -> bool:
    if event.kind == DECLINED or "message" in event.data:
        return bool(event.data["message"] == mail.rfc_id)
    return event.at >= mail.at and event.data.get("until") is not None


def accept_refusal(
    session: Session, message: Message, *, until: int, reason: str = "", by: User | None, now: int
) -> Event | None:
    """Mark the mail's author do-not-contact until an instant or FOREVER.

    The reason defaults to their sentence.

    Returns None if unchanged. Raises BadValue.
    """
    contact = _author_of(session, message)
    effective_reason = reason.strip() or (message.refusal or "")
    event = set_do_not_contact(session, contact, until=until, reason=effective_reason, by=by, now=now)
    if event is not None:
        # A new dict: in-place changes of a JSON column are not detected.
        event.data = {**event.data, "message": message.rfc_id}
        session.flush()
    return event


def decline_refusal(
    session: Session, message: Message, *, reason: str = "", by: User | None, now: int
) -> Event:
    """Record that this mail is not a refusal, so that it is not proposed again. Raises BadValue."""
    contact = _author_of(session, message)
    data = {"message": message.rfc_id, "sentence": message.refusal, "reason": reason.strip()}
    return record_event(
        session, DECLINED, at=now, now=now, author_id=user_id(by), contact_id=contact.id, data=data
    )


def find_refusing(session: Session, rfc_id: str) -> Message | None:
    """Return the refusing mail with this Message-ID, or None."""
    return session.scalar(
        select(Message)
        .where(Message.rfc_id == rfc_id.strip().strip("<>"), Message.refusal.is_not(None), Message.is_live)
        .order_by(Message.fingerprint)
        .limit(1)
    )


def _author_of(session: Session, message: Message) -> Contact:
    author = session.get(Address, message.author_id) if message.author_id is not None else None
    contact = find_contact(session, author.key) if author is not None else None
    if contact is None or message.refusal is None or message.direction != "inbound":
        raise BadValue("This mail asks nobody to be left alone. Nothing was changed.")
    return root_of(session, contact)
