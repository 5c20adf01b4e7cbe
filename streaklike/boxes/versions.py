"""Optimistic concurrency: refuse an action if the state its author saw has changed since.

A version is the query-string encoding of some facts about one object, such as
`inbound=1763431200000&owner=3`. A page sends the version it showed with each form; the entry point compares
it with the current one inside the writing transaction, while holding the writer lock. APIs compare `If-Match`
in the same way.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from streaklike.boxes.handover import list_holdings
from streaklike.boxes.responsible import responsible_id
from streaklike.people.refusals import DECLINED
from streaklike.store.models import (
    Box,
    BoxOwner,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    Flag,
    FollowUp,
    Message,
    Reminder,
    Task,
    User,
)
from streaklike.store.writing import in_chunks

Facts = dict[str, str]
GONE: Final = "gone"
"""Value of a fact whose object is no longer in the state that the page showed and cannot return to it."""

LOADED_AT: Final = "at"
"""When the page was loaded (UTC ms). Not compared; used to report what happened since."""


def write_version(facts: Mapping[str, str], names: Sequence[str], *, now: int) -> str:
    """Encode the version that a form carries: these facts, and the time at which they were shown.

    A missing fact, such as the flag a form is about, is GONE: no action on it can succeed.
    """
    return urlencode({**{name: facts.get(name, GONE) for name in names}, LOADED_AT: str(now)})


def read_version(text: str) -> Facts:
    """Parse a version. Text that is no version gives no facts."""
    return dict(parse_qsl(text, keep_blank_values=True))


def list_changed(seen: Mapping[str, str], facts: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """Return the names of facts that differ from those seen. A fact that was not sent counts as changed."""
    return {name for name in names if name not in seen or seen[name] != facts.get(name)}


def digest(value: Any) -> str:
    """Return a short hash of the value's repr."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def load_people(session: Session, root_ids: Collection[int]) -> dict[int, Facts]:
    """By root contact id: last inbound, what waits and who is responsible, and decisions about the person.

    Values come from the stored contact status, as on pages: evaluate the contact before comparing.
    """
    found: dict[int, Facts] = {}
    flags = _load_flags(session, root_ids)
    decisions = _load_decisions(session, root_ids)
    for chunk in in_chunks(root_ids):
        rows = session.execute(
            select(
                Contact,
                ContactStatus,
                responsible_id(ContactStatus.waiting_conversation_id, Contact.id),
                Conversation.owner_id,
            )
            .outerjoin(ContactStatus, ContactStatus.contact_id == Contact.id)
            .outerjoin(Conversation, Conversation.id == ContactStatus.waiting_conversation_id)
            .where(Contact.id.in_(chunk))
        )
        for contact, contact_status, answerer_id, taker_id in rows:
            waiting_id = contact_status and contact_status.waiting_conversation_id
            if (
                contact_status and contact_status.waiting_since_at is None
            ):  # waiting from before tracking began (R59)
                waiting_id = contact_status.before_conversation_id
            found[contact.id] = {
                "inbound": str((contact_status and contact_status.last_inbound_at) or 0),
                "waiting": str(waiting_id or 0),
                # Being responsible by a box and having taken the conversation differ: taking over needs a fresh look.
                "answerer": f"{answerer_id or 0}-{taker_id or 0}",
                "owner": str(contact.owner_id or 0),
                "tier": contact.tier or "none",
                "stop": digest((contact.do_not_contact_until, contact.do_not_contact_reason)),
                "decision": str(decisions.get(contact.id, 0)),
                "flags": " ".join(sorted(flags.get(contact.id, ()))),
            }
    return found


