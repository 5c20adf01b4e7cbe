"""What somebody leaves when they leave: all that they look after, each with the last word and who knows it best."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.boxes.handover import OwnedItem, list_holdings
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.people_facts import find_roots
from streaklike.cadence.queries.flag_views import list_people
from streaklike.insights.ties import choose, join_ties, list_successors, list_ties
from streaklike.store.in_values import in_values
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    ContactStatus,
    Conversation,
    FollowUp,
    Message,
    Participant,
    Task,
    User,
)


@dataclass(frozen=True, slots=True)
class Successor:
    """Who could take it over: `mails` exchanged with its people within a year."""

    user_id: int
    name: str
    email: str
    mails: int


@dataclass(frozen=True, slots=True)
class LeftItem:
    """One thing that somebody looks after.

    `title` is a person's name, a subject, a box's name or what is to be done; `about` who it concerns. `last_at`,
    `last_direction` are of the last word with them, `due_at` when something is to be done. `is_open` is false of a
    conversation in which nobody owes a word: it has an owner for the day on which they write again.
    """

    holding: OwnedItem
    title: str
    about: str
    contact_id: int | None
    last_at: int | None
    last_direction: str | None
    due_at: int | None
    is_open: bool
    successor: Successor | None


@dataclass(frozen=True, slots=True)
class Pack:
    """All of it, by kind as `list_holdings` orders it; `successors` are who can take over."""

    user: User
    items: tuple[LeftItem, ...]
    successors: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    title: str
    contact_ids: tuple[int, ...]
    due_at: int | None = None
    is_open: bool = True


def build_pack(session: Session, user: User, *, now: int) -> Pack:
    """The handover pack of a colleague, as things stand; a handful of statements, whatever its size."""
    holdings = list_holdings(session, user.id)
    facts = _load_facts(session, holdings)
    roots = find_roots(session, {each for fact in facts.values() for each in fact.contact_ids})
    ties = list_ties(session, set(roots.values()), now=now)
    people = list_people(session, set(roots.values()))
    last = _load_last_words(session, set(roots.values()))
    successors = list_successors(session, but=user.id)
    items = []
    for holding in holdings:
        fact = facts[holding]
        root_ids = list(dict.fromkeys(roots[each] for each in fact.contact_ids))
        names = [people[each][1] or people[each][0] for each in root_ids]
        last_at, direction = max((last[each] for each in root_ids if each in last), default=(None, None))
        tie = choose(join_ties(ties, root_ids), successors)
        known = successors[tie.user_id] if tie is not None else None
        items.append(
            LeftItem(
                holding,
                title=fact.title or (names[0] if names else ""),
                about=", ".join(names[:3]),
                contact_id=root_ids[0] if root_ids else None,
                last_at=last_at,
                last_direction=direction,
                due_at=fact.due_at,
                is_open=fact.is_open,
                successor=Successor(known.id, known.name, known.email, tie.mails) if tie and known else None,
            )
        )
    return Pack(user, tuple(items), tuple(successors.values()))


def suggested_parts(pack: Pack) -> list[tuple[OwnedItem, User]]:
    """Each thing with its suggested successor, of those that have one."""
    users = {user.id: user for user in pack.successors}
    return [
        (item.holding, users[item.successor.user_id]) for item in pack.items if item.successor is not None
    ]


def count_left(session: Session) -> list[tuple[User, int]]:
    """The colleagues who have left and still look after something, and how many things."""
    gone = session.scalars(select(User).where(User.disabled_at.is_not(None)).order_by(User.name, User.id))
    counted = [(user, len(list_holdings(session, user.id))) for user in gone]
    return [(user, count) for user, count in counted if count]


def _load_facts(session: Session, holdings: Iterable[OwnedItem]) -> dict[OwnedItem, _Facts]:
    ids: dict[str, list[int]] = defaultdict(list)
    for holding in holdings:
        ids[holding.kind].append(holding.id)
    return {
        **{OwnedItem("person", each): _Facts("", (each,)) for each in ids["person"]},
        **_conversations(session, ids["conversation"]),
        **_boxes(session, ids["box"]),
        **_tasks(session, ids["task"]),
        **{
            OwnedItem("follow_up", row_id): _Facts(text, (contact_id,), due_at)
            for row_id, text, contact_id, due_at in fetch(
                session,
                select(FollowUp.id, FollowUp.text, FollowUp.contact_id, FollowUp.due_at).where(
                    in_values(session, FollowUp.id, ids["follow_up"])
                ),
            )
        },
    }


def _conversations(session: Session, ids: Sequence[int]) -> dict[OwnedItem, _Facts]:
    people: dict[int, list[int]] = defaultdict(list)
    rows = fetch(
        session,
        select(Message.conversation_id, Address.contact_id)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(
            in_values(session, Message.conversation_id, ids),
            Message.is_live,
            Address.contact_id.is_not(None),
            Participant.role.in_(("author", "to", "cc")),
        )
        .group_by(Message.conversation_id, Address.contact_id)
        .order_by(func.max(Message.at).desc(), Address.contact_id),
    )
    for conversation_id, contact_id in rows:
        people[conversation_id or 0].append(contact_id or 0)
    found = fetch(
        session,
        select(Conversation.id, Conversation.subject, Conversation.reply_state).where(
            in_values(session, Conversation.id, ids)
        ),
    )
    return {
        OwnedItem("conversation", row_id): _Facts(subject, tuple(people[row_id]), is_open=state != "quiet")
        for row_id, subject, state in found
    }


def _boxes(session: Session, ids: Sequence[int]) -> dict[OwnedItem, _Facts]:
    people = _box_people(session, ids)
    found = fetch(
        session,
        select(Box.id, Box.name).where(in_values(session, Box.id, ids)),
    )
    return {OwnedItem("box", row_id): _Facts(name, tuple(people[row_id])) for row_id, name in found}


def _tasks(session: Session, ids: Sequence[int]) -> dict[OwnedItem, _Facts]:
    rows = fetch(
        session,
        select(Task.id, Task.text, Task.contact_id, Task.box_id, Task.due_at).where(
            in_values(session, Task.id, ids)
        ),
    )
    people = _box_people(session, [box_id for *_, box_id, _ in rows if box_id is not None])
    return {
        OwnedItem("task", row_id): _Facts(
            text, (contact_id,) if contact_id is not None else tuple(people[box_id or 0]), due_at
        )
        for row_id, text, contact_id, box_id, due_at in rows
    }


def _box_people(session: Session, box_ids: Sequence[int]) -> Mapping[int, list[int]]:
    people: dict[int, list[int]] = defaultdict(list)
    rows = fetch(
        session,
        select(BoxContact.box_id, BoxContact.contact_id)
        .where(in_values(session, BoxContact.box_id, box_ids))
        .order_by(BoxContact.box_id, BoxContact.contact_id),
    )
    for box_id, contact_id in rows:
        people[box_id].append(contact_id)
    return people


def _load_last_words(session: Session, root_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    rows = fetch(
        session,
        select(
            ContactStatus.contact_id, ContactStatus.last_touch_at, ContactStatus.last_touch_direction
        ).where(
            in_values(session, ContactStatus.contact_id, root_ids), ContactStatus.last_touch_at.is_not(None)
        ),
    )
    return {root_id: (at or 0, direction or "") for root_id, at, direction in rows}
