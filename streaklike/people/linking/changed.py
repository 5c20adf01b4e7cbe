"""The result of linking: changed messages, and the people it concerns."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, exists, select, update
from sqlalchemy.orm import Session, aliased

from streaklike.people.tables import ADDRESS, CONTACT, CONVERSATION, MESSAGE, PARTICIPANT
from streaklike.people.touched import record_touched
from streaklike.store.in_values import in_values
from streaklike.store.models import ContactStatus, Event
from streaklike.store.writing import in_chunks, insert_for


@dataclass(frozen=True, slots=True)
class Changed:
    """The messages linked or reclassified, the conversations touched, and the contacts (roots) now due."""

    message_ids: frozenset[int]
    conversation_ids: frozenset[int]
    contact_ids: frozenset[int]


def find_people_in(session: Session, conversation_ids: Collection[int]) -> set[int]:
    """Return the contacts (roots) that take part in these conversations, in any role."""
    found: set[int] = set()
    for chunk in in_chunks(conversation_ids):
        found.update(
            session.scalars(
                select(CONTACT.c.root_id)
                .distinct()
                .select_from(
                    MESSAGE.join(PARTICIPANT, PARTICIPANT.c.message_id == MESSAGE.c.id)
                    .join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id)
                    .join(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id)
                )
                .where(in_values(session, MESSAGE.c.conversation_id, chunk), ADDRESS.c.side == "outside")
            )
        )
    return found


def resolve_deserted(session: Session, conversation_ids: Collection[int]) -> None:
    """Set conversations without contact or candidate to quiet: no status evaluation would update them (R33).

    Also clear the answer status of mail that is no longer inbound because its author is now a member (R39).
    """
    people = (
        MESSAGE.join(PARTICIPANT, PARTICIPANT.c.message_id == MESSAGE.c.id)
        .join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id)
        .join(CONTACT, CONTACT.c.id == ADDRESS.c.contact_id)
    )
    is_left = (
        exists()
        .select_from(people)
        .where(MESSAGE.c.conversation_id == CONVERSATION.c.id, ADDRESS.c.side == "outside")
    )
    for chunk in in_chunks(conversation_ids):
        session.execute(
            update(CONVERSATION)
            .where(
                in_values(session, CONVERSATION.c.id, chunk), CONVERSATION.c.reply_state != "quiet", ~is_left
            )
            .values(reply_state="quiet", needs_reply_at=None)
        )
        session.execute(
            update(MESSAGE)
            .where(
                in_values(session, MESSAGE.c.conversation_id, chunk),
                MESSAGE.c.direction != "inbound",
                MESSAGE.c.answer.is_not(None),
            )
            .values(answer=None)
        )


def resolve_nobodys_mail(session: Session, conversation_ids: Collection[int] | None = None) -> None:
    """Mail from machines or lists needs no reply; mark it for_information (R10, R39).

    In these conversations, or all.
    """
    m, a = MESSAGE.c, ADDRESS.c
    nobodys = (
        select(m.id)
        .join(ADDRESS, a.id == m.author_id)
        .where(
            a.contact_id.is_(None),
            a.side == "outside",
            a.kind.in_(("machine", "list")),
            m.kind == "human",
            m.direction == "inbound",
            m.is_live,
            m.answer.is_(None),
        )
    )
    if conversation_ids is None:
        # For a full run, start from the few machine and list addresses rather than from all mail.
        of_nobody = (
            select(PARTICIPANT.c.message_id)
            .join(ADDRESS, a.id == PARTICIPANT.c.address_id)
            .where(a.contact_id.is_(None), a.kind.in_(("machine", "list")), PARTICIPANT.c.role == "author")
        )
        statements = [nobodys.where(m.id.in_(of_nobody))]
    else:
        statements = [
            nobodys.where(in_values(session, m.conversation_id, chunk))
            for chunk in in_chunks(conversation_ids)
        ]
    for statement in statements:
        ids = list(session.scalars(statement))
        if ids:
            session.execute(
                update(MESSAGE).where(in_values(session, m.id, ids)).values(answer="for_information")
            )
    _resolve_strangers(session, conversation_ids)


def _resolve_strangers(session: Session, conversation_ids: Collection[int] | None) -> None:
    """Resolve inbound mail without an address in From (R13), on which no other outside person takes part.

    It is open until later mail of ours in the conversation, or until closed: no person's evaluation would set
    its answer status (R39).
    """
    m, later = MESSAGE.c, MESSAGE.alias().c
    outside = (
        exists()
        .select_from(PARTICIPANT.join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id))
        .where(PARTICIPANT.c.message_id == m.id, ADDRESS.c.side == "outside")
    )
    is_strangers = (m.author_id.is_(None), m.direction == "inbound", m.kind == "human", m.is_live, ~outside)
    is_answered = exists().where(
        later.conversation_id == m.conversation_id,
        later.direction == "outbound",
        later.is_live,
        later.at > m.at,
    )
    status = case(
        (~m.is_addressed, "for_information"),
        (is_answered, "answered"),
        (_is_closed(m.conversation_id, m.at), "closed"),
        else_="open",
    )
    chunks = [None] if conversation_ids is None else in_chunks(conversation_ids)
    for chunk in chunks:
        of_chunk = () if chunk is None else (in_values(session, m.conversation_id, chunk),)
        rows = session.execute(select(m.id, status).where(*is_strangers, *of_chunk)).all()
        for answer in {found for _, found in rows}:
            ids = [message_id for message_id, found in rows if found == answer]
            session.execute(update(MESSAGE).where(in_values(session, m.id, ids)).values(answer=answer))


def _is_closed(conversation_id: ColumnElement[int | None], at: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether the whole conversation was closed after the mail, and neither undone nor reopened."""
    closing, reopening = aliased(Event), aliased(Event)
    is_reopened = exists().where(
        reopening.conversation_id == closing.conversation_id,
        reopening.kind == "reopened",
        reopening.undone_by_id.is_(None),
        reopening.at > closing.at,
    )
    return exists().where(
        closing.conversation_id == conversation_id,
        closing.kind == "no_reply_needed",
        closing.contact_id.is_(None),
        closing.undone_by_id.is_(None),
        closing.at >= at,
        ~is_reopened,
    )


def invalidate(session: Session, contact_ids: Iterable[int]) -> frozenset[int]:
    """Mark these contacts' statuses due. Returns those that are roots, which are the ones marked."""
    roots: set[int] = set()
    for chunk in in_chunks(set(contact_ids)):
        roots.update(
            session.scalars(
                select(CONTACT.c.id).where(
                    in_values(session, CONTACT.c.id, chunk), CONTACT.c.root_id == CONTACT.c.id
                )
            )
        )
    if roots:
        statement = insert_for(session, ContactStatus).on_conflict_do_update(  # type: ignore[attr-defined]
            index_elements=["contact_id"], set_={"due_at": 0}
        )
        session.execute(statement, [{"contact_id": key, "due_at": 0} for key in sorted(roots)])
        record_touched(session, sorted(roots))
    return frozenset(roots)
