import pytest
from sqlalchemy import select

from streaklike.people.errors import AlreadyUndone
from streaklike.people.events import mark_due, record_event, undo_event
from streaklike.store.database import Database
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    Contact,
    ContactStatus,
    Conversation,
    Message,
    User,
)
from tests.factories import AN, BO, MEI, T0, PostOffice, make_box


def make_contact(session, office: PostOffice, person: str) -> Contact:
    contact = Contact(kind="contact", created_at=T0)
    session.add(contact)
    session.flush()
    contact.root_id = contact.id
    session.get_one(Address, office.address(person)).contact_id = contact.id
    session.flush()
    return contact


def list_due(session) -> list[int]:
    return sorted(session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0)))


def settle(session) -> None:
    for contact_status in session.scalars(select(ContactStatus)):
        contact_status.due_at = None
    session.flush()


def test_an_event_has_a_uid_and_both_instants(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = make_contact(session, office, AN)
        event = record_event(
            session,
            "call",
            at=T0,
            now=T0 + 5,
            author_id=office.user(MEI),
            contact_id=contact.id,
            text="Spoke",
        )
        assert len(event.uid) == 32
        assert (event.at, event.logged_at) == (T0, T0 + 5)


def test_an_event_makes_the_root_of_its_contact_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        an, bo = make_contact(session, office, AN), make_contact(session, office, BO)
        bo.merged_into_id = bo.root_id = an.id
        session.flush()
        record_event(session, "note", at=T0, now=T0, author_id=None, contact_id=bo.id)
        assert list_due(session) == [an.id]
        settle(session)
        mark_due(session, [bo.id, an.id])
        assert list_due(session) == [an.id]


def test_an_event_on_a_box_makes_its_people_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        an, bo = make_contact(session, office, AN), make_contact(session, office, BO)
        box = make_box(session)
        facts = {"name": "Plums", "created_at": T0, "stage_since_at": T0}
        other = Box(uid="b2", pipeline_id=box.pipeline_id, stage_id=box.stage_id, **facts)
        session.add(other)
        session.flush()
        session.add(BoxContact(box_id=box.id, contact_id=an.id))
        session.add(BoxContact(box_id=other.id, contact_id=bo.id))
        record_event(session, "owner", at=T0, now=T0, author_id=None, box_id=box.id)
        assert list_due(session) == [an.id]


def test_an_event_on_a_conversation_makes_those_in_it_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        an, bo = make_contact(session, office, AN), make_contact(session, office, BO)
        conversation = Conversation(group_id=1, subject="x", first_at=T0, last_at=T0)
        session.add(conversation)
        session.flush()
        message = session.get_one(Message, office.post(AN, [MEI]))
        message.conversation_id = conversation.id
        office.post(BO, [MEI])
        record_event(
            session, "no_reply_needed", at=T0, now=T0, author_id=None, conversation_id=conversation.id
        )
        assert list_due(session) == [an.id]
        assert bo.id not in list_due(session)


def test_an_event_is_undone_once(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = make_contact(session, office, AN)
        event = record_event(session, "note", at=T0, now=T0, author_id=None, contact_id=contact.id)
        settle(session)
        mei = session.get_one(User, office.user(MEI, role="admin"))
        undoing = undo_event(session, event, by=mei, now=T0 + 9)
        assert undoing.author_id == mei.id
        assert undoing.kind == "undo"
        assert undoing.data == {"undoes": event.uid}
        assert event.undone_by_id == undoing.id
        assert list_due(session) == [contact.id]
        with pytest.raises(AlreadyUndone):
            undo_event(session, event, by=None, now=T0 + 10)
