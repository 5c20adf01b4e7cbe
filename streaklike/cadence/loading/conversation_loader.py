"""Loads whole conversations, resolves their reply state, and files the result with the people asked about."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import HoldingBox
from streaklike.cadence.loading.box_facts import list_holding, load_boxes
from streaklike.cadence.loading.conversations_at import PRESENT, Past
from streaklike.cadence.loading.fetching import fetch_raw
from streaklike.cadence.loading.folding import fold_owner, fold_taken
from streaklike.cadence.loading.mail_facts import MailSource
from streaklike.cadence.loading.mail_reader import LoadedConversation, PersonMail
from streaklike.cadence.loading.people_facts import EventRow, earlier, find_roots, list_events, next_change
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import (
    ANSWERED,
    AWAITING_REPLY,
    NEEDS_REPLY,
    QUIET,
    ContactHistory,
    Key,
    Mark,
    Waiting,
)
from streaklike.cadence.rules.reply_state import (
    ResolvedConversation,
    Verdict,
    build_marks,
    resolve,
    resolve_ours,
)
from streaklike.store.in_values import in_values
from streaklike.store.models import Conversation, Event

ANSWERED_ELSEWHERE = "answered_elsewhere"
VERDICTS = ("no_reply_needed", ANSWERED_ELSEWHERE, "reopened")

ConversationRow = tuple[Any, ...]
"""A conversation's id, owner id, stored reply state, and `needs_reply_at`."""


class Holders(NamedTuple):
    """Owner with access, and the open box entered last, of each conversation (R58).

    `taken` are the conversations that had an owner, with access today or not: what a leaver took is not a
    debt from before the start (R59).
    """

    takers: Mapping[int, int]
    boxes: Mapping[int, HoldingBox]
    taken: Collection[int] = ()


NO_HOLDERS = Holders({}, {})


def iter_resolved(
    session: Session, source: MailSource, conversation_ids: Collection[int]
) -> Iterator[LoadedConversation]:
    """Yield each conversation as of the source's instant, filed with its people.

    A `range` selects all ids in it.

    For the past (R51), all parts of what is one conversation today must be requested together: events refer
    to today's.
    """
    if not conversation_ids:
        return
    loaded_conversations = source.read(conversation_ids)
    past, is_past = source.past, source.past is not PRESENT
    asked = {past.today.get(each, each) for each in loaded_conversations} if is_past else conversation_ids
    rows = _load_rows(session, asked)
    holders = _load_holders(session, asked, rows, source.directory, now=source.now, is_past=is_past)
    verdicts, changes = _load_verdicts(session, asked, loaded_conversations, past, source.now)
    clearing = source.correspondents.clearing
    for loaded, row in _pair(loaded_conversations, rows, past):
        if loaded.is_asked:
            marks = build_marks(verdicts[loaded.id]) if loaded.id in verdicts else []
            if clearing:
                marks += _clearing_marks(loaded, clearing)
            loaded.resolved = resolve(loaded.mails, marks)
        else:
            loaded.resolved = resolve_ours(loaded.mails)
        loaded.stored_state, loaded.stored_needs_reply_at = row[2], row[3]
        _file_people(
            source.mail_by_person, loaded, row[0], holders, list_reopened(verdicts.get(loaded.id, ()))
        )
        if loaded.later or row[0] in changes:
            _record_next_change(source.mail_by_person, loaded, changes.get(row[0]))
        yield loaded


def _load_rows(session: Session, conversation_ids: Collection[int]) -> list[ConversationRow]:
    return fetch_raw(
        session,
        select(
            Conversation.id, Conversation.owner_id, Conversation.reply_state, Conversation.needs_reply_at
        ).where(in_values(session, Conversation.id, conversation_ids)),
    )


def _pair(
    loaded_conversations: Mapping[int, LoadedConversation], rows: Iterable[ConversationRow], past: Past
) -> Iterator[tuple[LoadedConversation, ConversationRow]]:
    """Pair each conversation with its current row; a past conversation may have a temporary id.

    A conversation without counting mail is yielded empty, unless its row already says quiet.
    """
    if not past.today:
        for row in rows:
            loaded = loaded_conversations.get(row[0])
            if loaded is not None:
                yield loaded, row
            elif row[2] != QUIET:
                yield LoadedConversation(row[0]), row
        return
    by_id = {row[0]: row for row in rows}
    for conversation_id, loaded in loaded_conversations.items():
        yield loaded, by_id[past.today.get(conversation_id, conversation_id)]


def _load_holders(
    session: Session,
    ids: Collection[int],
    rows: Iterable[ConversationRow],
    directory: TeamDirectory,
    *,
    now: int,
    is_past: bool,
) -> Holders:
    owners = {row[0]: row[1] for row in rows if row[1] is not None}
    taken = set(owners)
    if is_past:
        _fold_owners(session, ids, owners, taken, directory, now)
    holding = list_holding(session, ids, past=now if is_past else None)
    boxes = load_boxes(session, {box_id for _, box_id, _ in holding}, directory, now=now, is_past=is_past)
    held: dict[int, HoldingBox] = {}
    for conversation_id, box_id, entered_at in holding:
        box = boxes.get(box_id)
        if box is not None:
            by = box.held_by(box.created_at if entered_at is None else entered_at)
            held[conversation_id] = max(by, held.get(conversation_id, by))
    takers = {key: by for key, by in owners.items() if directory.with_access(by, now) is not None}
    return Holders(takers, held, taken)


