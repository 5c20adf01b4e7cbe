"""What a link of a digest offers to take on, and whether that still stands (R58)."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from streaklike.boxes.responsible import find_responsible, newest_owner_event, set_responsible
from streaklike.digest.links import Take
from streaklike.people.finding import root_of
from streaklike.people.marks import take_conversation
from streaklike.store.models import Contact, ContactStatus, Conversation, Event, User


class TakeState(StrEnum):
    """How an offer stands: only an open one can be taken."""

    OPEN = "open"
    MINE = "mine"
    TAKEN = "taken"
    SETTLED = "settled"
    EXPIRED = "expired"
    NO_ACCESS = "no_access"


@dataclass(frozen=True, slots=True)
class TakeOffer:
    """An offer to this member. `contact` is known where it still stands; `owner` took it, at `taken_at` where that is known."""

    state: TakeState
    user: User
    contact: Contact | None = None
    conversation: Conversation | None = None
    waiting_since_at: int = 0
    owner: User | None = None
    taken_at: int | None = None


def read_offer(session: Session, take: Take, user: User, *, now: int) -> TakeOffer:
    """How what the link names stands at `now`."""
    if now >= take.expires_at:
        return TakeOffer(TakeState.EXPIRED, user)
    if user.disabled_at is not None or user.role not in ("member", "admin"):
        return TakeOffer(TakeState.NO_ACCESS, user)
    found = session.get(Contact, take.contact_id)
    contact = root_of(session, found) if found is not None else None
    contact_status = session.get(ContactStatus, contact.id) if contact is not None else None
    if contact is None or contact_status is None or not _waits_still(contact_status, take):
        return TakeOffer(TakeState.SETTLED, user)
    owner = find_responsible(session, contact)
    state = TakeState.OPEN if owner is None else TakeState.MINE if owner is user else TakeState.TAKEN
    conversation = session.get(Conversation, take.conversation_id) if take.conversation_id else None
    taken_at = None if owner is None else _find_taken_at(session, contact, conversation, owner)
    return TakeOffer(state, user, contact, conversation, take.waiting_since_at, owner, taken_at)


def accept_offer(session: Session, offer: TakeOffer, *, now: int) -> Event | None:
    """Take on what an open offer names, in the member's name; the event can be undone."""
    if offer.state is not TakeState.OPEN or offer.contact is None:
        return None
    if offer.conversation is not None:
        return take_conversation(session, offer.conversation, by=offer.user, now=now)
    return set_responsible(session, offer.contact, offer.user, by=offer.user, now=now)


def _waits_still(contact_status: ContactStatus, take: Take) -> bool:
    """Whether the same mail waits: what was answered meanwhile, and written anew, is another matter."""
    return (contact_status.waiting_conversation_id or 0, contact_status.waiting_since_at) == (
        take.conversation_id,
        take.waiting_since_at,
    )


def _find_taken_at(
    session: Session, contact: Contact, conversation: Conversation | None, owner: User
) -> int | None:
    """When the colleague was named, on the conversation or else on the person; None where a box made them responsible."""
    places = [Event.contact_id == contact.id]
    if conversation is not None:
        places.insert(0, Event.conversation_id == conversation.id)
    for place in places:
        event = newest_owner_event(session, place)
        if event is not None and owner.email in event.data.get("owners", []):
            return event.at
    return None
