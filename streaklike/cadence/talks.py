"""Reads conversations whole and settles each; what it says to the people asked about is filed with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import HeldBy
from streaklike.cadence.box_facts import list_holding, load_boxes
from streaklike.cadence.conversation import Settled, Verdict, build_marks, settle, settle_ours
from streaklike.cadence.conversations_at import PRESENT, Past
from streaklike.cadence.fetching import fetch_raw
from streaklike.cadence.folding import fold_owner, fold_taken
from streaklike.cadence.history import (
    ANSWERED,
    AWAITING_REPLY,
    NEEDS_REPLY,
    QUIET,
    ContactHistory,
    Key,
    Mark,
    Waiting,
)
from streaklike.cadence.mail_facts import MailSource
from streaklike.cadence.mail_reader import Filed, Talk
from streaklike.cadence.people_facts import EventRow, earlier, find_roots, list_events, next_change
from streaklike.cadence.roster import Roster
from streaklike.store.among import among
from streaklike.store.models import Conversation, Event

ANSWERED_ELSEWHERE = "answered_elsewhere"
VERDICTS = ("no_reply_needed", ANSWERED_ELSEWHERE, "reopened")

ConversationRow = tuple[Any, ...]
"""A conversation's id, owner, and stored state with its instant."""


class Holders(NamedTuple):
    """Who took each conversation, of those with access, and the open box that it entered last (R58).

    `taken` are the conversations that somebody took, with access today or not: what a leaver took is no debt from before
    (R59).
    """

    takers: Mapping[int, int]
    boxes: Mapping[int, HeldBy]
    taken: Collection[int] = ()


NO_HOLDERS = Holders({}, {})


def iter_settled(session: Session, source: MailSource, conversation_ids: Collection[int]) -> Iterator[Talk]:
    """Each of these conversations as it stood for the source, filed with its people. A `range` means all that are in it.

    Of the past (R51), all that was one conversation must be asked at once: events tell what rows say of the present.
    """
    if not conversation_ids:
        return
    talks = source.read(conversation_ids)
    past, is_past = source.past, source.past is not PRESENT
    asked = {past.today.get(each, each) for each in talks} if is_past else conversation_ids
    rows = _load_rows(session, asked)
    holders = _load_holders(session, asked, rows, source.roster, now=source.now, is_past=is_past)
    verdicts, changes = _load_verdicts(session, asked, talks, past, source.now)
    clearing = source.correspondents.clearing
    for talk, row in _pair(talks, rows, past):
        if talk.is_asked:
            marks = build_marks(verdicts[talk.id]) if talk.id in verdicts else []
            if clearing:
                marks += _marks_of(talk, clearing)
            talk.settled = settle(talk.mails, marks)
        else:
            talk.settled = settle_ours(talk.mails)
        talk.stored_state, talk.stored_needs_reply_at = row[2], row[3]
        _file(source.filed, talk, row[0], holders, list_reopened(verdicts.get(talk.id, ())))
        if talk.later or row[0] in changes:
            _note(source.filed, talk, changes.get(row[0]))
        yield talk


def _load_rows(session: Session, conversation_ids: Collection[int]) -> list[ConversationRow]:
    return fetch_raw(
        session,
        select(
            Conversation.id, Conversation.owner_id, Conversation.reply_state, Conversation.needs_reply_at
        ).where(among(session, Conversation.id, conversation_ids)),
    )


def _pair(
    talks: Mapping[int, Talk], rows: Iterable[ConversationRow], past: Past
) -> Iterator[tuple[Talk, ConversationRow]]:
    """Each conversation with its row of today: that of one of the past has another number.

    One in which nothing counts any more has no mail here; it is quiet, and its row may not say so yet.
    """
    if not past.today:
        for row in rows:
            talk = talks.get(row[0])
            if talk is not None:
                yield talk, row
            elif row[2] != QUIET:
                yield Talk(row[0]), row
        return
    by_id = {row[0]: row for row in rows}
    for conversation_id, talk in talks.items():
        yield talk, by_id[past.today.get(conversation_id, conversation_id)]


def _load_holders(
    session: Session,
    ids: Collection[int],
    rows: Iterable[ConversationRow],
    roster: Roster,
    *,
    now: int,
    is_past: bool,
) -> Holders:
    owners = {row[0]: row[1] for row in rows if row[1] is not None}
    taken = set(owners)
    if is_past:
        _fold_owners(session, ids, owners, taken, roster, now)
    holding = list_holding(session, ids, past=now if is_past else None)
    boxes = load_boxes(session, {box_id for _, box_id, _ in holding}, roster, now=now, is_past=is_past)
    held: dict[int, HeldBy] = {}
    for conversation_id, box_id, entered_at in holding:
        box = boxes.get(box_id)
        if box is not None:
            by = box.held_by(box.created_at if entered_at is None else entered_at)
            held[conversation_id] = max(by, held.get(conversation_id, by))
    takers = {key: by for key, by in owners.items() if roster.with_access(by, now) is not None}
    return Holders(takers, held, taken)