def _fold_owners(
    session: Session,
    ids: Collection[int],
    owners: dict[int, int],
    taken: set[int],
    directory: TeamDirectory,
    now: int,
) -> None:
    by_conversation: dict[int, list[EventRow]] = defaultdict(list)
    for event in list_events(session, in_values(session, Event.conversation_id, ids), ("owner",)):
        by_conversation[event.conversation_id or 0].append(event)
    for conversation_id, events in by_conversation.items():
        owner_id = fold_owner(events, now, directory, owners.pop(conversation_id, None))
        if owner_id is not None:
            owners[conversation_id] = owner_id
        if fold_taken(events, now, is_taken=conversation_id in taken):
            taken.add(conversation_id)
        else:
            taken.discard(conversation_id)


def _load_verdicts(
    session: Session,
    conversation_ids: Collection[int],
    loaded_conversations: Mapping[int, LoadedConversation],
    past: Past,
    now: int,
) -> tuple[dict[int, list[Verdict]], dict[int, int]]:
    """Return the verdicts in force by conversation, and when a verdict next comes into or goes out of force."""
    verdicts: dict[int, list[Verdict]] = defaultdict(list)
    changes: dict[int, int] = {}
    events = list_events(session, in_values(session, Event.conversation_id, conversation_ids), VERDICTS)
    if not events:
        return verdicts, changes
    past_ids = {
        mail.rfc_id: past_id
        for past_id in past.today
        if past_id in loaded_conversations
        for mail in loaded_conversations[past_id].mails
    }
    roots = find_roots(session, {event.contact_id for event in events if event.contact_id is not None})
    for event in events:
        conversation_id = event.conversation_id or 0
        change = next_change(event, now)
        if change is not None:
            changes[conversation_id] = min(change, changes.get(conversation_id, change))
        if event.counts_at(now):
            past_id = past_ids.get(str(event.data.get("message")), conversation_id)
            verdicts[past_id].append(read_verdict(event, roots))
    return verdicts, changes


def read_verdict(event: EventRow, roots: Mapping[int, int]) -> Verdict:
    """Read an event of one of VERDICTS. An answer elsewhere covers only what was written before it (R36)."""
    key = None if event.contact_id is None else roots.get(event.contact_id, event.contact_id)
    if event.kind == ANSWERED_ELSEWHERE:
        return Verdict(event.at, True, key, ANSWERED, int(event.data["answer_at"]))
    return Verdict(event.at, event.kind != "reopened", key)


def _clearing_marks(loaded: LoadedConversation, clearing: Mapping[Key, list[Mark]]) -> list[Mark]:
    askers = {mail.author for mail in loaded.mails if mail.author in clearing}
    return [mark for key in askers for mark in clearing[key]]


def list_reopened(verdicts: Iterable[Verdict]) -> frozenset[Key | None]:
    """Return the askers (None: all) whose mail was reopened as needing a reply; these count as taken (R59)."""
    return frozenset(verdict.key for verdict in verdicts if not verdict.is_closing)


def _file_people(
    mail_by_person: Mapping[Key, PersonMail],
    loaded: LoadedConversation,
    conversation_id: int,
    holders: Holders,
    reopened: Collection[Key | None],
) -> None:
    """File a conversation's state with each person in it."""
    for key, owes in loaded.stands.items():
        file_state(
            mail_by_person[key], loaded.resolved, key, conversation_id, holders, owes=owes, reopened=reopened
        )


def file_state(
    person: PersonMail | ContactHistory,
    resolved: ResolvedConversation,
    key: Key,
    conversation_id: int,
    holders: Holders = NO_HOLDERS,
    *,
    owes: bool,
    reopened: Collection[Key | None] = (),
) -> None:
    """Merge one conversation into a person's reply state (the most urgent counts: R33, R40) and waiting list."""
    state = resolved.state_of(key, owes=owes)
    if state == AWAITING_REPLY:
        if person.reply_state == QUIET:
            person.reply_state = AWAITING_REPLY
    elif state == NEEDS_REPLY:
        person.reply_state = NEEDS_REPLY
        run = resolved.run_of(key)
        if run is not None:
            taker_id, box = holders.takers.get(conversation_id), holders.boxes.get(conversation_id)
            is_taken = conversation_id in holders.taken or None in reopened or key in reopened
            person.waiting = (*person.waiting, Waiting(conversation_id, run, taker_id, box, is_taken))


def _record_next_change(
    mail_by_person: Mapping[Key, PersonMail], loaded: LoadedConversation, change: int | None
) -> None:
    next_at = earlier(loaded.later[0].at if loaded.later else None, change)
    if next_at is not None:
        for key in loaded.stands:
            mail_by_person[key].note(next_at)
