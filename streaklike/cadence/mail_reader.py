"""Folds the rows of each message into a Mail, and files it by conversation and by person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from typing import Any, Final

from streaklike.cadence.history import AUTHOR, BCC, CC, INBOUND, NOBODY, NOTHING, TO, Entry, Key, Mail
from streaklike.cadence.roster import Roster

Row = tuple[Any, ...]
"""One outside person on one message: conversation, instant, Message-ID, fingerprint, message, number of a place, stored
answer, author's address, touch class, address."""

ADDRESSED: Final = 4
THANKS: Final = 8
NATURES: Final = 16
PLACES: Final = [
    (code // NATURES, code % ADDRESSED, bool(code & ADDRESSED), bool(code & THANKS))
    for code in range(5 * NATURES)
]
"""By number: nature, role, is the message addressed, is it thanks."""


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


class MailReader:
    """Reads rows in order. `keys` tell who stands behind an address, `senders` are known from the mailboxes, `shown_to`
    are mails of ours that show a To.
    """

    def __init__(self, roster: Roster, root_ids: Iterable[Key], now: int) -> None:
        self.keys: dict[int, Key] = {}
        self.senders: dict[int, int] = {}
        self.shown_to: set[int] = set()
        self.facts = MailFacts()
        for root_id in root_ids:
            self.facts.entries[root_id] = []
            self.facts.places[root_id] = {}
        self._members = roster.by_address_id
        self._now = now

    def read(self, rows: Sequence[Row]) -> None:
        """File every message; the rows of one stand side by side."""
        file_alone, keys = self._file_alone, self.keys
        numbers = [row[4] for row in rows]
        numbers.append(0)
        start = 0
        for end, (number, following) in enumerate(pairwise(numbers), start=1):
            if number == following:
                continue
            if end - start == 1:
                file_alone(rows[start])
            else:
                self._file(
                    rows[start], sorted([(PLACES[row[5]][1], keys[row[9]]) for row in rows[start:end]])
                )
            start = end
        for entries in self.facts.entries.values():
            if len(entries) > 1:
                entries.sort(key=itemgetter(0, 1))

    def note(self, key: Key, at: int) -> None:
        """Something dated later will change this person's answer."""
        self.facts.next_at[key] = min(at, self.facts.next_at.get(key, at))

    def _file_alone(self, row: Row) -> None:
        """`_file` for a message with one outside person, as nearly all are: the same, without the loops."""
        conversation_id, at, rfc_id, _, number, place, answer, by, touch_class, address_id = row
        nature, role, is_addressed, is_thanks = PLACES[place]
        key = self.keys[address_id]
        if nature <= INBOUND:
            author = key if role == AUTHOR else NOBODY
            to = cc = bcc = _NO_ONE
            touch_class = None
        else:
            author = self._members.get(by) or self._sender(number, by)
            is_addressed, is_thanks = number not in self.shown_to, False
            to = (key,) if role == TO else _NO_ONE
            cc = (key,) if role == CC else _NO_ONE
            bcc = (key,) if role == BCC else _NO_ONE
        mail = _new(
            Mail,
            (
                at,
                rfc_id,
                number,
                conversation_id,
                nature,
                author,
                is_addressed,
                is_thanks,
                to,
                cc,
                bcc,
                touch_class,
                answer,
            ),
        )
        if at > self._now or nature == NOTHING:
            self._keep(mail, [(role, key)])
            return
        facts = self.facts
        facts.mails[conversation_id].append(mail)
        seen_in = facts.places.get(key)
        if seen_in is None:
            if key > 0:
                facts.others.add(key)
            return
        if role != BCC:
            seen_in[conversation_id] = True
        elif conversation_id not in seen_in:
            seen_in[conversation_id] = False
        if (role == AUTHOR) == (nature == INBOUND):
            facts.entries[key].append(_new(Entry, (at, rfc_id, role, mail)))

    def _file(self, row: Row, people: list[tuple[int, Key]]) -> None:
        self._keep(self._build(row, people), people)

    def _keep(self, mail: Mail, people: list[tuple[int, Key]]) -> None:
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
        conversation_id, at, rfc_id, _, message_id, place, answer, author_id, touch_class, _ = row
        nature, _, is_addressed, is_thanks = PLACES[place]
        if nature <= INBOUND:
            author = people[0][1] if people[0][0] == AUTHOR else NOBODY
            return Mail(
                at,
                rfc_id,
                message_id,
                conversation_id,
                nature,
                author,
                is_addressed,
                is_thanks,
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
            touch_class,
            answer,
        )

    def _sender(self, message_id: int, author_id: int | None) -> int:
        return self._members.get(author_id or 0) or self.senders.get(message_id) or -(author_id or 0)


def _at_place(people: list[tuple[int, Key]], place: int) -> tuple[Key, ...]:
    keys = [key for role, key in people if role == place]
    return tuple(keys) if len(keys) < 2 else tuple(dict.fromkeys(keys))


_NO_ONE: tuple[Key, ...] = ()
_new = tuple.__new__
"""Makes a named tuple of values that are all there, past the reading of arguments."""
