"""Builds a Mail from the rows of each message, by conversation, and files an Entry with each person asked about."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import (
    AUTHOR,
    BCC,
    BY_FORM,
    CC,
    INBOUND,
    NOBODY,
    NOTHING,
    OUTBOUND,
    QUIET,
    TO,
    Entry,
    Key,
    Mail,
    Waiting,
)
from streaklike.cadence.rules.reply_state import ResolvedConversation, list_owing

Row = tuple[Any, ...]
"""One outside person on one message.

Conversation id, instant, Message-ID, fingerprint, message id, packed code (PLACES), stored answer, author's
address id, touch class, address id.
"""

# Flag bits of the packed code, above the role (0 to 3) and below the effect: see `mail_facts._pack`.
ADDRESSED: Final = 4
THANKS: Final = 8
FORM: Final = 16
EFFECTS: Final = 32
PLACES: Final = [
    (code // EFFECTS, code % ADDRESSED, bool(code & ADDRESSED), bool(code & THANKS), bool(code & FORM))
    for code in range(5 * EFFECTS)
]
"""By packed code: effect, role, is_addressed, is_thanks, is_by_form. A table, since unpacking per row is slower."""


class LoadedConversation:
    """One conversation: its mail, oldest first; `later` is mail dated after the evaluation instant.

    `stands` maps each participating person among those asked about to whether our mail asks something of them (R34).
    `is_asked`: some of the mail is theirs; `is_placed`: some message has a stored answer. `settled` is the
    resolved state, once resolved; `stored_state` and `stored_needs_reply_at` are its row's.
    """

    __slots__ = (
        "id",
        "is_asked",
        "is_placed",
        "later",
        "mails",
        "resolved",
        "stands",
        "stored_needs_reply_at",
        "stored_state",
    )
    resolved: ResolvedConversation
    stored_state: str
    stored_needs_reply_at: int | None

    def __init__(self, conversation_id: int) -> None:
        self.id = conversation_id
        self.mails: list[Mail] = []
        self.later: list[Mail] = []
        self.stands: dict[Key, bool] = {}
        self.is_asked = False
        self.is_placed = False


class PersonMail:
    """One person's mail: their entries, reply state, waiting conversations, and when later-dated mail first counts."""

    __slots__ = ("entries", "next_at", "reply_state", "waiting")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reply_state = QUIET
        self.waiting: tuple[Waiting, ...] = ()
        self.next_at: int | None = None

    def sort(self) -> list[Entry]:
        """Sort the entries once all conversations are read, and return them."""
        if len(self.entries) > 1:
            self.entries.sort(key=_BEGINNING)
        return self.entries

    def note(self, at: int) -> None:
        """Record that something dated `at` will change the result."""
        if self.next_at is None or at < self.next_at:
            self.next_at = at


