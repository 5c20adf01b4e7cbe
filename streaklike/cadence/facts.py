"""Loads all that the evaluation of some people rests on, set-based: a handful of statements whatever their number."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.box_facts import add_boxes, list_holding, load_boxes
from streaklike.cadence.conversation import Settled, Verdict, build_marks, settle
from streaklike.cadence.conversations_at import PRESENT, Past, load_past
from streaklike.cadence.fetching import fetch_raw
from streaklike.cadence.folding import fold_owner, fold_people
from streaklike.cadence.history import ANSWERED, ContactHistory, Key, Mail, Mark, Part
from streaklike.cadence.mail_facts import list_conversations, load_mail
from streaklike.cadence.mail_reader import MailFacts
from streaklike.cadence.people_facts import (
    CLEARING,
    EventRow,
    People,
    earlier,
    find_members,
    list_events,
    load_people,
    next_change,
)
from streaklike.cadence.policy import Policy
from streaklike.cadence.roster import Roster
from streaklike.store.among import among
from streaklike.store.models import Conversation, Event

VERDICTS = ("no_reply_needed", "reopened")
UNSETTLED = Settled()


@dataclass(slots=True)
class ConversationFacts:
    """A conversation, settled. `owner_id` is who took it on, else the owner of an open box that holds it (`box_id`).

    `stored_state` and `stored_needs_reply_at` are what its row says; `next_at` the first that is dated later. `today` is
    its number among those of today, where `id` is one of the past (R51).
    """

    id: int
    owner_id: int | None
    stored_state: str
    stored_needs_reply_at: int | None
    box_id: int | None = None
    settled: Settled = UNSETTLED
    next_at: int | None = None
    today: int = 0


@dataclass(slots=True)
class Facts:
    """The histories of the people asked about, by root, and every conversation they stand in."""

    histories: dict[int, ContactHistory]
    conversations: dict[int, ConversationFacts]
    mail: MailFacts


def load_facts(
    session: Session,
    root_ids: Collection[int],
    *,
    now: int,
    policy: Policy,
    roster: Roster,
    is_past: bool = False,
) -> Facts:
    """All that stood at `now` about these roots. `is_past` folds from events what rows say of the present (R51)."""
    people = load_people(session, root_ids, now=now, is_past=is_past)
    if is_past:
        fold_people(people, roster, now)
    bounce_ms = policy.bounce_ms
    conversation_ids = list_conversations(session, people.roots)
    past = load_past(session, conversation_ids, now=now) if is_past and conversation_ids else PRESENT
    mail = load_mail(
        session,
        people.histories,
        roster=roster,
        now=now,
        bounce_ms=bounce_ms,
        conversation_ids=conversation_ids,
        past=past,
    )
    conversations = _load_conversations(session, mail, roster, past, now=now, is_past=is_past)
    _settle(session, people, mail, conversations, past, now)
    add_boxes(session, people, roster, now=now, is_past=is_past)
    for root_id, history in people.histories.items():
        history.entries = mail.entries[root_id]
        history.next_at = earlier(history.next_at, mail.next_at.get(root_id))
        _add_parts(history, mail.places[root_id], conversations)
    return Facts(people.histories, conversations, mail)


def _load_conversations(
    session: Session, mail: MailFacts, roster: Roster, past: Past, *, now: int, is_past: bool
) -> dict[int, ConversationFacts]:
    ids = {past.today.get(each, each) for each in mail.mails.keys() | mail.later.keys()}
    rows = fetch_raw(
        session,
        select(
            Conversation.id, Conversation.owner_id, Conversation.reply_state, Conversation.needs_reply_at
        ).where(among(session, Conversation.id, ids)),
    )
    conversations = {
        each: ConversationFacts(each, owner_id, state, since_at, today=each)
        for each, owner_id, state, since_at in rows
    }
    for conversation_id, later in mail.later.items():
        conversations[conversation_id].next_at = later[0].at
    if is_past:
        _fold_owners(session, conversations, roster, now)
    holding = list_holding(session, conversations, past=now if is_past else None)
    boxes = load_boxes(session, {box_id for _, box_id in holding}, roster, now=now, is_past=is_past)
    for conversation_id, box_id in holding:
        box, conversation = boxes.get(box_id), conversations[conversation_id]
        if box is None:
            continue
        if conversation.box_id is None:
            conversation.box_id = box_id
        if conversation.owner_id is None:
            conversation.owner_id = box.owner_id
    for home, today in past.today.items():
        if home != today and home in mail.mails:
            conversations[home] = replace(conversations[today], id=home, settled=UNSETTLED, next_at=None)
    return conversations


def _fold_owners(
    session: Session, conversations: dict[int, ConversationFacts], roster: Roster, now: int
) -> None:
    by_conversation: dict[int, list[EventRow]] = defaultdict(list)
    for event in list_events(session, among(session, Event.conversation_id, conversations), ("owner",)):
        by_conversation[event.conversation_id or 0].append(event)
    for conversation_id, events in by_conversation.items():
        conversation = conversations[conversation_id]
        conversation.owner_id = fold_owner(events, now, roster, conversation.owner_id)


def _settle(
    session: Session,
    people: People,
    mail: MailFacts,
    conversations: dict[int, ConversationFacts],
    past: Past,
    now: int,
) -> None:
    clearing = _list_clearing(session, people, mail, now)
    verdicts = _list_verdicts(session, conversations, people, mail, past, now)
    for conversation_id, conversation in conversations.items():
        mails = mail.mails.get(conversation_id, [])
        marks = build_marks(verdicts[conversation_id]) if conversation_id in verdicts else []
        if clearing:
            marks += _marks_of(mails, clearing)
        conversation.settled = settle(mails, marks)


def _list_clearing(session: Session, people: People, mail: MailFacts, now: int) -> dict[Key, list[Mark]]:
    """The calls and the like that clear what waits (R36), by person: those asked about and all in their conversations."""
    events = [(root_id, event) for root_id, own in people.events.items() for event in own]
    others = mail.others - people.histories.keys()
    if others:
        events += _list_others_events(session, others)
    clearing: dict[Key, list[Mark]] = defaultdict(list)
    for root_id, event in events:
        if event.kind in CLEARING and event.data.get("clears") and event.counts_at(now):
            clearing[root_id].append(Mark(event.at, ANSWERED, root_id))
    return clearing


def _list_others_events(session: Session, root_ids: Collection[Key]) -> list[tuple[int, EventRow]]:
    roots = find_members(session, root_ids)
    events = list_events(session, among(session, Event.contact_id, roots), CLEARING)
    return [(roots[event.contact_id or 0], event) for event in events]


def _marks_of(mails: Iterable[Mail], clearing: dict[Key, list[Mark]]) -> list[Mark]:
    askers = {mail.author for mail in mails if mail.author in clearing}
    return [mark for key in askers for mark in clearing[key]]


def _list_verdicts(
    session: Session,
    conversations: dict[int, ConversationFacts],
    people: People,
    mail: MailFacts,
    past: Past,
    now: int,
) -> dict[int, list[Verdict]]:
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    homes = {each.rfc_id: home for home in past.today for each in mail.mails.get(home, ())}
    for event in list_events(session, among(session, Event.conversation_id, conversations), VERDICTS):
        conversation_id = event.conversation_id or 0
        conversation = conversations[conversation_id]
        conversation.next_at = earlier(conversation.next_at, next_change(event, now))
        if event.counts_at(now):
            key = None if event.contact_id is None else people.roots.get(event.contact_id, event.contact_id)
            home = homes.get(str(event.data.get("message")), conversation_id)
            verdicts[home].append(Verdict(event.at, event.kind == "no_reply_needed", key))
    return verdicts


def _add_parts(
    history: ContactHistory, places: dict[int, bool], conversations: dict[int, ConversationFacts]
) -> None:
    key = history.contact_id
    for conversation_id, is_shown in places.items():
        conversation = conversations[conversation_id]
        settled = conversation.settled
        if conversation.next_at is not None:
            history.next_at = earlier(history.next_at, conversation.next_at)
        history.parts.append(
            Part(
                conversation.today,
                settled.state_of(key, is_hidden=not is_shown),
                settled.run_of(key),
                conversation.owner_id,
                conversation.box_id,
            )
        )
