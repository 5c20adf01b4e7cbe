"""Gifts without thanks: a hint beside the flags, due within 48 hours.

It is not a reason of R47, whose list is closed: a hint goes away with the first thanks, or a month after the
gift. A mail of class thank counts, as does a sentence of thanks in another mail within a week (R52).
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.instants import DAY, HOUR
from streaklike.mail.touch_class import THANKING
from streaklike.store.models import Address, Contact, Event, Message, Participant
from streaklike.store.writing import in_chunks
from streaklike.sync.touch_words import holds_thanks

THANK_WITHIN: Final = 48 * HOUR
LAPSES_AFTER: Final = 30 * DAY
THANKED_WITHIN: Final = 7 * DAY
"""How long after a gift a sentence within another mail counts as its thanks (R52)."""
GRACE: Final = 12 * HOUR
"""Gifts are often dated by day only, stored as noon: thanks sent that morning count."""

_root_id: Final = func.coalesce(Contact.root_id, Contact.id)


class ThankDue(NamedTuple):
    """Somebody's oldest gift without thanks. `contact_id` is a root; `amount` and `currency` as logged, or empty."""

    contact_id: int
    name: str
    gift_uid: str
    gift_at: int
    due_at: int
    amount: str
    currency: str

    def is_late(self, now: int) -> bool:
        """Return whether the 48 hours have passed; exactly 48 hours is not late."""
        return now > self.due_at


def list_thanks_due(session: Session, *, now: int, contact_id: int | None = None) -> list[ThankDue]:
    """List people to thank at `now`, of everybody or one root, oldest gift first.

    Do-not-contact people are omitted (R49).
    """
    gifts = _list_gifts(session, now, contact_id)
    roots = {gift.root for gift in gifts}
    thanked = _last_thanks(session, roots, now)
    thanks_in_other_mail = _list_thanks_beside(session, roots, now)
    found: dict[int, ThankDue] = {}
    for gift in gifts:
        if thanked.get(gift.root, 0) >= gift.at - GRACE or gift.root in found:
            continue
        if any(
            gift.at - GRACE <= at <= gift.at + THANKED_WITHIN
            for at in thanks_in_other_mail.get(gift.root, ())
        ):
            continue
        amount, currency = (str(gift.data.get(name) or "") for name in ("amount", "currency"))
        found[gift.root] = ThankDue(
            gift.root,
            gift.given_name or gift.name,
            gift.uid,
            gift.at,
            gift.at + THANK_WITHIN,
            amount,
            currency if amount else "",
        )
    return list(found.values())


def _list_gifts(session: Session, now: int, contact_id: int | None) -> list[Any]:
    root = aliased(Contact)
    statement = (
        select(_root_id.label("root"), Event.at, Event.uid, Event.data, root.name, root.given_name)
        .join(Contact, Contact.id == Event.contact_id)
        .join(root, root.id == _root_id)
        .where(
            Event.kind == "gift",
            Event.undone_by_id.is_(None),
            Event.at > now - LAPSES_AFTER,
            Event.at <= now,
            or_(root.do_not_contact_until.is_(None), root.do_not_contact_until <= now),
        )
        .order_by(Event.at, Event.uid)
    )
    if contact_id is not None:
        statement = statement.where(_root_id == contact_id)
    return list(session.execute(statement))


def _last_thanks(session: Session, roots: Collection[int], now: int) -> dict[int, int]:
    """Return when each was last thanked: by mail of class thank, or in a call, meeting or message from us."""
    last: dict[int, int] = {}
    for chunk in in_chunks(sorted(roots)):
        for root, at in session.execute(_thanking_mail(_root_id.in_(chunk), now)):
            last[root] = max(at, last.get(root, 0))
        logged_contacts = (
            select(_root_id, Event.at, Event.data)
            .join(Contact, Contact.id == Event.contact_id)
            .where(
                _root_id.in_(chunk),
                Event.kind.in_(("call", "meeting", "message")),
                Event.undone_by_id.is_(None),
                Event.at <= now,
                Event.at > now - LAPSES_AFTER - GRACE,
            )
        )
        for root, at, data in session.execute(logged_contacts):
            if data.get("direction", "outbound") == "outbound":
                last[root] = max(at, last.get(root, 0))
    return last


def _list_thanks_beside(session: Session, roots: Collection[int], now: int) -> dict[int, list[int]]:
    """Return when mail of another class contained thanks to each of these people."""
    found: dict[int, list[int]] = defaultdict(list)
    for chunk in in_chunks(sorted(roots)):
        query = _our_mail(select(_root_id, Message.at, Message.touch_class, Message.touch_words), now)
        is_beside = and_(Message.touch_class != "thank", Message.touch_words.contains(THANKING))
        for root, at, touch_class, words in session.execute(query.where(_root_id.in_(chunk), is_beside)):
            if holds_thanks(touch_class, words):
                found[root].append(at)
    return found


def _thanking_mail(whose: ColumnElement[bool], now: int) -> Any:
    query = _our_mail(select(_root_id, func.max(Message.at)), now)
    return query.where(whose, Message.touch_class == "thank").group_by(_root_id)


def _our_mail(query: Select[*tuple[Any, ...]], now: int) -> Select[*tuple[Any, ...]]:
    """Our mail to people in To or Bcc since the oldest gift that may still need thanks."""
    return (
        query.select_from(Contact)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            Participant.role.in_(("to", "bcc")),
            # `Participant.at` repeats the message's date so that an index on it can bound the search.
            Participant.at > now - LAPSES_AFTER - GRACE,
            Message.at <= now,
            Message.direction == "outbound",
            Message.is_live,
        )
    )
