"""Everything about some people up to an instant, loaded once, so that histories at earlier instants need no
database.

Equal to what `load_facts` returns for the past, except owners, on which no flag depends, and touch classes,
which are today's: a corrected class is a better reading of the same past (R52).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from operator import attrgetter, itemgetter
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.notes import is_clearing
from streaklike.cadence.loading.box_facts import (
    BoxRow,
    Limits,
    TaskRow,
    fold_box,
    fold_tasks,
    list_box_events,
    list_task_events,
    load_box_rows,
    load_limits,
    load_tasks,
)
from streaklike.cadence.loading.conversation_loader import (
    VERDICTS,
    Holders,
    file_state,
    list_reopened,
    read_verdict,
)
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.first_reads import load_first_reads
from streaklike.cadence.loading.folding import fold_people, fold_taken
from streaklike.cadence.loading.mail_facts import MailSource, list_conversations
from streaklike.cadence.loading.people_facts import (
    CLEARING,
    EventRow,
    People,
    apply_event,
    find_members,
    list_events,
    load_people,
)
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import ANSWERED, INBOUND, OUTBOUND, ContactHistory, Key, Mail, Mark
from streaklike.cadence.replay.memberships import list_memberships
from streaklike.cadence.rules.reply_state import ResolvedConversation, build_marks, list_owing, resolve
from streaklike.store.in_values import in_values
from streaklike.store.models import BoxContact, Conversation, Event

BEGINNING: Final = itemgetter(0)


class HistorySnapshot:
    """All facts up to `until` about the people whose roots are `root_ids`."""

    def __init__(
        self,
        session: Session,
        root_ids: Collection[int],
        *,
        until: int,
        directory: TeamDirectory,
        bounce_ms: int,
    ) -> None:
        self._directory = directory
        self._people = load_people(session, root_ids, now=until, is_past=True)
        ids = list_conversations(session, self._people.roots)
        source = MailSource(
            session, self._people.histories, directory=directory, now=until, bounce_ms=bounce_ms
        )
        self._mails = {conversation_id: loaded.mails for conversation_id, loaded in source.read(ids).items()}
        self._entries = {root_id: person.sort() for root_id, person in source.mail_by_person.items()}
        self._places = list_memberships(session, self._people, ids, until=until)
        self._asked_at = self._list_asked()
        self._resolved: dict[int, tuple[int, ResolvedConversation]] = {}
        self._load_taken(session)
        inbound = {mail.id for mails in self._mails.values() for mail in mails if mail.effect == INBOUND}
        self._first_reads = load_first_reads(session, inbound)
        self._load_marks(session, {key for key in source.correspondents.keys.values() if key > 0})
        self._load_boxes(session, until)
        self._changes = {root_id: self._list_changes(root_id) for root_id in self._people.histories}

    def _list_asked(self) -> dict[tuple[int, Key], int]:
        """Return since when our mail in a conversation asks something of each person (R34)."""
        asked_at: dict[tuple[int, Key], int] = {}
        for conversation_id, mails in self._mails.items():
            for mail in mails:
                for key in list_owing(mail) if mail.effect == OUTBOUND else ():
                    asked_at.setdefault((conversation_id, key), mail.at)
        return asked_at

    def _load_taken(self, session: Session) -> None:
        """Load the owner events of each conversation (R59)."""
        is_ours = in_values(session, Conversation.id, self._mails)
        self._taken = set(
            session.scalars(select(Conversation.id).where(is_ours, Conversation.owner_id.is_not(None)))
        )
        self._owners: dict[int, list[EventRow]] = defaultdict(list)
        for event in list_events(session, in_values(session, Event.conversation_id, self._mails), ("owner",)):
            self._owners[event.conversation_id or 0].append(event)

    def _load_marks(self, session: Session, others: Iterable[Key]) -> None:
        self._verdicts: dict[int, list[EventRow]] = defaultdict(list)
        for event in list_events(session, in_values(session, Event.conversation_id, self._mails), VERDICTS):
            self._verdicts[event.conversation_id or 0].append(event)
        self._clearing: dict[Key, list[EventRow]] = defaultdict(list)
        for root_id, events in self._people.events.items():
            self._keep_clearing(root_id, events)
        rest = set(others) - self._people.histories.keys()
        roots = find_members(session, rest) if rest else {}
        if roots:
            for event in list_events(session, in_values(session, Event.contact_id, roots), CLEARING):
                self._keep_clearing(roots[event.contact_id or 0], [event])

    def _keep_clearing(self, root_id: Key, events: Iterable[EventRow]) -> None:
        self._clearing[root_id] += [
            event for event in events if event.kind in CLEARING and is_clearing(event.kind, event.data)
        ]

    def _load_boxes(self, session: Session, until: int) -> None:
        rows = fetch(
            session,
            select(BoxContact.box_id, BoxContact.contact_id).where(
                in_values(session, BoxContact.contact_id, self._people.roots)
            ),
        )
        self._boxes_of: dict[int, list[int]] = defaultdict(list)
        for box_id, contact_id in sorted({(row[0], self._people.roots[row[1]]) for row in rows}):
            self._boxes_of[contact_id].append(box_id)
        ids = {row[0] for row in rows}
        self._boxes: dict[int, BoxRow] = load_box_rows(
            session, ids, is_past=True, directory=self._directory, now=until
        )
        self._box_events = list_box_events(session, ids)
        self._limits: Limits = load_limits(session)
        self._tasks_of: dict[tuple[str, int], list[TaskRow]] = defaultdict(list)
        self._task_events: dict[tuple[str, int], list[EventRow]] = defaultdict(list)
        for task in load_tasks(session, self._people, ids, is_past=True):
            self._tasks_of[self._task_key(task.contact_id, task.box_id)].append(task)
        for event in list_task_events(session, self._people, ids):
            self._task_events[self._task_key(event.contact_id, event.box_id)].append(event)

    def _task_key(self, contact_id: int | None, box_id: int | None) -> tuple[str, int]:
        return ("box", box_id or 0) if contact_id is None else ("person", self._people.roots[contact_id])

    def next_change(self, root_id: int, now: int) -> int | None:
        """Return the first instant after `now` at which the person's facts change."""
        changes = self._changes[root_id]
        index = bisect_right(changes, now)
        return changes[index] if index < len(changes) else None

    def history_at(self, root_id: int, now: int) -> ContactHistory:
        """Return the person's history as of `now`."""
        history = self._begin_history(root_id, now)
        entries = self._entries[root_id]
        history.entries = entries[: bisect_right(entries, now, key=BEGINNING)]
        for membership in self._places.get(root_id, ()):
            if membership.at <= now:
                resolved = self._resolve_at(membership.conversation_id, now)
                asked_at = self._asked_at.get((membership.conversation_id, root_id))
                owes = asked_at is not None and asked_at <= now
                holders, reopened = self._taken_at(membership.conversation_id, now)
                file_state(
                    history,
                    resolved,
                    root_id,
                    membership.conversation_id,
                    holders,
                    owes=owes,
                    reopened=reopened,
                )
        history.first_reads = self._first_reads
        self._add_boxes(history, now)
        return history

    def _taken_at(self, conversation_id: int, now: int) -> tuple[Holders, Collection[Key | None]]:
        """Return whether the conversation was taken by then (R59), without owners: no flag depends on them."""
        is_taken = conversation_id in self._taken
        if conversation_id in self._owners:
            is_taken = fold_taken(self._owners[conversation_id], now, is_taken=is_taken)
        verdicts = self._verdicts.get(conversation_id, ())
        reopened = list_reopened(
            read_verdict(event, self._people.roots) for event in verdicts if event.counts_at(now)
        )
        return Holders({}, {}, {conversation_id} if is_taken else ()), reopened

    def _begin_history(self, root_id: int, now: int) -> ContactHistory:
        base = self._people.histories[root_id]
        history = ContactHistory(
            root_id, base.kind, base.since_at, base.tier, base.do_not_contact_until, base.owner_id
        )
        events = self._people.events.get(root_id)
        if events:
            for event in events:
                apply_event(history, event, now)
            fold_people(People({root_id: history}, {}, {root_id: events}), self._directory, now)
            history.next_at = None
        return history

    def _resolve_at(self, conversation_id: int, now: int) -> ResolvedConversation:
        # Mostly asked for growing instants: continue from the cached state, and start over if it is already
        # past `now`. With marks the order of mail and marks matters, so nothing is reused.
        mails = self._mails.get(conversation_id, [])
        count = bisect_right(mails, now, key=BEGINNING)
        marks = self._marks(conversation_id, mails[:count], now)
        if marks:
            return resolve(mails[:count], marks)
        resolved_count, resolved = self._resolved.get(conversation_id, (0, None))
        if resolved is None or resolved_count > count:
            resolved_count, resolved = 0, ResolvedConversation()
        for mail in mails[resolved_count:count]:
            resolved.add(mail)
        self._resolved[conversation_id] = count, resolved
        return resolved

    def _marks(self, conversation_id: int, mails: list[Mail], now: int) -> list[Mark]:
        marks: list[Mark] = []
        verdicts = self._verdicts.get(conversation_id)
        if verdicts:
            marks += build_marks(
                read_verdict(event, self._people.roots) for event in verdicts if event.counts_at(now)
            )
        if self._clearing:
            for key in {mail.author for mail in mails}:
                marks += [
                    Mark(event.at, ANSWERED, key)
                    for event in self._clearing.get(key, ())
                    if event.counts_at(now)
                ]
        return marks

    def _add_boxes(self, history: ContactHistory, now: int) -> None:
        tasks = self._tasks_at("person", history.contact_id, now)
        for box_id in self._boxes_of.get(history.contact_id, ()):
            box = replace(self._boxes[box_id])
            fold_box(box, self._box_events.get(box_id, []), self._limits, self._directory, now)
            if box.is_open_at(now):
                history.boxes = (*history.boxes, box.facts())
                tasks += self._tasks_at("box", box_id, now)
        history.tasks = [task.planned() for task in sorted(tasks, key=attrgetter("due_at", "uid"))]

    def _tasks_at(self, kind: str, owner: int, now: int) -> list[TaskRow]:
        key = (kind, owner)
        if key not in self._tasks_of and key not in self._task_events:
            return []
        folded = fold_tasks(self._tasks_of.get(key, []), self._task_events.get(key, []), self._directory, now)
        return [task for task in folded if task.done_at is None]

    def _list_changes(self, root_id: int) -> list[int]:
        instants: set[int] = set()
        events = list(self._people.events.get(root_id, ()))
        for membership in self._places.get(root_id, ()):
            mails = self._mails.get(membership.conversation_id, [])
            instants.update(mail.at for mail in mails)
            instants.add(membership.at)
            events += self._verdicts.get(membership.conversation_id, [])
            events += self._owners.get(membership.conversation_id, [])
            instants.update(self._first_reads[mail.id] for mail in mails if mail.id in self._first_reads)
            for key in {mail.author for mail in mails}:
                events += self._clearing.get(key, [])
        events += self._task_events.get(("person", root_id), [])
        for box_id in self._boxes_of.get(root_id, ()):
            instants.add(self._boxes[box_id].created_at)
            events += self._box_events.get(box_id, []) + self._task_events.get(("box", box_id), [])
        for event in events:
            instants.add(event.at)
            if event.undone_at is not None:
                instants.add(event.undone_at)
        return sorted(instants)
