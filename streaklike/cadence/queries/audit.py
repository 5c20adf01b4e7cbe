"""Conservation (R39): every inbound human message has exactly one answer status, and the counts prove it."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, null, select
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.notes import ASKING_KINDS, wants_reply
from streaklike.boxes.responsible import responsible_id
from streaklike.cadence.model.history import ANSWERED, CLOSED, FOR_INFORMATION, OPEN
from streaklike.store.models import (
    Address,
    Contact,
    Event,
    Message,
)


@dataclass(frozen=True, slots=True)
class Audit:
    """R39's counts of mail, and of logged entries that want a reply (R56).

    `inbound_human` is counted from the raw rows, the five statuses separately; `unaccounted` is the
    difference.
    """

    inbound_human: int
    answered: int
    open_owned: int
    open_unassigned: int
    closed: int
    for_information: int

    @property
    def unaccounted(self) -> int:
        """How many have no status. Negative if something was counted twice, which is as wrong."""
        statuses = (self.answered, self.open_owned, self.open_unassigned, self.closed, self.for_information)
        return self.inbound_human - sum(statuses)


def audit(session: Session) -> Audit:
    """Count all inbound human mail outside trash and spam, and logged entries; mail of candidates too."""
    total = session.scalar(select(func.count()).select_from(Message).where(_is_inbound_human()))
    root = aliased(Contact)
    status = case(
        (Message.answer != OPEN, Message.answer),
        (responsible_id(Message.conversation_id, root.id).is_not(None), "open_owned"),
        else_="open_unassigned",
    )
    rows = session.execute(
        select(status, func.count(Message.id))
        .outerjoin(Address, Address.id == Message.author_id)
        .outerjoin(Contact, Contact.id == Address.contact_id)
        .outerjoin(root, root.id == func.coalesce(Contact.root_id, Contact.id))
        .where(_is_inbound_human(), Message.answer.is_not(None))
        .group_by(status)
    )
    logged = _list_logged(session)
    counts = Counter[str](dict(rows.all()))
    counts.update(status for status in logged if status is not None)
    return Audit(
        inbound_human=(total or 0) + len(logged),
        answered=counts.get(ANSWERED, 0),
        open_owned=counts.get("open_owned", 0),
        open_unassigned=counts.get("open_unassigned", 0),
        closed=counts.get(CLOSED, 0),
        for_information=counts.get(FOR_INFORMATION, 0),
    )


def _list_logged(session: Session) -> list[str | None]:
    """Return the answer status of each logged call or message that wants a reply (R56); None if it has none."""
    root = aliased(Contact)
    rows = session.execute(
        select(Event.kind, Event.data, Event.answer, responsible_id(null(), root.id).is_not(None))
        .join(Contact, Contact.id == Event.contact_id)
        .join(root, root.id == func.coalesce(Contact.root_id, Contact.id))
        .where(Event.kind.in_(ASKING_KINDS), Event.undone_by_id.is_(None))
    )
    return [
        ("open_owned" if is_owned else "open_unassigned") if answer == OPEN else answer
        for kind, data, answer, is_owned in rows
        if wants_reply(kind, data)
    ]


def _is_inbound_human() -> ColumnElement[bool]:
    return and_(Message.direction == "inbound", Message.kind == "human", Message.is_live)
