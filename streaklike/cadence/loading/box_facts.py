"""Loads the open boxes and tasks of people, set-based; as of a past instant if asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import HoldingBox
from streaklike.cadence.loading.box_changes import list_changes, rewind
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.folding import fold, fold_owner, of_kind
from streaklike.cadence.loading.people_facts import EventRow, People, earlier, list_events
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import BoxFacts, ContactHistory, Planned
from streaklike.store.in_values import in_values
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Event,
    Message,
    Pipeline,
    Stage,
    Task,
    User,
)


@dataclass(slots=True)
class BoxRow:
    """A box with its stage's limits, open or closed, as of the instant loaded."""

    id: int
    uid: str
    pipeline_id: int
    pipeline_key: str
    created_at: int
    closed_at: int | None
    stage_since_at: int
    stage_key: str
    allowed_days: int | None
    tier: str | None
    owner_id: int | None = None

    def facts(self, entered_at: int = 0) -> BoxFacts:
        """Return the box as the rules read it, for a person who entered it at `entered_at`."""
        stage = f"{self.pipeline_key}/{self.stage_key}"
        return BoxFacts(
            self.id,
            self.uid,
            self.owner_id,
            self.stage_since_at,
            self.allowed_days,
            self.tier,
            stage,
            entered_at,
        )

    def held_by(self, entered_at: int) -> HoldingBox:
        """Return the box as an owner candidate (R58), for a conversation that entered it at `entered_at`."""
        return HoldingBox(entered_at, self.id, self.owner_id)

    def is_open_at(self, now: int) -> bool:
        return self.created_at <= now and self.closed_at is None


def load_boxes(
    session: Session, box_ids: Iterable[int], directory: TeamDirectory, *, now: int, is_past: bool
) -> dict[int, BoxRow]:
    """Load the open boxes by id: today's, or those open at `now` if `is_past`."""
    ids = set(box_ids)
    if not ids:
        return {}
    boxes = load_box_rows(session, ids, is_past=is_past, directory=directory, now=now)
    if is_past:
        _fold_boxes(session, boxes, directory, now)
    return {box_id: box for box_id, box in boxes.items() if box.is_open_at(now)}


def load_box_rows(
    session: Session, ids: Collection[int], *, is_past: bool, directory: TeamDirectory, now: int
) -> dict[int, BoxRow]:
    """Load the boxes' current rows by id, owned by whoever has access at `now`.

    Closed ones only if `is_past`.
    """
    condition = (
        in_values(session, Box.id, ids)
        if is_past
        else in_values(session, Box.id, ids) & Box.closed_at.is_(None)
    )
    rows = fetch(
        session,
        select(
            Box.id,
            Box.uid,
            Box.pipeline_id,
            Pipeline.key,
            Box.created_at,
            Box.closed_at,
            Box.stage_since_at,
            Stage.key,
            Stage.allowed_days,
            Stage.tier,
        )
        .join(Stage, Stage.id == Box.stage_id)
        .join(Pipeline, Pipeline.id == Box.pipeline_id)
        .where(condition),
    )
    boxes = {row[0]: BoxRow(*row) for row in rows}
    owners = fetch(
        session,
        select(BoxOwner.box_id, BoxOwner.user_id)
        .join(User, User.id == BoxOwner.user_id)
        .where(in_values(session, BoxOwner.box_id, boxes))
        .order_by(BoxOwner.box_id, BoxOwner.position.desc(), User.email.desc()),
    )
    # Sorted by descending position, so that the first owner with access is assigned last and wins.
    for box_id, user_id in owners:
        if directory.with_access(user_id, now) is not None:
            boxes[box_id].owner_id = user_id
    return boxes


def _fold_boxes(session: Session, boxes: dict[int, BoxRow], directory: TeamDirectory, now: int) -> None:
    by_box = list_box_events(session, boxes)
    limits = load_limits(session)
    for box_id, events in by_box.items():
        fold_box(boxes[box_id], events, limits, directory, now)


Limits = dict[tuple[int, str], tuple[int | None, str | None]]


def list_box_events(session: Session, box_ids: Iterable[int]) -> dict[int, list[EventRow]]:
    """Return the stage, owner and box events of these boxes, by box, oldest first."""
    by_box: dict[int, list[EventRow]] = defaultdict(list)
    for event in list_events(session, in_values(session, Event.box_id, box_ids), ("stage", "owner", "box")):
        by_box[event.box_id or 0].append(event)
    return by_box


