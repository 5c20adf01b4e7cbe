"""When somebody last received mail of each class from us (R52): each class has its own clock."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.mail.touch_class import THANKING
from streaklike.people.tables import MESSAGE, PARTICIPANT
from streaklike.people.timeline_entries import came_back
from streaklike.store.models import Address, Event
from streaklike.sync.touch_words import holds_thanks

CLASSES: Final = ("ask", "thank", "inform", "serve")
"""In display order."""


def last_by_class(session: Session, contact_ids: Collection[int]) -> dict[str, int]:
    """Return by class when these contacts last received mail of ours, or when an ask was last logged."""
    address_ids = list(session.scalars(select(Address.id).where(Address.contact_id.in_(contact_ids))))
    m, p = MESSAGE.c, PARTICIPANT.c
    rows = session.execute(
        select(m.touch_class, func.max(m.at))
        .join_from(PARTICIPANT, MESSAGE, m.id == p.message_id)
        .where(
            p.address_id.in_(address_ids),
            p.role.in_(("to", "bcc")),
            m.is_live,
            m.direction == "outbound",
            m.touch_class.is_not(None),
            ~came_back(),
        )
        .group_by(m.touch_class),
        {"address_ids": address_ids},
    )
    last = {touch_class: at for touch_class, at in rows if touch_class is not None}
    beside = session.execute(
        select(m.at, m.touch_class, m.touch_words)
        .join_from(PARTICIPANT, MESSAGE, m.id == p.message_id)
        .where(
            p.address_id.in_(address_ids),
            p.role.in_(("to", "bcc")),
            m.is_live,
            m.direction == "outbound",
            m.touch_class != "thank",
            m.touch_words.contains(THANKING),
            m.at > last.get("thank", 0),
            ~came_back(),
        ),
        {"address_ids": address_ids},
    )
    thanked = [at for at, touch_class, words in beside if holds_thanks(touch_class, words)]
    if thanked:
        last["thank"] = max(thanked)
    asked_at = session.scalar(
        select(func.max(Event.at)).where(
            Event.contact_id.in_(contact_ids), Event.kind == "ask", Event.undone_by_id.is_(None)
        )
    )
    if asked_at is not None:
        last["ask"] = max(asked_at, last.get("ask", 0))
    return {name: last[name] for name in CLASSES if name in last}
