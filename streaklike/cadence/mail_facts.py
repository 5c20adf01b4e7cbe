"""The mail of some people, set-based: every message of the conversations they stand in, as cadence reads it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Integer, Select, and_, case, func, literal, null, or_, select, type_coerce
from sqlalchemy.orm import Session

from streaklike.cadence.fetching import among, fetch, fetch_raw
from streaklike.cadence.history import (
    AUTHOR,
    BCC,
    CC,
    INBOUND,
    NOBODY,
    NOTHING,
    OUTBOUND,
    OUTBOUND_BULK,
    OUTBOUND_INVITATION,
    TO,
    Entry,
    Key,
    Mail,
)
from streaklike.cadence.roster import Roster
from streaklike.cadence.undelivered import Sent, find_undelivered
from streaklike.store.models import Address, Contact, Copy, Mailbox, Message, Participant

Row = tuple[Any, ...]

_ROLE = case(
    (Participant.role == "author", AUTHOR),
    (Participant.role == "to", TO),
    (Participant.role == "cc", CC),
    else_=BCC,
)
_KEY = case(
    (Contact.id.is_not(None), func.coalesce(Contact.root_id, Contact.id)),
    (Address.kind.in_(("machine", "list")), literal(NOBODY)),
    else_=-Address.id,
)
_NATURE = case(
    (Message.is_live.is_(False), NOTHING),
    (and_(Message.kind == "human", Message.direction == "inbound"), INBOUND),
    (and_(Message.kind == "human", Message.direction == "outbound"), OUTBOUND),
    (and_(Message.kind == "bulk", Message.direction == "outbound"), OUTBOUND_BULK),
    (
        and_(Message.kind == "calendar", Message.direction == "outbound", Message.is_invitation),
        OUTBOUND_INVITATION,
    ),
    else_=NOTHING,
)


@dataclass(slots=True)
class MailFacts:
    """Mail by conversation and by person, oldest first.

    `later` holds what is dated after the instant asked about. `places` says of each person asked about in which
    conversations they stand, and whether anywhere but in Bcc; `others` are all else who stand there; `next_at` when mail
    dated later comes to count.
    """

    mails: dict[int, list[Mail]] = field(default_factory=lambda: defaultdict(list))
    later: dict[int, list[Mail]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[Key, list[Entry]] = field(default_factory=dict)
    places: dict[Key, dict[int, bool]] = field(default_factory=dict)
    others: set[Key] = field(default_factory=set)
    next_at: dict[Key, int] = field(default_factory=dict)


def load_mail(
    session: Session,
    contact_ids: Collection[int],
    root_ids: Iterable[Key],
    *,
    roster: Roster,
    now: int,
    bounce_ms: int,
) -> MailFacts:
    """The mail of these contacts, whose roots are `root_ids`, as it stood at `now`."""
    conversation_ids = _list_conversations(session, contact_ids)
    if not conversation_ids:
        return _Reader(Roster({}, {}, {}), root_ids, now).facts
    rows = fetch_raw(session, _select_mail(session, conversation_ids))
    rows.sort()
    undelivered = find_undelivered(
        session,
        {row[12] for row in rows if row[5] >= OUTBOUND},
        lambda: [Sent(row[1], row[2], row[12]) for row in rows if row[5] >= OUTBOUND],
        now=now,
        within_ms=bounce_ms,
    )
    reader = _Reader(roster, root_ids, now)
    reader.senders = _load_senders(session, rows, roster)
    reader.shown_to = _load_shown_to(session, rows)
    for row in rows if undelivered.later else ():
        if row[12] in undelivered.later:
            reader.note(row[13], undelivered.later[row[12]])
    if undelivered.pairs:
        rows = [row for row in rows if (row[2], row[12]) not in undelivered.pairs]
    reader.read(rows)
    return reader.facts


def _list_conversations(session: Session, contact_ids: Collection[int]) -> list[int]:
    statement = (
        select(Message.conversation_id)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(among(session, Address.contact_id, contact_ids), Message.conversation_id.is_not(None))
        .distinct()
    )
    return sorted(each for each in session.scalars(statement) if each is not None)


def _select_mail(session: Session, conversation_ids: Collection[int]) -> Select[Any]:
    """One row for each outside person on each message that counts for something."""
    touch_class = case(
        (Message.details.is_(null()), None),
        else_=Message.details["touch_class"].as_string(),
    )
    return (
        select(
            Message.conversation_id,
            Message.at,
            Message.rfc_id,
            Message.fingerprint,
            Message.id,
            _NATURE,
            type_coerce(Message.is_addressed, Integer),
            type_coerce(Message.is_thanks, Integer),
            Message.answer,
            Message.author_id,
            touch_class,
            _ROLE,
            Participant.address_id,
            _KEY,
        )
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .outerjoin(Contact, Contact.id == Address.contact_id)
        .where(
            among(session, Message.conversation_id, conversation_ids),
            Participant.role.in_(("author", "to", "cc", "bcc")),
            Address.side == "outside",
            or_(_NATURE != NOTHING, Message.answer.is_not(None)),
        )
        .order_by(Message.conversation_id, Message.at)
    )


def _load_senders(session: Session, rows: Iterable[Row], roster: Roster) -> dict[int, int]:
    """Who sent what bears an address of no member's (a shared one): the member in whose mailbox it lies as sent."""
    known = roster.by_address_id
    unknown = {row[4] for row in rows if row[5] >= OUTBOUND and row[9] not in known}
    if not unknown:
        return {}
    found = fetch(
        session,
        select(Copy.message_id, func.min(Mailbox.user_id))
        .join(Mailbox, Mailbox.id == Copy.mailbox_id)
        .where(among(session, Copy.message_id, unknown), Copy.is_sent, Copy.is_hidden.is_(False))
        .group_by(Copy.message_id),
    )
    return {message_id: user_id for message_id, user_id in found if message_id is not None}


