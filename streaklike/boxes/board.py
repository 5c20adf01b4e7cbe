"""A pipeline as a board: columns of cards, loaded with a constant number of queries."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.store.models import (
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Contact,
    ContactStatus,
    Conversation,
    Flag,
    Pipeline,
    Stage,
    Task,
    User,
)

T = TypeVar("T")

URGENCY = ("needs_reply", "awaiting_reply", "quiet")
"""Reply states, most urgent first (R33)."""


@dataclass(frozen=True, slots=True)
class BoardContact:
    """A person on a card, as the root contact of their merges (R4)."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class BoardOwner:
    """A team member on a card."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class BoardTask:
    """The open task of the box or its people that is due first. `due_at` is UTC milliseconds."""

    uid: str
    text: str
    due_at: int


@dataclass(frozen=True, slots=True)
class Card:
    """A box on the board.

    Among `owners`, who all have access, the first is responsible (R58). `reply_state` is the most urgent one
    among the box's conversations and people (R33). `flags` is a count.
    """

    id: int
    uid: str
    name: str
    stage_key: str
    contacts: tuple[BoardContact, ...]
    owners: tuple[BoardOwner, ...]
    days_in_stage: int
    allowed_days: int | None
    reply_state: str
    flags: int
    next_task: BoardTask | None
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a stage, or an owner when grouped by owner. The column of unowned boxes has the key ""."""

    key: str
    name_zh: str
    name_en: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A pipeline's boxes in columns. Grouped by owner, each box appears once, under its first owner (R58)."""

    pipeline_key: str
    name_zh: str
    name_en: str
    by: Literal["stage", "owner"]
    columns: tuple[Column, ...]


def load_board(
    session: Session,
    pipeline: Pipeline,
    *,
    now: int,
    by: Literal["stage", "owner"] = "stage",
    include_closed: bool = False,
) -> Board:
    """Load the pipeline's boxes in order, without closed ones unless `include_closed`, as of `now` (UTC ms)."""
    shown = [Box.pipeline_id == pipeline.id]
    if not include_closed:
        shown.append(Box.closed_at.is_(None))
    stages = {stage.id: stage for stage in pipeline.stages}
    cards = _load_cards(session, stages, shown, now)
    columns = _by_stage(stages.values(), cards) if by == "stage" else _by_owner(cards)
    return Board(pipeline.key, pipeline.name_zh, pipeline.name_en, by, tuple(columns))


def _by_stage(stages: Iterable[Stage], cards: list[Card]) -> Iterable[Column]:
    for stage in stages:
        here = tuple(card for card in cards if card.stage_key == stage.key)
        yield Column(stage.key, stage.name_zh, stage.name_en, here)


def _by_owner(cards: list[Card]) -> Iterable[Column]:
    owners = sorted(
        {owner for card in cards for owner in card.owners[:1]}, key=lambda owner: (owner.name, owner.email)
    )
    for owner in owners:
        here = tuple(card for card in cards if card.owners[:1] == (owner,))
        yield Column(owner.email, owner.name, owner.name, here)
    unowned = tuple(card for card in cards if not card.owners)
    if unowned:
        yield Column("", "無人負責", "Nobody's", unowned)