def _fold_owners(
    session: Session, ids: Collection[int], owners: dict[int, int], taken: set[int], roster: Roster, now: int
) -> None:
    by_conversation: dict[int, list[EventRow]] = defaultdict(list)
    for event in list_events(session, among(session, Event.conversation_id, ids), ("owner",)):
        by_conversation[event.conversation_id or 0].append(event)
    for conversation_id, events in by_conversation.items():
        owner_id = fold_owner(events, now, roster, owners.pop(conversation_id, None))
        if owner_id is not None:
            owners[conversation_id] = owner_id
        if fold_taken(events, now, is_taken=conversation_id in taken):
            taken.add(conversation_id)
        else:
            taken.discard(conversation_id)


def _load_verdicts(
    session: Session, conversation_ids: Collection[int], talks: Mapping[int, Talk], past: Past, now: int
) -> tuple[dict[int, list[Verdict]], dict[int, int]]:
    """What was said of conversations by hand, and of each when something dated later will be."""
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    changes: dict[int, int] = {}
    events = list_events(session, among(session, Event.conversation_id, conversation_ids), VERDICTS)
    if not events:
        return verdicts, changes
    homes = {mail.rfc_id: home for home in past.today if home in talks for mail in talks[home].mails}
    roots = find_roots(session, {event.contact_id for event in events if event.contact_id is not None})
    for event in events:
        conversation_id = event.conversation_id or 0
        change = next_change(event, now)
        if change is not None:
            changes[conversation_id] = min(change, changes.get(conversation_id, change))
        if event.counts_at(now):
            home = homes.get(str(event.data.get("message")), conversation_id)
            verdicts[home].append(read_verdict(event, roots))
    return verdicts, changes


def read_verdict(event: EventRow, roots: Mapping[int, int]) -> Verdict:
    """The verdict of one of VERDICTS. An answer taken from elsewhere reaches what was written before it alone (R36)."""
    key = None if event.contact_id is None else roots.get(event.contact_id, event.contact_id)
    if event.kind == ANSWERED_ELSEWHERE:
        return Verdict(event.at, True, key, ANSWERED, int(event.data["answer_at"]))
    return Verdict(event.at, event.kind != "reopened", key)


def _marks_of(talk: Talk, clearing: Mapping[Key, list[Mark]]) -> list[Mark]:
    askers = {mail.author for mail in talk.mails if mail.author in clearing}
    return [mark for key in askers for mark in clearing[key]]


def list_reopened(verdicts: Iterable[Verdict]) -> frozenset[Key | None]:
    """Of which askers, or of all (None), somebody said that they need a reply after all: these debts are taken up (R59)."""
    return frozenset(verdict.key for verdict in verdicts if not verdict.is_closing)


def _file(
    filed: Mapping[Key, Filed],
    talk: Talk,
    conversation_id: int,
    holders: Holders,
    reopened: Collection[Key | None],
) -> None:
    """Tell those who stand in a conversation how they stand there."""
    for key, owes in talk.stands.items():
        file_state(filed[key], talk.settled, key, conversation_id, holders, owes=owes, reopened=reopened)


def file_state(
    person: Filed | ContactHistory,
    settled: Settled,
    key: Key,
    conversation_id: int,
    holders: Holders = NO_HOLDERS,
    *,
    owes: bool,
    reopened: Collection[Key | None] = (),
) -> None:
    """How somebody stands in a conversation: the most urgent of their states counts (R33, R40), and what waits."""
    state = settled.state_of(key, owes=owes)
    if state == AWAITING_REPLY:
        if person.reply_state == QUIET:
            person.reply_state = AWAITING_REPLY
    elif state == NEEDS_REPLY:
        person.reply_state = NEEDS_REPLY
        run = settled.run_of(key)
        if run is not None:
            taker_id, box = holders.takers.get(conversation_id), holders.boxes.get(conversation_id)
            is_taken = conversation_id in holders.taken or None in reopened or key in reopened
            person.waiting = (*person.waiting, Waiting(conversation_id, run, taker_id, box, is_taken))


def _note(filed: Mapping[Key, Filed], talk: Talk, change: int | None) -> None:
    next_at = earlier(talk.later[0].at if talk.later else None, change)
    if next_at is not None:
        for key in talk.stands:
            filed[key].note(next_at)