class MailReader:
    """Reads sorted rows for the people whose roots are `root_ids`.

    `keys` maps address ids to Keys; `senders` are known from the mailboxes; `shown_to` is our mail that shows
    a To. `lists` are addresses of outside lists, and `channels` the list that carried a message, if we wrote
    to that list (R35).
    """

    def __init__(self, directory: TeamDirectory, root_ids: Iterable[Key], now: int) -> None:
        self.keys: dict[int, Key] = {}
        self.senders: dict[int, int] = {}
        self.shown_to: set[int] = set()
        self.lists: set[int] = set()
        self.channels: dict[int, int] = {}
        self.mail_by_person = {root_id: PersonMail() for root_id in root_ids}
        self._members = directory.by_address_id
        self._now = now

    def read(self, rows: Sequence[Row]) -> dict[int, LoadedConversation]:  # noqa: C901, PLR0912 - a call a row costs a tenth of it all
        """Build the conversations of these rows. The rows of one message must be adjacent."""
        now, keys, mail_by_person, members, shown_to = (
            self._now,
            self.keys,
            self.mail_by_person,
            self._members,
            self.shown_to,
        )
        channels, lists = self.channels, self.lists
        loaded_conversations: dict[int, LoadedConversation] = {}
        loaded = LoadedConversation(0)
        message_rows: list[Row] = []
        numbers = [row[4] for row in rows]
        numbers.append(0)
        for row, next_number in zip(rows, numbers[1:], strict=True):
            conversation_id, at, rfc_id, _, number, code, answer, by, touch_class, address_id = row
            if conversation_id != loaded.id:
                loaded = loaded_conversations[conversation_id] = LoadedConversation(conversation_id)
            if answer is not None:
                loaded.is_placed = True
            if number == next_number or message_rows or number in channels or address_id in lists:
                message_rows.append(row)
                if number != next_number:
                    self._file(loaded, message_rows)
                    message_rows = []
                continue
            # `_file` inlined for a message with one outside person, as nearly all are: a call per row is
            # measurable.
            effect, role, is_addressed, is_thanks, is_by_form = PLACES[code]
            key = keys[address_id]
            if effect <= INBOUND:
                author, sender = (key if role == AUTHOR else NOBODY), 0
                to = cc = bcc = _NO_ONE
                touch_class = None
            else:
                author = sender = members.get(by) or self._sender(number, by)
                is_addressed, is_thanks = number not in shown_to, False
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
                    effect,
                    author,
                    is_addressed,
                    is_thanks,
                    to,
                    cc,
                    bcc,
                    touch_class,
                    answer,
                    _NO_ONE,
                ),
            )
            if at > now or effect == NOTHING:
                self._keep(loaded, mail, [(role, key)])
                continue
            loaded.mails.append(mail)
            if effect == INBOUND:
                loaded.is_asked = True
            person = mail_by_person.get(key)
            if person is None:
                continue
            stands = loaded.stands
            if effect == OUTBOUND and (role == TO or (role == CC and is_addressed)):
                stands[key] = True
            elif key not in stands:
                stands[key] = False
            if (role == AUTHOR) == (effect == INBOUND):
                if is_by_form and role == AUTHOR:
                    role = BY_FORM
                person.entries.append(
                    _new(Entry, (at, rfc_id, role, effect, loaded.id, sender, 1, touch_class))
                )
        return loaded_conversations

    def note(self, key: Key, at: int) -> None:
        """Record that something dated `at` will change this person's result."""
        person = self.mail_by_person.get(key)
        if person is not None:
            person.note(at)

    def _file(self, loaded: LoadedConversation, rows: Sequence[Row]) -> None:
        people = sorted([(PLACES[row[5]][1], self.keys[row[9]]) for row in rows])
        mail = self._build(rows[0], people, self._list_lists(rows))
        self._keep(loaded, mail, people, is_by_form=PLACES[rows[0][5]][4])

    def _list_lists(self, rows: Sequence[Row]) -> tuple[int, ...]:
        """Return the outside lists in To and Cc of a message, and the one that carried it (R35)."""
        found = [row[9] for row in rows if row[9] in self.lists and PLACES[row[5]][1] in (TO, CC)]
        channel = self.channels.get(rows[0][4])
        return tuple(found) if channel is None else (*found, channel)

    def _keep(
        self,
        loaded: LoadedConversation,
        mail: Mail,
        people: list[tuple[int, Key]],
        *,
        is_by_form: bool = False,
    ) -> None:
        if mail.at > self._now:
            loaded.later.append(mail)
            for _, key in people:
                self.note(key, mail.at)
            return
        loaded.mails.append(mail)
        if mail.effect != NOTHING:
            self._add_entries(loaded, mail, people, is_by_form=is_by_form)

    def _add_entries(
        self, loaded: LoadedConversation, mail: Mail, people: list[tuple[int, Key]], *, is_by_form: bool
    ) -> None:
        is_inbound = mail.effect == INBOUND
        loaded.is_asked = loaded.is_asked or is_inbound
        owing = list_owing(mail) if mail.effect == OUTBOUND else ()
        listed: list[Key] = []
        for role, key in people:
            person = self.mail_by_person.get(key)
            if person is None:
                continue
            loaded.stands[key] = key in owing or loaded.stands.get(key, False)
            if key not in listed and (role == AUTHOR) == is_inbound:
                listed.append(key)
                person.entries.append(
                    Entry(
                        mail.at,
                        mail.rfc_id,
                        BY_FORM if is_by_form and is_inbound else role,
                        mail.effect,
                        loaded.id,
                        0 if is_inbound else mail.author,
                        1 if is_inbound else len(mail.to) + len(mail.cc) + len(mail.bcc),
                        mail.touch_class,
                    )
                )

    def _build(self, row: Row, people: list[tuple[int, Key]], lists: tuple[int, ...]) -> Mail:
        conversation_id, at, rfc_id, _, message_id, code, answer, author_id, touch_class, _ = row
        effect, _, is_addressed, is_thanks, _ = PLACES[code]
        if effect <= INBOUND:
            author = people[0][1] if people[0][0] == AUTHOR else NOBODY
            return Mail(
                at,
                rfc_id,
                message_id,
                conversation_id,
                effect,
                author,
                is_addressed,
                is_thanks,
                answer=answer,
                lists=lists,
            )
        to, cc, bcc = _in_role(people, TO), _in_role(people, CC), _in_role(people, BCC)
        return Mail(
            at,
            rfc_id,
            message_id,
            conversation_id,
            effect,
            self._members.get(author_id or 0) or self._sender(message_id, author_id),
            message_id not in self.shown_to,
            False,
            to,
            cc,
            bcc,
            touch_class,
            answer,
            lists,
        )

    def _sender(self, message_id: int, author_id: int | None) -> int:
        """Return the sender of mail that bears no member's address, else the negated address id."""
        return self.senders.get(message_id) or -(author_id or 0)


def _in_role(people: list[tuple[int, Key]], wanted_role: int) -> tuple[Key, ...]:
    keys = [key for role, key in people if role == wanted_role]
    return tuple(keys) if len(keys) < 2 else tuple(dict.fromkeys(keys))


_NO_ONE: tuple[Key, ...] = ()
_BEGINNING = itemgetter(0, 1)
_new = tuple.__new__
"""Builds a named tuple from all its values, bypassing the argument handling of its own `__new__`."""