def load_limits(session: Session) -> Limits:
    """Return the allowed days and tier of each stage, by pipeline id and stage key."""
    stages = fetch(session, select(Stage.pipeline_id, Stage.key, Stage.allowed_days, Stage.tier))
    return {(pipeline_id, key): (days, tier) for pipeline_id, key, days, tier in stages}


def fold_box(box: BoxRow, events: list[EventRow], limits: Limits, directory: TeamDirectory, now: int) -> None:
    """Set the box's fields to their values at `now` (R51)."""
    moves = of_kind(events, "stage")
    box.stage_key = fold(moves, now, _read_stage, box.stage_key)
    box.stage_since_at = fold(
        moves, now, lambda event, is_after: event.at if is_after else box.created_at, box.stage_since_at
    )
    box.allowed_days, box.tier = limits.get((box.pipeline_id, box.stage_key), (None, None))
    closings = [event for event in of_kind(events, "box") if event.data.get("did") in ("closed", "reopened")]
    box.closed_at = fold(closings, now, _read_closed_at, box.closed_at)
    box.owner_id = fold_owner(of_kind(events, "owner"), now, directory, box.owner_id)


def _read_stage(event: EventRow, is_after: bool) -> str:
    return str(event.data["to" if is_after else "from"])


def _read_closed_at(event: EventRow, is_after: bool) -> int | None:
    return event.at if (event.data["did"] == "closed") == is_after else None


def add_boxes(session: Session, people: People, directory: TeamDirectory, *, now: int, is_past: bool) -> None:
    """Add to each history its open boxes, and the tasks on them and on the person."""
    entered = _list_members(session, people)
    members = set(entered)
    if is_past:
        members = _fold_members(session, people, members, now)
    boxes = load_boxes(session, {box_id for box_id, _ in members}, directory, now=now, is_past=is_past)
    by_box: dict[int, list[ContactHistory]] = defaultdict(list)
    for box_id, root_id in sorted(members):
        box = boxes.get(box_id)
        if box is not None:
            history = people.histories[root_id]
            by_box[box_id].append(history)
            entered_at = entered.get((box_id, root_id), box.created_at)
            history.boxes = (*history.boxes, box.facts(entered_at if entered_at <= now else box.created_at))
    _add_tasks(session, people, by_box, directory, now=now, is_past=is_past)


def _list_members(session: Session, people: People) -> dict[tuple[int, int], int]:
    """Return (box, root) of every box membership, with the latest instant at which a contact of the root
    entered.
    """
    rows = fetch(
        session,
        select(BoxContact.box_id, BoxContact.contact_id, BoxContact.entered_at).where(
            in_values(session, BoxContact.contact_id, people.roots)
        ),
    )
    entered: dict[tuple[int, int], int] = {}
    for box_id, contact_id, at in rows:
        key = box_id, people.roots[contact_id]
        entered[key] = max(at, entered.get(key, at))
    return entered


def _fold_members(
    session: Session, people: People, members: set[tuple[int, int]], now: int
) -> set[tuple[int, int]]:
    """Remove people added after `now`, and restore those removed after it."""
    changes = list_changes(session, now, "contact")
    keys = {key for change in changes for key in change.keys}
    if not keys:
        return members
    found = fetch(session, select(Address.key, Address.contact_id).where(Address.key.in_(keys)))
    roots = {key: people.roots[contact_id] for key, contact_id in found if contact_id in people.roots}
    return rewind(members, changes, roots)


def _add_tasks(
    session: Session,
    people: People,
    by_box: dict[int, list[ContactHistory]],
    directory: TeamDirectory,
    *,
    now: int,
    is_past: bool,
) -> None:
    tasks = load_tasks(session, people, by_box, is_past=is_past)
    if is_past:
        tasks = fold_tasks(tasks, list_task_events(session, people, by_box), directory, now)
    for task in tasks:
        concerned_people = (
            by_box.get(task.box_id or 0, [])
            if task.contact_id is None
            else [people.histories[people.roots[task.contact_id]]]
        )
        for history in concerned_people:
            if task.created_at > now:
                history.next_at = earlier(history.next_at, task.created_at)
            elif task.done_at is None:
                planned = task.planned()
                owner_id = directory.with_access(planned.owner_id, now)
                history.tasks = (*history.tasks, planned._replace(owner_id=owner_id))


