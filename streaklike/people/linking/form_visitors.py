"""Reattributes a website form's stored mail to or from its visitors, when the team marks or unmarks forms
(R53, R11).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from streaklike.mail.addresses import address_kind
from streaklike.mail.team import Team
from streaklike.people.linking.changed import Changed, invalidate
from streaklike.people.linking.contacts.candidates import resolve_contacts
from streaklike.people.linking.contacts.names import resolve_names
from streaklike.people.linking.contacts.rechecks import find_people, load_instants
from streaklike.people.linking.link import link
from streaklike.people.tables import ADDRESS, MESSAGE, PARTICIPANT
from streaklike.people.touch_classes import read_anew
from streaklike.store.models import Address
from streaklike.store.writing import insert_missing, lock_writer

NOTHING_CHANGED = Changed(frozenset(), frozenset(), frozenset())


def relink_form(session: Session, team: Team, key: str, *, now: int) -> Changed:
    """Recompute the author of stored mail from this address, by the forms the team has marked now.

    Needs the Reply-To recorded in `details["visitor"]`; mail stored before that was recorded is unchanged
    until it is read again.
    """
    session.flush()
    lock_writer(session)
    sender_id = session.scalar(select(ADDRESS.c.id).where(ADDRESS.c.key == key))
    reclassified = list(_find_reclassified(session, team, key, sender_id)) if sender_id is not None else []
    if sender_id is None or not reclassified:
        return NOTHING_CHANGED
    message_ids = {message_id for message_id, *_ in reclassified}
    visitors = _ensure_addresses(session, {details["visitor"]["key"] for _, _, details in reclassified})
    instants = load_instants(session, message_ids)
    for message_id, at, details in reclassified:
        visitor = details["visitor"]
        if details.get("by_form"):
            _revert_credit(session, message_id, sender_id, details)
        else:
            _credit(session, message_id, at, visitors[visitor["key"]], details)
    instants.update(
        {key: found for key, found in load_instants(session, message_ids).items() if key not in instants}
    )
    changed = link(session, message_ids, now=now)
    read_anew(session, message_ids)
    people = resolve_contacts(session, (), rechecked=find_people(session, instants), now=now)
    renamed = resolve_names(session, (), created=people.created, rechecked=people.judged)
    marked = invalidate(session, {*people.judged, *people.changed, *people.created.values(), *renamed})
    session.expire_all()
    return Changed(changed.message_ids, changed.conversation_ids, changed.contact_ids | marked)


def _find_reclassified(
    session: Session, team: Team, key: str, sender_id: int
) -> Iterable[tuple[int, int, dict[str, Any]]]:
    """Yield (id, instant, details) of mail from this address whose form classification has changed."""
    sent = select(PARTICIPANT.c.message_id).where(
        PARTICIPANT.c.address_id == sender_id, PARTICIPANT.c.role.in_(("author", "from"))
    )
    rows = session.execute(
        select(MESSAGE.c.id, MESSAGE.c.at, MESSAGE.c.details).where(
            MESSAGE.c.id.in_(sent), MESSAGE.c.direction != "outbound", MESSAGE.c.details.is_not(None)
        )
    )
    for message_id, at, details in rows:
        visitor = details.get("visitor") if details else None
        if visitor is None or team.is_inside(visitor["key"]):
            continue
        if team.is_form(key, is_known_elsewhere=visitor["is_foreign_form"]) != bool(details.get("by_form")):
            yield message_id, at, dict(details)


def _ensure_addresses(session: Session, keys: Iterable[str]) -> Mapping[str, int]:
    wanted = sorted(keys)
    rows = [{"key": key, "side": "outside", "kind": address_kind(key)} for key in wanted]
    insert_missing(session, Address, rows)
    return dict(session.execute(select(ADDRESS.c.key, ADDRESS.c.id).where(ADDRESS.c.key.in_(wanted))).all())


def _credit(session: Session, message_id: int, at: int, visitor_id: int, details: dict[str, Any]) -> None:
    """Make the visitor the author; the form's address becomes the From."""
    visitor = details["visitor"]
    of_author = PARTICIPANT.c.message_id == message_id, PARTICIPANT.c.role == "author"
    session.execute(update(PARTICIPANT).where(*of_author).values(role="from"))
    session.execute(
        insert(PARTICIPANT).values(
            message_id=message_id,
            role="author",
            address_id=visitor_id,
            at=at,
            name=visitor["name"],
            shown=visitor["shown"],
        )
    )
    _update(
        session,
        message_id,
        author_id=visitor_id,
        own_kind="human",
        is_subject_automatic=False,
        is_by_form=True,
        details={**details, "by_form": True},
    )


def _revert_credit(session: Session, message_id: int, sender_id: int, details: dict[str, Any]) -> None:
    """Make the sending address the author again, and restore the mail's own kind."""
    visitor = details["visitor"]
    of_message = PARTICIPANT.c.message_id == message_id
    session.execute(delete(PARTICIPANT).where(of_message, PARTICIPANT.c.role == "author"))
    session.execute(update(PARTICIPANT).where(of_message, PARTICIPANT.c.role == "from").values(role="author"))
    _update(
        session,
        message_id,
        author_id=sender_id,
        own_kind=visitor["kind"],
        is_subject_automatic=visitor["is_subject_automatic"],
        is_by_form=False,
        details={name: value for name, value in details.items() if name != "by_form"},
    )


def _update(session: Session, message_id: int, **values: Any) -> None:
    session.execute(update(MESSAGE).where(MESSAGE.c.id == message_id).values(**values))