def _load_cards(
    session: Session, stages: dict[int, Stage], shown: list[ColumnElement[bool]], now: int
) -> list[Card]:
    ids = select(Box.id).where(*shown)
    contacts = _grouped(session, _contacts_of(ids), BoardContact)
    owners = _grouped(session, _owners_of(ids), BoardOwner)
    states = _load_reply_states(session, ids)
    flags = dict(session.execute(_flags_of(ids)).all())
    tasks = _grouped(session, _tasks_of(ids), BoardTask)
    boxes = session.execute(
        select(Box.id, Box.uid, Box.name, Box.stage_id, Box.stage_since_at, Box.closed_at)
        .join(Stage, Stage.id == Box.stage_id)
        .where(*shown)
        .order_by(Stage.position, Box.rank, Box.id)
    )
    return [
        Card(
            id=box_id,
            uid=uid,
            name=name,
            stage_key=stages[stage_id].key,
            contacts=tuple(contacts[box_id]),
            owners=tuple(owners[box_id]),
            days_in_stage=max(0, (now - since_at) // DAY),
            allowed_days=stages[stage_id].allowed_days,
            reply_state=min(states[box_id], key=URGENCY.index, default="quiet"),
            flags=flags.get(box_id, 0),
            next_task=next(iter(tasks[box_id]), None),
            closed_at=closed_at,
        )
        for box_id, uid, name, stage_id, since_at, closed_at in boxes
    ]


def _grouped(session: Session, query: Select[*tuple[Any, ...]], make: Callable[..., T]) -> dict[int, list[T]]:
    """Run a query of (box id, *values) rows. Returns the distinct values of each box, in the query's order."""
    # A dict instead of a set: it removes duplicates and keeps the query's order.
    found: dict[int, dict[T, None]] = defaultdict(dict)
    for box_id, *values in session.execute(query):
        found[box_id][make(*values)] = None
    return defaultdict(list, {box_id: list(values) for box_id, values in found.items()})


def _roots_of(ids: Select[int]) -> Select[int, int | None]:
    """Select each box with the root contacts of its people."""
    return (
        select(BoxContact.box_id, Contact.root_id.label("root_id"))
        .join(Contact, Contact.id == BoxContact.contact_id)
        .where(BoxContact.box_id.in_(ids))
        .distinct()
    )


def _contacts_of(ids: Select[int]) -> Select[Any]:
    roots = _roots_of(ids).subquery()
    name = func.coalesce(Contact.given_name, Contact.name)
    return (
        select(roots.c.box_id, Contact.id, name)
        .join(Contact, Contact.id == roots.c.root_id)
        .order_by(name, Contact.id)
    )


def _owners_of(ids: Select[int]) -> Select[int, int, str, str]:
    return (
        select(BoxOwner.box_id, User.id, User.name, User.email)
        .join(User, User.id == BoxOwner.user_id)
        .where(BoxOwner.box_id.in_(ids), User.disabled_at.is_(None))
        .order_by(BoxOwner.position, User.email)
    )


def _load_reply_states(session: Session, ids: Select[int]) -> dict[int, set[str]]:
    roots = _roots_of(ids).subquery()
    found: dict[int, set[str]] = defaultdict(set)
    for query in (
        select(roots.c.box_id, ContactStatus.reply_state).join(
            ContactStatus, ContactStatus.contact_id == roots.c.root_id
        ),
        select(BoxConversation.box_id, Conversation.reply_state)
        .join(Conversation, Conversation.id == BoxConversation.conversation_id)
        .where(BoxConversation.box_id.in_(ids)),
    ):
        for box_id, state in session.execute(query):
            found[box_id].add(state)
    return found


def _flags_of(ids: Select[int]) -> Select[int, int]:
    """Count the flags of each box's people, without flags that belong to another of their boxes."""
    roots = _roots_of(ids).subquery()
    return (
        select(roots.c.box_id, func.count())
        .join(Flag, Flag.contact_id == roots.c.root_id)
        .where(or_(Flag.box_id.is_(None), Flag.box_id == roots.c.box_id))
        .group_by(roots.c.box_id)
    )


def _tasks_of(ids: Select[int]) -> Select[Any]:
    of_boxes = select(Task.box_id.label("box_id"), Task.id.label("task_id")).where(Task.box_id.in_(ids))
    roots = _roots_of(ids).subquery()
    part = select(Contact.id, Contact.root_id).subquery()
    of_people = (
        select(roots.c.box_id, Task.id)
        .join(part, part.c.root_id == roots.c.root_id)
        .join(Task, Task.contact_id == part.c.id)
    )
    tasks = of_boxes.union(of_people).subquery()
    return (
        select(tasks.c.box_id, Task.uid, Task.text, Task.due_at)
        .join(Task, Task.id == tasks.c.task_id)
        .where(Task.done_at.is_(None))
        .order_by(Task.due_at, Task.id)
    )