class TaskRow(NamedTuple):
    """A task, done or not, as of the instant loaded."""

    id: int
    uid: str
    due_at: int
    contact_id: int | None
    box_id: int | None
    owner_id: int | None
    created_at: int
    done_at: int | None

    def planned(self) -> Planned:
        """Return the task as the rules read it."""
        return Planned(self.uid, self.due_at, self.box_id, self.owner_id)


def load_tasks(session: Session, people: People, box_ids: Collection[int], *, is_past: bool) -> list[TaskRow]:
    """Load the tasks on these people and boxes; done ones too if `is_past`."""
    concerned = or_(
        in_values(session, Task.contact_id, people.roots), in_values(session, Task.box_id, box_ids)
    )
    rows = fetch(
        session,
        select(
            Task.id,
            Task.uid,
            Task.due_at,
            Task.contact_id,
            Task.box_id,
            Task.owner_id,
            Task.created_at,
            Task.done_at,
        )
        .where(concerned if is_past else concerned & Task.done_at.is_(None))
        .order_by(Task.due_at, Task.uid),
    )
    return [TaskRow(*row) for row in rows]


def list_task_events(session: Session, people: People, box_ids: Iterable[int]) -> list[EventRow]:
    """Return the task events of these people and boxes, oldest first."""
    condition = or_(
        in_values(session, Event.contact_id, people.roots), in_values(session, Event.box_id, box_ids)
    )
    return list_events(session, condition, ("task", "task_done", "task_owner"))


def fold_tasks(
    tasks: Sequence[TaskRow], events: Sequence[EventRow], directory: TeamDirectory, now: int
) -> list[TaskRow]:
    """Return the tasks that existed at `now`, including those whose creation was undone since."""
    done: dict[str, list[EventRow]] = defaultdict(list)
    for event in of_kind(events, "task_done"):
        done[str(event.data.get("task"))].append(event)
    owner_changes: dict[str, list[EventRow]] = defaultdict(list)
    for event in of_kind(events, "task_owner"):
        owner_changes[str(event.data.get("task"))].append(event)
    known = {task.uid for task in tasks}
    undone_tasks = [
        TaskRow(
            0,
            str(event.data.get("task")),
            event.data["due_at"],
            event.contact_id,
            event.box_id,
            event.author_id,
            event.at,
            None,
        )
        for event in of_kind(events, "task")
        if str(event.data.get("task")) not in known and event.counts_at(now)
    ]
    return [
        task._replace(
            done_at=fold(done[task.uid], now, _read_done_at, task.done_at),
            owner_id=fold_owner(owner_changes[task.uid], now, directory, task.owner_id),
        )
        for task in [*tasks, *undone_tasks]
        if task.created_at <= now
    ]


def _read_done_at(event: EventRow, is_after: bool) -> int | None:
    return event.at if is_after else None


def list_holding(
    session: Session, conversation_ids: Collection[int], *, past: int | None = None
) -> list[tuple[int, int, int | None]]:
    """Return (conversation, box, entered at) of the boxes holding these conversations, today or at the
    instant `past`.

    `entered at` is None if today's row does not tell when the conversation had entered by then.
    """
    rows = fetch(
        session,
        select(BoxConversation.conversation_id, BoxConversation.box_id, BoxConversation.entered_at).where(
            in_values(session, BoxConversation.conversation_id, conversation_ids)
        ),
    )
    entered = {(box_id, conversation_id): at for conversation_id, box_id, at in rows}
    holding = set(entered)
    if past is not None:
        holding = _fold_holding(session, holding, conversation_ids, past)
        entered = {key: at for key, at in entered.items() if at <= past}
    return sorted(
        (conversation_id, box_id, entered.get((box_id, conversation_id)))
        for box_id, conversation_id in holding
    )


def _fold_holding(
    session: Session, holding: set[tuple[int, int]], conversation_ids: Collection[int], now: int
) -> set[tuple[int, int]]:
    changes = list_changes(session, now, "conversation")
    keys = {key for change in changes for key in change.keys}
    if not keys:
        return holding
    statement = select(Message.rfc_id, Message.conversation_id).where(Message.rfc_id.in_(keys))
    found = {
        rfc_id: conversation_id
        for rfc_id, conversation_id in fetch(session, statement)
        if conversation_id is not None and conversation_id in conversation_ids
    }
    return rewind(holding, changes, found)
