import pytest
from sqlalchemy import select

from streaklike.boxes.errors import BadText, BoxClosed, BoxNotFound, OwnerHasLeft
from streaklike.boxes.lifecycle import (
    add_box_contact,
    add_box_conversation,
    close_box,
    create_box,
    get_box,
    remove_box_contact,
    remove_box_conversation,
    rename_box,
    reopen_box,
)
from streaklike.boxes.owners import list_owner_emails, set_owners
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.people.contacts import add_contact
from streaklike.people.merging import merge
from streaklike.people.timeline import list_timeline
from streaklike.store.database import Database
from streaklike.store.models import (
    BoxContact,
    BoxConversation,
    ContactStatus,
    Conversation,
    Event,
    Message,
    User,
)
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice


def start(session) -> tuple[PostOffice, User, User]:
    office = PostOffice(session)
    ensure_start_pipelines(session)
    mei, wei = (session.get_one(User, office.user(person)) for person in (MEI, WEI))
    return office, mei, wei


def test_a_box_is_made_with_its_people_and_owners_and_says_so(database: Database):
    with database.begin() as session:
        _, mei, wei = start(session)
        an = add_contact(session, AN, by=mei, now=T0)
        box = create_box(
            session, "cases", "new", name=" A  van ", contacts=[an], owners=[wei, mei], by=mei, now=T0 + 1
        )
        assert get_box(session, box.uid) is box
        assert (box.name, box.created_at, box.stage_since_at, box.closed_at) == (
            "A van",
            T0 + 1,
            T0 + 1,
            None,
        )
        assert list_owner_emails(session, box) == ["wei@ngo.example", "mei@ngo.example"], "as named (R58)"
        event = session.scalars(select(Event).where(Event.box_id == box.id)).one()
        assert (event.kind, event.author_id) == ("box", mei.id)
        assert event.data == {
            "box": box.uid, "did": "created", "name": "A van", "pipeline": "cases", "stage": "new",
            "contacts": ["an@donor.example"], "owners": ["wei@ngo.example", "mei@ngo.example"],
        }  # fmt: skip
        shown = list_timeline(session, an.id)
        assert (shown[0].kind, shown[0].box_name) == ("box", "A van")


def test_a_box_needs_a_name_and_owners_who_are_there(database: Database):
    with database.begin() as session:
        _, mei, _ = start(session)
        with pytest.raises(BadText):
            create_box(session, "cases", "new", name="  ", by=mei, now=T0)
        mei.disabled_at = T0
        with pytest.raises(OwnerHasLeft):
            create_box(session, "cases", "new", name="A van", owners=[mei], by=mei, now=T0)
        with pytest.raises(BoxNotFound):
            get_box(session, "none")


def test_a_box_is_renamed_closed_and_opened_again(database: Database):
    with database.begin() as session:
        start(session)
        box = create_box(session, "cases", "new", name="A van", by=None, now=T0)
        assert rename_box(session, box, "A van", by=None, now=T0 + 1) is None
        renamed = rename_box(session, box, "Two vans", by=None, now=T0 + 1)
        assert renamed is not None
        assert (renamed.data["name"], renamed.data["was"]) == ("Two vans", "A van")
        assert reopen_box(session, box, by=None, now=T0 + 2) is None
        close_box(session, box, by=None, now=T0 + 3)
        assert box.closed_at == T0 + 3
        with pytest.raises(BoxClosed):
            close_box(session, box, by=None, now=T0 + 4)
        assert reopen_box(session, box, by=None, now=T0 + 5) is not None
        assert box.closed_at is None


def test_people_come_and_go_and_each_is_due(database: Database):
    with database.begin() as session:
        start(session)
        an, bo = add_contact(session, AN, by=None, now=T0), add_contact(session, BO, by=None, now=T0)
        box = create_box(session, "cases", "new", name="A van", by=None, now=T0)
        assert add_box_contact(session, box, an, by=None, now=T0) is not None
        assert add_box_contact(session, box, an, by=None, now=T0) is None
        add_box_contact(session, box, bo, by=None, now=T0)
        for contact_status in session.scalars(select(ContactStatus)):
            contact_status.due_at = None
        merge(session, an, bo, by=None, now=T0 + 1)
        removed = remove_box_contact(session, box, an, by=None, now=T0 + 2)
        assert removed is not None
        assert removed.data["contacts"] == ["an@donor.example", "bo@donor.example"]
        assert session.scalars(select(BoxContact)).all() == []
        assert session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0)).all() == [
            an.id
        ]
        assert remove_box_contact(session, box, an, by=None, now=T0 + 3) is None


def test_conversations_come_and_go(database: Database):
    with database.begin() as session:
        office, _, _ = start(session)
        message = office.post(AN, [MEI], rfc_id="van@donor.example", subject="A van")
        office.link()
        conversation_id = session.scalars(select(Message.conversation_id).where(Message.id == message)).one()
        conversation = session.get_one(Conversation, conversation_id)
        box = create_box(session, "cases", "new", name="A van", by=None, now=T0)
        added = add_box_conversation(session, box, conversation, by=None, now=T0)
        assert added is not None
        assert added.data["conversation"] == "van@donor.example"
        assert add_box_conversation(session, box, conversation, by=None, now=T0) is None
        assert remove_box_conversation(session, box, conversation, by=None, now=T0) is not None
        assert session.scalars(select(BoxConversation)).all() == []
        assert remove_box_conversation(session, box, conversation, by=None, now=T0) is None


def test_owners_are_several_and_leavers_may_stay_but_not_come(database: Database):
    with database.begin() as session:
        _, mei, wei = start(session)
        box = create_box(session, "cases", "new", name="A van", owners=[mei], by=mei, now=T0)
        event = set_owners(session, box, [wei, mei], by=mei, now=T0 + 1)
        assert event is not None
        assert event.data == {
            "box": box.uid, "owners": ["wei@ngo.example", "mei@ngo.example"], "was": ["mei@ngo.example"],
        }  # fmt: skip
        assert set_owners(session, box, [wei, mei], by=mei, now=T0 + 2) is None
        mei.disabled_at = T0 + 3
        set_owners(session, box, [], by=wei, now=T0 + 4)
        assert list_owner_emails(session, box) == []
        with pytest.raises(OwnerHasLeft):
            set_owners(session, box, [mei], by=wei, now=T0 + 5)
