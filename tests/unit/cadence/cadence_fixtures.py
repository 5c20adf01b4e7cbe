"""What the database tests share: reading what a refresh wrote, by address."""

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import FlagView, list_flags
from streaklike.people.finding import get_contact
from streaklike.store.models import Contact, ContactStatus, Conversation, Flag, Message, User
from tests.factories import key_of


def person(session: Session, who: str) -> Contact:
    return get_contact(session, key_of(who))


def member(session: Session, who: str) -> User:
    return session.scalars(select(User).where(User.email == key_of(who))).one()


def admin(session: Session, who: str) -> User:
    """The member, made an admin: who edits the policy."""
    user = member(session, who)
    user.role = "admin"
    return user


def status_of(session: Session, who: str, *, now: int) -> ContactStatus:
    """The standing as a refresh at `now` leaves it."""
    refresh(session, now=now)
    session.expire_all()
    return session.get_one(ContactStatus, person(session, who).id)


def answer_of(session: Session, message_id: int) -> str | None:
    session.expire_all()
    return session.get_one(Message, message_id).answer


def conversation_of(session: Session, message_id: int) -> Conversation:
    session.expire_all()
    return session.get_one(Conversation, session.get_one(Message, message_id).conversation_id)


def flags_of(session: Session, who: str, *, now: int) -> list[FlagView]:
    refresh(session, now=now)
    return list_flags(session, now=now, contact_id=person(session, who).id)


def reasons_of(session: Session, who: str, *, now: int) -> list[str]:
    return [flag.reason for flag in flags_of(session, who, now=now)]


def snapshot(session: Session) -> list[tuple[Any, ...]]:
    """All that cadence wrote, by natural keys where ids depend on the order of arrival."""
    session.expire_all()
    rfc_ids = {row.id: row.rfc_id for row in session.scalars(select(Message))}
    conversations = {
        row.conversation_id: row.rfc_id
        for row in session.scalars(select(Message).order_by(Message.at.desc()))
    }
    names = {row.id: row.name for row in session.scalars(select(Contact))}
    local = {"id", "contact_id", "conversation_id", "waiting_conversation_id", "evaluated_at"}
    rows: list[tuple[Any, ...]] = []
    for model in (ContactStatus, Flag):
        for row in session.scalars(select(model)):
            facts = {c.key: getattr(row, c.key) for c in inspect(model).columns if c.key not in local}
            place = getattr(row, "conversation_id", None) or getattr(row, "waiting_conversation_id", None)
            rows.append((model.__tablename__, names[row.contact_id], conversations.get(place), repr(facts)))
    rows += [("answer", rfc_ids[row.id], row.answer, "") for row in session.scalars(select(Message))]
    rows += [
        ("conversation", conversations.get(row.id), row.reply_state, str(row.needs_reply_at))
        for row in session.scalars(select(Conversation))
    ]
    return sorted(rows, key=repr)
