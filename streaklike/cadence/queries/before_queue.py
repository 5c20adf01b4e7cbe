"""The queue's section of debts from before the start (R59), and closing them in bulk."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import responsible_id
from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.fetching import fetch_raw
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.policy import load_policy
from streaklike.cadence.queries.addressed import list_addressed
from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.rules.before_start import set_apart
from streaklike.people.errors import BadValue
from streaklike.people.events import record_event, user_id
from streaklike.people.marks import mark_no_reply_needed
from streaklike.store.in_values import in_values
from streaklike.store.models import Contact, ContactStatus, Conversation, Event, User
from streaklike.store.writing import in_chunks

BEFORE: Final = "before"
BEFORE_CLOSED: Final = "before_closed"
CHUNK: Final = 500


class BeforeRow(NamedTuple):
    """One person of the section, with their number of waiting `conversations`.

    The oldest is shown, since `since_at`.

    `owner` is the responsible member's email (R58).
    """

    contact_id: int
    name: str
    address: str
    kind: str
    since_at: int
    conversation_id: int
    conversations: int
    subject: str
    owner: str | None
    owner_id: int | None
    owner_name: str | None


class BeforeSection(NamedTuple):
    """A page of the section, and the number of people in all of it."""

    rows: tuple[BeforeRow, ...]
    total: int


class BulkClosing(NamedTuple):
    """The result of closing in bulk: one event that undoes all of it, and how many people and conversations."""

    event: Event
    people: int
    conversations: int


def list_before(
    session: Session, *, now: int, member_id: int | None = None, limit: int = 50, offset: int = 0
) -> BeforeSection:
    """Return a page of the section, newest first.

    With `member_id`, only what they are responsible for or were sent (R58).

    Who also waits with something newer is listed in the queue for that, not here.
    """
    root_ids = _list_roots(session, member_id, now)
    return BeforeSection(_load_rows(session, root_ids[offset : offset + limit]), len(root_ids))


def close_before(
    session: Session,
    *,
    reason: str,
    by: User | None,
    now: int,
    member_id: int | None = None,
    most: int | None = None,
) -> BulkClosing | None:
    """Close the debts of the section with one reason; None if there are none.

    One undo reverses all of it.

    Only each asker's own debts are closed, not others' in the same conversation. Left alone: askers who wrote
    since, and conversations taken since. `most` limits the people, newest first. Raises BadValue for an empty
    reason.
    """
    if not reason.strip():
        raise BadValue("Nothing was changed. Say in a word why no reply is needed.")
    found = list(_iter_debts(session, _list_roots(session, member_id, now)[:most], now))
    if not found:
        return None
    people = len({contact_id for contact_id, _ in found})
    facts = {"reason": reason.strip(), "people": people, "conversations": len(found)}
    event = record_event(session, BEFORE_CLOSED, at=now, now=now, author_id=user_id(by), data=facts)
    for contact_id, conversation_id in found:
        mark_no_reply_needed(
            session,
            session.get_one(Conversation, conversation_id),
            contact=session.get_one(Contact, contact_id),
            because={"before": event.uid},
            by=by,
            reason=reason,
            now=now,
        )
    return BulkClosing(event, people, len(found))


def _list_roots(session: Session, member_id: int | None, now: int) -> list[int]:
    responsible = (
        literal(None)
        if member_id is None
        else responsible_id(ContactStatus.before_conversation_id, ContactStatus.contact_id)
    )
    rows = fetch_raw(
        session,
        select(
            ContactStatus.contact_id,
            ContactStatus.before_since_at,
            ContactStatus.before_conversation_id,
            responsible,
        )
        .where(ContactStatus.before_since_at.is_not(None), ContactStatus.waiting_since_at.is_(None))
        .order_by(ContactStatus.before_since_at.desc(), ContactStatus.contact_id),
    )
    if member_id is None:
        return [row[0] for row in rows]
    nobodys = {root: (conversation_id, at) for root, at, conversation_id, owner in rows if owner is None}
    addressed = list_addressed(session, member_id, nobodys, now)
    return [root for root, _, _, owner in rows if owner == member_id or root in addressed]


def _load_rows(session: Session, root_ids: Sequence[int]) -> tuple[BeforeRow, ...]:
    owner_id = responsible_id(ContactStatus.before_conversation_id, ContactStatus.contact_id)
    found = session.execute(
        select(
            ContactStatus.contact_id,
            Contact.kind,
            ContactStatus.before_since_at,
            ContactStatus.before_conversation_id,
            ContactStatus.before_count,
            Conversation.subject,
            User.email,
            User.id,
            User.name,
        )
        .join(Contact, Contact.id == ContactStatus.contact_id)
        .outerjoin(Conversation, Conversation.id == ContactStatus.before_conversation_id)
        .outerjoin(User, User.id == owner_id)
        .where(in_values(session, ContactStatus.contact_id, root_ids))
    )
    people = list_people(session, root_ids)
    rows = {}
    for root, kind, since_at, conversation_id, count, subject, email, by_id, by_name in found:
        address, name = people[root]
        rows[root] = BeforeRow(
            root,
            name,
            address,
            kind,
            since_at or 0,
            conversation_id or 0,
            count,
            subject or "",
            email,
            by_id,
            by_name,
        )
    return tuple(rows[root] for root in root_ids if root in rows)


def _iter_debts(session: Session, root_ids: Sequence[int], now: int) -> Iterator[tuple[int, int]]:
    """Yield (root, conversation id) of debts from before the start, recomputed for `now`."""
    # The stored status may be stale; recomputing avoids closing what was answered or taken meanwhile.
    policy, directory = load_policy(session), load_team_directory(session)
    for chunk in in_chunks(root_ids, CHUNK):
        facts = load_facts(session, chunk, now=now, policy=policy, directory=directory)
        for root in chunk:
            history = set_apart(facts.histories[root], policy, NextChange(now))
            for waiting in history.before:
                if waiting.conversation_id is not None:
                    yield root, waiting.conversation_id
