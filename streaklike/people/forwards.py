"""Outside mail that colleagues forwarded manually: offers, accepted and withdrawn (R17).

An accepted original is ingested as the message it was, with a copy in each mailbox that holds the forward.
Gmail does not know these copies, so no listing or consistency check counts them.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.gmail.types import GmailId, ThreadId
from streaklike.mail.forward_dates import parse_forwarded_date
from streaklike.mail.message import Correspondent, Understood
from streaklike.mail.subjects import base_subject
from streaklike.mail.team import Team
from streaklike.people.errors import BadValue, OfferNotFound
from streaklike.people.events import record_event, undo_event, user_id
from streaklike.people.linking.link import link
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Event, ForwardOffer, MailboxMessage, Message, User
from streaklike.store.writing import in_chunks, insert_missing
from streaklike.sync.directory import load_team
from streaklike.sync.ingest import Fetched, apply_fetched, build_offers
from streaklike.sync.origins import FROM_OFFER

KIND = "forward"


@dataclass(frozen=True, slots=True)
class Offer:
    """An original that colleagues forwarded.

    `id` is the same in every database; `at` is when it was first forwarded.

    `dated` and `subject` are as written in the forward.
    """

    id: str
    at: int
    forwarded_by: tuple[str, ...]
    name: str
    address: str
    dated: str
    subject: str
    is_accepted: bool


def list_offers(session: Session, of: Collection[str] | None = None) -> list[Offer]:
    """List the offers, accepted ones included, newest forward first.

    `of` limits them to authors with these address keys.
    """
    accepted = set(session.scalars(select(Message.rfc_id).where(Message.rfc_id.startswith("forward:"))))
    offers: dict[str, Offer] = {}
    for row, _ in _load_rows(session, of):
        key = _identify(row)
        by = {row.forwarded_by, *(offers[key].forwarded_by if key in offers else ())}
        first = min(row.at, offers[key].at) if key in offers else row.at
        name = (offers[key].name if key in offers else "") or row.original_name
        offers[key] = Offer(
            id=key,
            at=first,
            forwarded_by=tuple(sorted(by)),
            name=name,
            address=row.original_key,
            dated=row.original_dated,
            subject=row.original_subject,
            is_accepted=_rfc_id(key) in accepted,
        )
    return sorted(offers.values(), key=lambda offer: (-offer.at, offer.id))


def accept_offer(
    session: Session, offer_id: str, *, at: int | None = None, zone: tzinfo, by: User | None, now: int
) -> Offer:
    """Accept the original: it becomes inbound mail of its author at its own date, open until answered.

    `at` is needed if its date cannot be parsed; `zone` is used to interpret the date. It never counts as
    later than its forward (R20). An offer accepted before is unchanged. Raises OfferNotFound and BadValue.
    """
    offer = get_offer(session, offer_id)
    if offer.is_accepted:
        return offer
    instant = parse_forwarded_date(offer.dated, zone) if at is None else at
    if instant is None:
        raise BadValue(
            f"When it was written cannot be read from {offer.dated!r}. Nothing was changed. "
            "Say when: --at 2026-03-01T15:04+08:00."
        )
    instant = min(instant, offer.at)
    message = _compose(offer, instant)
    team = load_team(session)
    message_ids: set[int] = set()
    for row, thread_id in _load_rows(session, {offer.address}):
        if _identify(row) == offer.id:
            gmail_id = GmailId(f"{FROM_OFFER}{row.gmail_id}")
            fetched = Fetched(gmail_id, ThreadId(thread_id), frozenset(), instant, message, None)
            message_ids |= apply_fetched(session, row.mailbox_id, team, [fetched]).message_ids
    facts = {
        "message_id": message.rfc_id,
        "address": offer.address,
        "subject": offer.subject,
        "dated_at": instant,
        "forwarded_by": list(offer.forwarded_by),
    }
    record_event(session, KIND, at=now, now=now, author_id=user_id(by), data=facts)
    link(session, message_ids, now=now)
    return replace(offer, is_accepted=True)


def revert_offer(session: Session, offer_id: str, *, by: User | None, now: int) -> None:
    """Undo the acceptance of an original. Raises OfferNotFound."""
    rfc_id = _rfc_id(offer_id)
    message_id = session.scalar(select(Message.id).where(Message.rfc_id == rfc_id))
    if message_id is None:
        raise OfferNotFound(f"No accepted mail has the id {offer_id}. Nothing was changed.")
    accepting = select(Event).where(Event.kind == KIND, Event.undone_by_id.is_(None))
    for event in session.scalars(accepting).all():
        if event.data.get("message_id") == rfc_id:
            undo_event(session, event, by=by, now=now)
    session.execute(
        delete(MailboxMessage).where(
            MailboxMessage.message_id == message_id, MailboxMessage.gmail_id.startswith(FROM_OFFER)
        )
    )
    link(session, [message_id], now=now)


def get_offer(session: Session, offer_id: str) -> Offer:
    """Return the offer with this id. Raises OfferNotFound."""
    for offer in list_offers(session):
        if offer.id == offer_id:
            return offer
    raise OfferNotFound(
        f"Nothing that was forwarded has the id {offer_id}. Nothing was changed. List what was: streaklike forward list"
    )


def offer_forwards(session: Session, team: Team, message_ids: Collection[int]) -> None:
    """Store the outside mail forwarded by these messages as offers: the messages are now internal (R11, R17)."""
    offers: list[dict[str, Any]] = []
    for chunk in in_chunks(message_ids):
        rows = session.execute(
            select(
                MailboxMessage.mailbox_id,
                MailboxMessage.gmail_id,
                MailboxMessage.at,
                Address.key,
                Message.details,
            )
            .join(Message, Message.id == MailboxMessage.message_id)
            .join(Address, Address.id == Message.author_id)
            .where(in_values(session, Message.id, chunk))
        )
        for mailbox_id, gmail_id, at, author, details in rows:
            original = (details or {}).get("forwarded")
            offers += build_offers(team, mailbox_id, GmailId(gmail_id), at, author, original)
    insert_missing(session, ForwardOffer, offers)


def drop_internal_offers(session: Session, team: Team) -> None:
    """Delete the offers whose author is now a team member (R11, R17)."""
    authors = session.scalars(select(ForwardOffer.original_key).distinct())
    for chunk in in_chunks([key for key in authors if team.is_inside(key)]):
        session.execute(delete(ForwardOffer).where(ForwardOffer.original_key.in_(chunk)))


def _load_rows(session: Session, of: Collection[str] | None = None) -> Sequence[tuple[ForwardOffer, str]]:
    """Load the forwards that are not hidden, each with its thread id."""
    query = select(ForwardOffer, MailboxMessage.thread_id)
    if of is not None:
        query = query.where(ForwardOffer.original_key.in_(of))
    rows = session.execute(
        query.join(
            MailboxMessage,
            (MailboxMessage.mailbox_id == ForwardOffer.mailbox_id)
            & (MailboxMessage.gmail_id == ForwardOffer.gmail_id),
        )
        .where(MailboxMessage.is_hidden.is_(False))
        .order_by(ForwardOffer.at, ForwardOffer.gmail_id)
    )
    return [(offer, thread_id) for offer, thread_id in rows]


def _identify(row: ForwardOffer) -> str:
    """Return the id of an original: the same whoever forwarded it to whom."""
    text = f"{row.original_key}\0{row.original_dated}\0{row.original_subject}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _rfc_id(offer_id: str) -> str:
    return f"forward:{offer_id}"


def _compose(offer: Offer, at: int) -> Understood:
    author = Correspondent(offer.name, offer.address, offer.address)
    return Understood(
        rfc_id=_rfc_id(offer.id),
        fingerprint=offer.id,
        author=author,
        sender=author,
        channel=None,
        to=tuple(Correspondent("", key, key) for key in offer.forwarded_by[:1]),
        cc=(),
        bcc=(),
        subject=offer.subject,
        base_subject=base_subject(offer.subject),
        dated_at=at,
        refs=(),
        kind="human",
        is_foreign_list=False,
        is_subject_automatic=False,
        is_thanks=False,
        is_invitation=False,
        text="",
        quoted="",
        body_hash=offer.id,
    )
