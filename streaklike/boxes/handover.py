"""Hand over items from one member to another, with a reason, as one undoable event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BoxNotFound
from streaklike.boxes.follow_ups import assign_follow_up
from streaklike.boxes.owners import list_owner_emails, set_owners
from streaklike.boxes.tasks import assign_task
from streaklike.instants import DAY
from streaklike.people.contacts import set_owner
from streaklike.people.events import record_event, user_id
from streaklike.people.marks import assign_conversation
from streaklike.store.models import Box, BoxOwner, Contact, Conversation, Event, FollowUp, Task, User

KINDS: Final = {
    "person": Contact,
    "conversation": Conversation,
    "box": Box,
    "task": Task,
    "follow_up": FollowUp,
}
OWNER_KINDS: Final = ("owner", "task_owner", "follow_up_owner")
NEWS_DAYS: Final = 7


class OwnedItem(NamedTuple):
    """An item with an owner: its kind, a key of KINDS, and its row id."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Received:
    """A handover as its receiver sees it: how many items, when (UTC ms), by whom, and why."""

    at: int
    by: str | None
    reason: str
    count: int


def hand_over(
    session: Session,
    parts: Sequence[tuple[OwnedItem, User]],
    *,
    source: User | None,
    reason: str,
    by: User | None,
    now: int,
) -> Event | None:
    """Assign each item to its new owner. Of a box's owners only `source` is replaced.

    Returns the handover event, whose undo reverts all parts (each also has its own event), or None if nothing
    changed. Raises BadText without a reason, BoxNotFound for a deleted item, UserHasLeft and OwnerHasLeft.
    """
    if not reason.strip():
        raise BadText("A handover needs a reason. Nothing was changed. Say in a word why.")
    facts: dict[str, object] = {"from": source.email if source else None, "reason": reason.strip()}
    # Recorded first, because each part's event refers to its uid; deleted again if no part changes.
    event = record_event(session, "handover", at=now, now=now, author_id=user_id(by), data=facts)
    because = {"reason": reason.strip(), "handover": event.uid}
    given = [
        _give(session, holding, owner, source, because, by=by, now=now) is not None
        for holding, owner in parts
    ]
    if not any(given):
        session.delete(event)
        session.flush()
        return None
    return event


def list_received(session: Session, reader: User, *, now: int) -> list[Received]:
    """List handovers to `reader` by others in the last NEWS_DAYS days, newest first."""
    events = session.execute(
        select(Event, User.name)
        .outerjoin(User, User.id == Event.author_id)
        .where(
            Event.at > now - NEWS_DAYS * DAY,
            Event.at <= now,
            Event.kind.in_(OWNER_KINDS),
            Event.undone_by_id.is_(None),
        )
    )
    found: dict[str, Received] = {}
    for event, by in events:
        uid = event.data.get("handover")
        if uid is None or reader.email not in event.data["owners"] or event.author_id == reader.id:
            continue
        known = found.get(uid)
        count = 1 if known is None else known.count + 1
        found[uid] = Received(event.at, by, str(event.data.get("reason", "")), count)
    return sorted(found.values(), key=lambda each: -each.at)


def list_holdings(session: Session, owner_id: int) -> list[OwnedItem]:
    """List what a member owns: contacts, conversations, and open boxes, tasks and follow-ups."""
    from_rows: Iterable[tuple[str, Sequence[int]]] = (
        ("person", session.scalars(select(Contact.id).where(Contact.owner_id == owner_id)).all()),
        (
            "conversation",
            session.scalars(select(Conversation.id).where(Conversation.owner_id == owner_id)).all(),
        ),
        ("box", _list_box_ids(session, owner_id)),
        (
            "task",
            session.scalars(select(Task.id).where(Task.owner_id == owner_id, Task.done_at.is_(None))).all(),
        ),
        (
            "follow_up",
            session.scalars(
                select(FollowUp.id).where(FollowUp.owner_id == owner_id, FollowUp.done_at.is_(None))
            ).all(),
        ),
    )
    return [OwnedItem(kind, row_id) for kind, ids in from_rows for row_id in sorted(ids)]


def _list_box_ids(session: Session, owner_id: int) -> Sequence[int]:
    owned = select(BoxOwner.box_id).join(Box, Box.id == BoxOwner.box_id)
    return session.scalars(owned.where(BoxOwner.user_id == owner_id, Box.closed_at.is_(None))).all()


def _give(
    session: Session,
    holding: OwnedItem,
    owner: User,
    source: User | None,
    because: dict[str, str],
    *,
    by: User | None,
    now: int,
) -> Event | None:
    row = session.get(KINDS[holding.kind], holding.id)
    if isinstance(row, Contact):
        return set_owner(session, row, owner, because=because, by=by, now=now)
    if isinstance(row, Conversation):
        return assign_conversation(session, row, owner, because=because, by=by, now=now)
    if isinstance(row, Task):
        return assign_task(session, row, owner, because=because, by=by, now=now)
    if isinstance(row, FollowUp):
        return assign_follow_up(session, row, owner, because=because, by=by, now=now)
    if isinstance(row, Box):
        was = list_owner_emails(session, row)
        emails = [owner.email if source and email == source.email else email for email in was]
        users = {user.email: user for user in session.scalars(select(User).where(User.email.in_(emails)))}
        owners = [users[email] for email in emails]
        given = owners if owner in owners else [*owners, owner]
        return set_owners(session, row, given, because=because, by=by, now=now)
    raise BoxNotFound("This is not there any more. Nothing was changed. Reload the page.")