def _load_shown_to(session: Session, rows: Iterable[Row]) -> set[int]:
    """Our mail with outside people in Cc on which somebody stands in To, be it a colleague."""
    in_cc = {row[4] for row in rows if row[11] == CC and row[5] == OUTBOUND}
    shown = {row[4] for row in rows if row[11] == TO and row[4] in in_cc} if in_cc else set()
    if in_cc == shown:
        return shown
    found = session.scalars(
        select(Participant.message_id).where(
            among(session, Participant.message_id, in_cc - shown), Participant.role == "to"
        )
    )
    return shown.union(found)


def _at_place(people: list[tuple[int, Key]], place: int) -> tuple[Key, ...]:
    keys = [key for role, key in people if role == place]
    return tuple(keys) if len(keys) < 2 else tuple(dict.fromkeys(keys))


class _Reader:
    """Folds the rows of one message into a Mail, and files it by conversation and by person."""

    def __init__(self, roster: Roster, root_ids: Iterable[Key], now: int) -> None:
        self.senders: dict[int, int] = {}
        self.shown_to: set[int] = set()
        self.facts = MailFacts()
        for root_id in root_ids:
            self.facts.entries[root_id] = []
            self.facts.places[root_id] = {}
        self._members = roster.by_address_id
        self._now = now

    def read(self, rows: Iterable[Row]) -> None:
        people: list[tuple[int, Key]] = []
        previous: Row | None = None
        for row in rows:
            if previous is not None and row[4] != previous[4]:
                self._file(previous, people)
                people = []
            people.append((row[11], row[13]))
            previous = row
        if previous is not None:
            self._file(previous, people)
        for entries in self.facts.entries.values():
            entries.sort(key=itemgetter(0, 1))

    def note(self, key: Key, at: int) -> None:
        """Something dated later will change this person's answer."""
        self.facts.next_at[key] = min(at, self.facts.next_at.get(key, at))

    def _file(self, row: Row, people: list[tuple[int, Key]]) -> None:
        people.sort()
        mail = self._build(row, people)
        if mail.at > self._now:
            self.facts.later[mail.conversation_id].append(mail)
            for _, key in people:
                self.note(key, mail.at)
            return
        self.facts.mails[mail.conversation_id].append(mail)
        if mail.nature != NOTHING:
            self._place(mail, people)

    def _place(self, mail: Mail, people: list[tuple[int, Key]]) -> None:
        places = self.facts.places
        conversation_id = mail.conversation_id
        placed: list[Key] = []
        for role, key in people:
            seen_in = places.get(key)
            if seen_in is None:
                if key > 0:
                    self.facts.others.add(key)
                continue
            if role != BCC:
                seen_in[conversation_id] = True
            else:
                seen_in.setdefault(conversation_id, False)
            if key not in placed and (role == AUTHOR) == (mail.nature == INBOUND):
                self.facts.entries[key].append(Entry(mail.at, mail.rfc_id, role, mail))
                placed.append(key)

    def _build(self, row: Row, people: list[tuple[int, Key]]) -> Mail:
        conversation_id, at, rfc_id, _, message_id, nature, is_addressed, is_thanks, answer, author_id = row[
            :10
        ]
        if nature <= INBOUND:
            author = people[0][1] if people[0][0] == AUTHOR else NOBODY
            return Mail(
                at,
                rfc_id,
                message_id,
                conversation_id,
                nature,
                author,
                bool(is_addressed),
                bool(is_thanks),
                answer=answer,
            )
        to, cc, bcc = _at_place(people, TO), _at_place(people, CC), _at_place(people, BCC)
        return Mail(
            at,
            rfc_id,
            message_id,
            conversation_id,
            nature,
            self._sender(message_id, author_id),
            message_id not in self.shown_to,
            False,
            to,
            cc,
            bcc,
            row[10],
            answer,
        )

    def _sender(self, message_id: int, author_id: int | None) -> int:
        return self._members.get(author_id or 0) or self.senders.get(message_id) or -(author_id or 0)
