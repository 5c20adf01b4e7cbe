"""Touches of one person across all colleagues and channels (R44, R45)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from streaklike.cadence.model.history import (
    AUTHOR,
    BCC,
    CC,
    INBOUND,
    OUTBOUND,
    OUTBOUND_BULK,
    OUTBOUND_INVITATION,
    TO,
    WROTE,
    ContactHistory,
    Entry,
    Logged,
    Sender,
)
from streaklike.cadence.policy.policy import Policy, Weights

SPOKEN: Final = ("call", "meeting", "message")
"""Logged conversations with one person: each counts as a personal contact, whoever started it (R47); never bulk."""


class Touch(NamedTuple):
    """One touch.

    `evidence` is its Message-ID or event uid, `others` are the other mails of its burst (R44, R50).

    `conversation` is unique per conversation; a logged entry outside of any has a negative number of its own.
    `is_personal` is false for bulk, which weighs in the budget and does nothing else (R32).
    """

    at: int
    evidence: str
    conversation: int
    sender: Sender
    weight: float
    is_personal: bool
    touch_class: str | None
    others: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Everything it consists of: one mail or event, or each mail of a burst."""
        return (self.evidence, *self.others)


class Word(NamedTuple):
    """A personal contact (R47): its instant, and the Message-ID or event uid as evidence."""

    at: int
    evidence: str


class Contacts(NamedTuple):
    """All touches, oldest first, and last contacts.

    `last_word` is (at, direction, by) in either direction.

    `bulk_at` are the instants of our bulk mail to them (R32). `was_contacted`: we sent human mail that was
    delivered, or a call, meeting (R47) or message of ours was logged. `last_personal` is the last touch,
    answer, or logged call, meeting or message in either direction, from which R47's `lapsed` counts.
    `renewed_at` is when they last contacted us, by mail or logged: it renews the budget and ends a collision
    (R46, R56).
    """

    touches: list[Touch]
    bulk_at: list[int]
    last_inbound_at: int | None
    last_outbound_at: int | None
    last_word: tuple[int, str, int | None] | None
    was_contacted: bool
    last_personal: Word | None = None
    renewed_at: int | None = None


class _Reader:
    """Reads a person's entries in order; its attributes are the state needed for the next one.

    `inbound`, `outbound` and `word` are the last mail of theirs, of ours sent individually, and of either
    that counts as contact. `renewing` is the last proven to be theirs, which a form's mail is not (R53).
    `answer` is our last mail that answered theirs, in time (a response: no touch) or late.
    """

    __slots__ = (
        "answer",
        "bulk_at",
        "inbound",
        "latest",
        "outbound",
        "policy",
        "renewing",
        "touches",
        "unanswered",
        "word",
    )

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.touches: list[Touch] = []
        self.bulk_at: list[int] = []
        self.latest: dict[Sender, int] = {}  # by colleague, the index of their last burst
        self.unanswered: dict[int, int] = {}  # by conversation, their last unanswered mail
        self.inbound: Entry | None = None
        self.renewing: Entry | None = None
        self.outbound: Entry | None = None
        self.word: Entry | None = None
        self.answer: Entry | None = None

    def read(self, entries: Iterable[Entry]) -> None:
        unanswered, weighs = self.unanswered, _list_weights(self.policy.weights)
        for entry in entries:
            at, _, role, effect, conversation_id, _, people, _ = entry
            if effect == INBOUND:
                if role in WROTE:
                    self.inbound = self.word = entry
                    if role == AUTHOR:
                        self.renewing = entry
                    unanswered[conversation_id] = at
                continue
            if effect == OUTBOUND_BULK:
                self.bulk_at.append(at)
            elif role != CC:
                self.word = entry
            is_response = False
            if effect == OUTBOUND:
                self.outbound = entry
                is_response = bool(unanswered) and role != BCC and self._answers(entry)
            weight = weighs[role, effect]
            if effect == OUTBOUND_INVITATION and role == TO and people > self.policy.invitation_people:
                continue
            if weight > 0:
                self._count(entry, 0.0 if is_response else weight)

    def _answers(self, entry: Entry) -> bool:
        """Return whether it is the first reply within `response_ms` of their last mail.

        A late one ends the wait too.
        """
        asked_at = self.unanswered.pop(entry.conversation_id, None)
        if asked_at is not None:
            self.answer = entry
        return asked_at is not None and entry.at - asked_at <= self.policy.response_ms

    def _count(self, entry: Entry, weight: float) -> None:
        """Count one mail as a touch; several mails of one sender within minutes of the first are one burst
        (R44).

        A response within a burst weighs nothing by itself. Bulk never joins a burst of individual mail.
        """
        at, rfc_id, _, effect, conversation_id, sender, _, touch_class = entry
        is_personal = effect != OUTBOUND_BULK
        if is_personal:
            number = self.latest.get(sender)
            if number is not None and at - self.touches[number].at <= self.policy.burst_ms:
                self.touches[number] = _join(self.touches[number], rfc_id, weight, touch_class)
                return
            self.latest[sender] = len(self.touches)
        facts = (at, rfc_id, conversation_id, sender, weight, is_personal, touch_class, ())
        self.touches.append(tuple.__new__(Touch, facts))  # bypasses Touch's slower argument handling