def _load_flags(session: Session, root_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for chunk in in_chunks(root_ids):
        columns = (Flag.contact_id, Flag.flag, Flag.reason, Flag.since_at)
        for root_id, flag, reason, since_at in session.execute(
            select(*columns).where(Flag.contact_id.in_(chunk))
        ):
            found.setdefault(root_id, set()).add(name_flag(flag, reason, since_at))
    return found


def name_flag(flag: str, reason: str, since_at: object) -> str:
    """Format a flag as the fact `flags` lists it."""
    return f"{flag}/{reason}/{since_at}"


def _load_decisions(session: Session, root_ids: Collection[int]) -> dict[int, int]:
    """By root contact id: the newest event that decided whether we may write to the person."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    found: dict[int, int] = {}
    for chunk in in_chunks(root_ids):
        rows = session.execute(
            select(root_id, func.max(Event.id))
            .join(Event, Event.contact_id == Contact.id)
            .where(
                root_id.in_(chunk),
                Event.kind.in_((DECLINED, "do_not_contact")),
                Event.undone_by_id.is_(None),
            )
            .group_by(root_id)
        )
        found.update({root: newest for root, newest in rows})  # noqa: C416 - rows are no pairs to dict()
    return found


def load_conversations(session: Session, conversation_ids: Collection[int]) -> dict[int, Facts]:
    """By conversation id: owner, newest inbound message, and whether mail of an unknown sender is open."""
    found: dict[int, Facts] = {}
    is_theirs = Message.direction == "inbound"
    is_open = case((and_(is_theirs, Message.author_id.is_(None), Message.answer == "open"), 1), else_=0)
    for chunk in in_chunks(conversation_ids):
        rows = session.execute(
            select(
                Conversation.id,
                Conversation.owner_id,
                func.max(case((is_theirs, Message.at))),
                func.max(is_open),
            )
            .join(Message, Message.conversation_id == Conversation.id)
            .where(Conversation.id.in_(chunk), Message.is_live)
            .group_by(Conversation.id, Conversation.owner_id)
        )
        for conversation_id, owner_id, newest_at, is_waiting in rows:
            found[conversation_id] = {
                "inbound": str(newest_at or 0),
                "answerer": str(owner_id or 0),
                "waiting": "1" if is_waiting else GONE,
            }
    return found


def load_boxes(session: Session, uids: Collection[str]) -> dict[str, Facts]:
    """By box uid: stage, owners, and whether it is closed."""
    found: dict[str, Facts] = {}
    for chunk in in_chunks(uids):
        boxes = list(session.scalars(select(Box).where(Box.uid.in_(chunk))))
        owners: dict[int, list[int]] = {}
        of_boxes = select(BoxOwner.box_id, BoxOwner.user_id).where(BoxOwner.box_id.in_([b.id for b in boxes]))
        for box_id, user_id in session.execute(of_boxes.order_by(BoxOwner.position)):
            owners.setdefault(box_id, []).append(user_id)
        for box in boxes:
            found[box.uid] = {
                "stage": str(box.stage_id),
                "owners": " ".join(map(str, owners.get(box.id, ()))),
                "closed": str(box.closed_at or 0),
            }
    return found


def load_tasks(session: Session, uids: Collection[str]) -> dict[str, Facts]:
    """By task uid: whether the task is done, and when it is due."""
    return _load_due(session, Task, uids)


def load_follow_ups(session: Session, uids: Collection[str]) -> dict[str, Facts]:
    """By follow-up uid: whether it is done, and when it is due."""
    return _load_due(session, FollowUp, uids)


def load_reminders(session: Session, uids: Collection[str]) -> dict[str, Facts]:
    """By reminder uid: whether it is done, and when it is due."""
    return _load_due(session, Reminder, uids)


def _load_due(
    session: Session, model: type[Task | FollowUp | Reminder], uids: Collection[str]
) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for chunk in in_chunks(uids):
        columns = (model.uid, model.done_at, model.due_at)
        for uid, done_at, due_at in session.execute(select(*columns).where(model.uid.in_(chunk))):
            found[uid] = {"done": "0" if done_at is None else GONE, "due": str(due_at)}
    return found


def load_members(session: Session, user_ids: Collection[int]) -> dict[int, Facts]:
    """By user id: the member's role, and whether they have access."""
    users = session.scalars(select(User).where(User.id.in_(user_ids)))
    return {user.id: {"role": user.role, "access": str(user.disabled_at or 0)} for user in users}


def load_touches(session: Session, rfc_ids: Collection[str]) -> dict[str, Facts]:
    """By Message-ID: the touch class of our outbound mail."""
    found: dict[str, Facts] = {}
    for chunk in in_chunks(rfc_ids):
        mails = select(Message.rfc_id, Message.touch_class).where(
            Message.rfc_id.in_(chunk), Message.touch_class.is_not(None)
        )
        found.update({rfc_id: {"class": name or ""} for rfc_id, name in session.execute(mails)})
    return found


def load_packs(session: Session, user_ids: Collection[int]) -> dict[int, Facts]:
    """By user id: everything the member owns."""
    found: dict[int, Facts] = {}
    for user_id in user_ids:
        held = [f"{holding.kind}:{holding.id}" for holding in list_holdings(session, user_id)]
        found[user_id] = {"held": " ".join(held), "pack": digest(held)}
    return found
