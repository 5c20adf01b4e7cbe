"""What a flag's evidence names, ready to be shown: mail, things logged by hand, tasks and boxes (R50)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from streaklike.boxes.notes import is_inbound
from streaklike.cadence.queries.flag_views import FlagView
from streaklike.store.models import Box, Event, Mailbox, MailboxMessage, Message, Task, User
from streaklike.store.writing import in_chunks
from streaklike.sync.internal_ids import IS_BRIDGE
from streaklike.wording.money import format_amount

GROUP_REPLY: Final = "group_reply"
"""The kind of a reply that went to a group of the team alone."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing counted: when, what it says, and by which colleague (None: by the person)."""

    key: str
    at: int
    kind: str
    text: str
    by: str | None
    is_ours: bool


def keys_of(flag: FlagView) -> tuple[str, ...]:
    """All that a flag names: what it counts, and the mail that may be the answer (R36)."""
    return (*flag.evidence, flag.suggested_answer) if flag.suggested_answer else flag.evidence


def load_evidence(session: Session, keys: Collection[str]) -> dict[str, Evidence]:
    """The evidence behind Message-IDs and uids, in a fixed number of queries per 500."""
    found: dict[str, Evidence] = {}
    for chunk in in_chunks(sorted(keys)):
        senders = dict(session.execute(_senders(chunk)).all())
        replies = _group_replies(session, chunk)
        for item in (*replies, *_mails(session, chunk, senders), *_events(session, chunk)):
            found[item.key] = item
    return found


def _mails(session: Session, keys: Collection[str], senders: dict[int, str]) -> Iterator[Evidence]:
    query = select(Message.id, Message.rfc_id, Message.at, Message.subject, Message.direction).where(
        Message.rfc_id.in_(keys), Message.is_live
    )
    for message_id, rfc_id, at, subject, direction in session.execute(query):
        is_ours = direction == "outbound"
        yield Evidence(rfc_id, at, "email", subject, senders.get(message_id) if is_ours else None, is_ours)


def _group_replies(session: Session, keys: Collection[str]) -> Iterator[Evidence]:
    """Replies to a group of the team alone (R35): internal, so that nothing of them is kept but who sent them, and when."""
    query = (
        select(MailboxMessage.rfc_id, MailboxMessage.at, User.name)
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .join(User, User.id == Mailbox.user_id)
        .where(
            MailboxMessage.rfc_id.in_(keys),
            MailboxMessage.group_keys.is_not(None),
            MailboxMessage.is_sent,
            IS_BRIDGE,
        )
    )
    for rfc_id, at, name in session.execute(query):
        yield Evidence(rfc_id or "", at or 0, GROUP_REPLY, "", name, is_ours=True)


def _senders(keys: Collection[str]) -> Select[*tuple[Any, ...]]:
    """Whose mailbox holds a message as sent (R14)."""
    return (
        select(MailboxMessage.message_id, User.name)
        .join(Message, Message.id == MailboxMessage.message_id)
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .join(User, User.id == Mailbox.user_id)
        .where(Message.rfc_id.in_(keys), MailboxMessage.is_sent)
    )


def _events(session: Session, keys: Collection[str]) -> Iterator[Evidence]:
    """Events, tasks and boxes by uid: ours, but for what was logged as coming from the person (R56)."""
    events = (
        select(Event.uid, Event.at, Event.kind, Event.text, Event.data, User.name)
        .outerjoin(User, User.id == Event.author_id)
        .where(Event.uid.in_(keys))
    )
    tasks = (
        select(Task.uid, Task.due_at, Task.text, User.name)
        .outerjoin(User, User.id == Task.owner_id)
        .where(Task.uid.in_(keys))
    )
    boxes = select(Box.uid, Box.stage_since_at, Box.name).where(Box.uid.in_(keys))
    for uid, at, kind, text, data, name in session.execute(events):
        is_ours = not is_inbound(data)
        said = _name_gift(data, text) if kind == "gift" else text
        yield Evidence(uid, at, kind, said, name if is_ours else None, is_ours)
    for uid, at, text, name in session.execute(tasks):
        yield Evidence(uid, at, "task", text, name, is_ours=True)
    for uid, at, name in session.execute(boxes):
        yield Evidence(uid, at, "box", name, None, is_ours=True)


def _name_gift(data: Mapping[str, Any], text: str) -> str:
    """A gift by its amount, or by what was written down of one in kind."""
    return format_amount(str(data["amount"]), str(data.get("currency") or "")) if data.get("amount") else text