@lru_cache(maxsize=64)
def _list_weights(weights: Weights) -> dict[tuple[int, int], float]:
    """Return the weight of our mail by role and effect. Cached: the weights are the same for everybody."""
    to = {
        OUTBOUND: weights.one_to_one,
        OUTBOUND_INVITATION: weights.invitation,
        OUTBOUND_BULK: weights.bulk,
    }
    found = {(TO, effect): weight for effect, weight in to.items()}
    found |= {(CC, effect): weights.cc for effect in to}
    found |= {(BCC, effect): weights.bulk if effect == OUTBOUND_BULK else 0.0 for effect in to}
    return found


def _join(first: Touch, rfc_id: str, weight: float, touch_class: str | None) -> Touch:
    is_classed = first.touch_class is not None and touch_class != "ask"
    return first._replace(
        weight=max(first.weight, weight),
        touch_class=first.touch_class if is_classed else touch_class,
        others=(*first.others, rfc_id),
    )


def read_contacts(history: ContactHistory, policy: Policy) -> Contacts:
    """Return the person's touches and last contacts, from their mail and logged entries."""
    reader = _Reader(policy)
    reader.read(history.entries)
    touches = [touch for touch in reader.touches if touch.weight > 0]
    bulk_at = reader.bulk_at
    inbound, outbound, word = reader.inbound, reader.outbound, _word_of(reader.word)
    was_contacted = outbound is not None
    if history.logged:
        touches = sorted(touches + _logged_touches(history.logged, policy), key=itemgetter(0, 1))
        bulk_at += [each.at for each in history.logged if each.kind == "newsletter" and each.is_outbound]
        was_contacted = was_contacted or any(
            logged.kind in ("call", "meeting") or (logged.is_outbound and logged.kind != "newsletter")
            for logged in history.logged
        )
        word = _latest_word(word, history.logged)
    return Contacts(
        touches,
        bulk_at,
        None if inbound is None else inbound.at,
        None if outbound is None else outbound.at,
        word,
        was_contacted,
        _last_personal(touches, reader.answer, history.logged),
        _last_from_them(reader.renewing, history.logged),
    )


def _last_from_them(inbound: Entry | None, logged: Sequence[Logged]) -> int | None:
    came_at = [each.at for each in logged if each.kind in SPOKEN and not each.is_outbound]
    if inbound is not None:
        came_at.append(inbound.at)
    return max(came_at, default=None)


def _last_personal(touches: Sequence[Touch], answer: Entry | None, logged: Sequence[Logged]) -> Word | None:
    """Return the newest of the last personal touch, the last answer, and the last logged contact either way (R47)."""
    touch = next((touch for touch in reversed(touches) if touch.is_personal), None)
    words = [] if touch is None else [Word(touch.at, touch.evidence)]
    if answer is not None:
        words.append(Word(answer.at, answer.rfc_id))
    words += [Word(each.at, each.uid) for each in logged if each.kind in SPOKEN]
    return max(words, default=None)


def _word_of(entry: Entry | None) -> tuple[int, str, int | None] | None:
    if entry is None:
        return None
    if entry.effect == INBOUND:
        return entry.at, "inbound", None
    return entry.at, "outbound", entry.sender if entry.sender > 0 else None


def _logged_touches(logged: Sequence[Logged], policy: Policy) -> list[Touch]:
    """R45: each logged entry is a touch of its own, unless the person contacted us."""
    weights = {"newsletter": policy.weights.bulk}
    touches = []
    for number, each in enumerate(logged, start=1):
        weight = weights.get(each.kind, policy.weights.logged)
        if each.is_outbound and weight > 0:
            # Negated, so that it cannot equal a real conversation id.
            conversation = each.conversation_id or -number
            is_personal = each.kind != "newsletter"
            touches.append(
                Touch(each.at, each.uid, conversation, each.by or 0, weight, is_personal, each.touch_class)
            )
    return touches


def _latest_word(
    word: tuple[int, str, int | None] | None, logged: Sequence[Logged]
) -> tuple[int, str, int | None] | None:
    for each in logged:
        if each.kind != "newsletter" and (word is None or each.at >= word[0]):
            word = (each.at, "outbound" if each.is_outbound else "inbound", each.by)
    return word
