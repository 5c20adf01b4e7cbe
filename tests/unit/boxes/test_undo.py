from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.lifecycle import (
    add_box_contact,
    add_box_conversation,
    close_box,
    create_box,
    remove_box_contact,
    remove_box_conversation,
    rename_box,
    reopen_box,
)
from streaklike.boxes.movement import move_box
from streaklike.boxes.notes import log, log_gift
from streaklike.boxes.owners import list_owner_emails, set_owners
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.boxes.undo import undo
from streaklike.instants import DAY
from streaklike.people.contacts import (
    FOREVER,
    add_contact,
    assign_conversation,
    dismiss_flag,
    get_contact,
    mark_no_reply_needed,
    set_do_not_contact,
    set_name,
    set_owner,
    set_tier,
)
from streaklike.people.merging import merge
from streaklike.people.timeline import iter_timeline
from streaklike.store.database import Database
from streaklike.store.models import (
    Box,
    BoxContact,
    BoxConversation,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    Message,
    Task,
    User,
)
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice

TAIPEI = ZoneInfo("Asia/Taipei")


class House:
    """A contact, a candidate with a conversation, two members and a box, ready to be changed and put back."""

    def __init__(self, session) -> None:
        self.session = session
        office = PostOffice(session)
        ensure_start_pipelines(session)
        message = office.post(BO, [MEI], subject="May I help?")
        office.link()
        self.mei, self.wei = (session.get_one(User, office.user(person)) for person in (MEI, WEI))
        self.wei.role = "admin"  # who may undo what is not theirs
        self.an = add_contact(session, AN, by=None, now=T0)
        self.bo = get_contact(session, BO)
        self.conversation = session.get_one(
            Conversation, session.scalars(select(Message.conversation_id).where(Message.id == message)).one()
        )
        self.box = create_box(
            session, "cases", "new", name="A van", contacts=[self.an], owners=[self.mei], by=None, now=T0
        )
        self.task = add_task(
            session, text="Call", due_on=date(2026, 3, 6), zone=TAIPEI, contact=self.an, by=None, now=T0
        )

    def stage(self, key: str):
        return get_stage(self.session, get_pipeline(self.session, "cases"), key)

    def snapshot(self) -> dict[str, object]:
        """All that verbs change, and what the two timelines show."""
        session = self.session
        session.flush()
        rows = {
            table.__name__: sorted(
                (str({c.name: row[i] for i, c in enumerate(table.__table__.columns)}))
                for row in session.execute(select(*table.__table__.columns))
            )
            for table in (Contact, Box, BoxContact, BoxConversation, Conversation, Task)
        }
        return rows | {
            "owners": list_owner_emails(session, self.box) if session.get(Box, self.box.id) else [],
            "timelines": [list(iter_timeline(session, contact.id)) for contact in (self.an, self.bo)],
        }


def add_event_of_task(digest_config: House, session, known) -> Event:
    task = add_task(
        session, text="Write", due_on=date(2026, 3, 9), zone=TAIPEI, box=digest_config.box, **known
    )
    return session.scalars(select(Event).where(Event.task_id == task.id)).one()


def added(digest_config: House, session, known) -> Event:
    add_contact(session, BO, name="Uncle Bo", **known)
    return session.scalars(
        select(Event).where(Event.kind == "contact", Event.contact_id == digest_config.bo.id)
    ).one()


ACTIONS = {
    "stage": lambda h, s, k: move_box(s, h.box, to_stage=h.stage("waiting"), **k),
    "box owners": lambda h, s, k: set_owners(s, h.box, [h.wei], **k),
    "rename": lambda h, s, k: rename_box(s, h.box, "Two vans", **k),
    "close": lambda h, s, k: close_box(s, h.box, **k),
    "box contact in": lambda h, s, k: add_box_contact(s, h.box, h.bo, **k),
    "box contact out": lambda h, s, k: remove_box_contact(s, h.box, h.an, **k),
    "box conversation in": lambda h, s, k: add_box_conversation(s, h.box, h.conversation, **k),
    "task": add_event_of_task,
    "task done": lambda h, s, k: complete_task(s, h.task, **k),
    "note": lambda h, s, k: log(s, "note", contact=h.an, text="Hm", at=T0, **k),
    "call": lambda h, s, k: log(s, "call", contact=h.an, text="Spoke", at=T0, **k),
    "gift": lambda h, s, k: log_gift(s, contact=h.an, amount="100", at=T0, **k),
    "tier": lambda h, s, k: set_tier(s, h.an, "A", **k),
    "do not contact": lambda h, s, k: set_do_not_contact(s, h.an, until=FOREVER, reason="asked", **k),
    "name": lambda h, s, k: set_name(s, h.an, "安", **k),
    "owner": lambda h, s, k: set_owner(s, h.an, h.wei, **k),
    "conversation owner": lambda h, s, k: assign_conversation(s, h.conversation, h.wei, **k),
    "no reply needed": lambda h, s, k: mark_no_reply_needed(s, h.conversation, reason="spoke", **k),
    "dismissed": lambda h, s, k: dismiss_flag(
        s, h.an, flag="ignored", reason="lapsed", since_at=T0, because="is abroad", **k
    ),
    "merge": lambda h, s, k: merge(s, h.an, h.bo, **k),
    "contact by hand": added,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_undo_restores_what_stood_before_and_happens_once(database: Database, action: str):
    with database.begin() as session:
        digest_config = House(session)
        before = digest_config.snapshot()
        event = ACTIONS[action](digest_config, session, {"by": digest_config.mei, "now": T0 + 1})
        assert digest_config.snapshot() != before
        for contact_status in session.scalars(select(ContactStatus)):
            contact_status.due_at = None
        undoing = undo(session, event, by=digest_config.wei, now=T0 + DAY)
        assert digest_config.snapshot() == before
        assert event.undone_by_id == undoing.id
        assert undoing.author_id == digest_config.wei.id
        assert session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0)).all()
        with pytest.raises(CannotUndo, match="before"):
            undo(session, event, by=digest_config.wei, now=T0 + 2 * DAY)


def test_opening_and_taking_out_are_undone_too(database: Database):
    with database.begin() as session:
        digest_config = House(session)
        close_box(session, digest_config.box, by=None, now=T0 + 1)
        add_box_conversation(session, digest_config.box, digest_config.conversation, by=None, now=T0 + 2)
        before = digest_config.snapshot()
        opened = reopen_box(session, digest_config.box, by=None, now=T0 + 3)
        removed = remove_box_conversation(
            session, digest_config.box, digest_config.conversation, by=None, now=T0 + 4
        )
        assert opened is not None
        assert removed is not None
        undo(session, opened, by=None, now=T0 + 5)
        undo(session, removed, by=None, now=T0 + 6)
        assert digest_config.box.closed_at == T0 + 1
        assert digest_config.snapshot() == before


def test_a_box_made_by_mistake_goes_again(database: Database):
    with database.begin() as session:
        digest_config = House(session)
        before = digest_config.snapshot()
        box = create_box(
            session, "cases", "done", name="Mistake", contacts=[digest_config.bo], by=None, now=T0 + 1
        )
        event = session.scalars(select(Event).where(Event.box_id == box.id)).one()
        undo(session, event, by=None, now=T0 + 2)
        session.expire_all()
        assert digest_config.snapshot() == before


NEWER = {
    "moved again": (
        lambda h, s: move_box(s, h.box, to_stage=h.stage("waiting"), by=None, now=T0 + 1),
        lambda h, s: move_box(s, h.box, to_stage=h.stage("done"), by=None, now=T0 + 2),
    ),
    "closed since": (
        lambda h, s: move_box(s, h.box, to_stage=h.stage("waiting"), by=None, now=T0 + 1),
        lambda h, s: close_box(s, h.box, by=None, now=T0 + 2),
    ),
    "other owners": (
        lambda h, s: set_owners(s, h.box, [h.wei], by=None, now=T0 + 1),
        lambda h, s: set_owners(s, h.box, [], by=None, now=T0 + 2),
    ),
    "another tier": (
        lambda h, s: set_tier(s, h.an, "A", by=None, now=T0 + 1),
        lambda h, s: set_tier(s, h.an, "B", by=None, now=T0 + 2),
    ),
    "a task that was done": (
        lambda h, s: s.scalars(select(Event).where(Event.task_id == h.task.id)).one(),
        lambda h, s: complete_task(s, h.task, by=None, now=T0 + 2),
    ),
    "a box that lived on": (
        lambda h, s: s.scalars(select(Event).where(Event.box_id == h.box.id)).one(),
        lambda h, s: rename_box(s, h.box, "Two vans", by=None, now=T0 + 2),
    ),
}


@pytest.mark.parametrize("case", NEWER)
def test_what_something_newer_stands_on_is_not_undone_first(database: Database, case: str):
    with database.begin() as session:
        digest_config = House(session)
        older = NEWER[case][0](digest_config, session)
        newer = NEWER[case][1](digest_config, session)
        between = digest_config.snapshot()
        with pytest.raises(CannotUndo, match="Nothing was changed"):
            undo(session, older, by=None, now=T0 + 3)
        assert digest_config.snapshot() == between
        undo(session, newer, by=None, now=T0 + 4)
        undo(session, older, by=None, now=T0 + 5)
        assert older.undone_by_id is not None


def test_an_undo_and_what_has_no_way_back_are_refused(database: Database):
    with database.begin() as session:
        digest_config = House(session)
        note = log(session, "note", contact=digest_config.an, text="Hm", by=None, at=T0, now=T0 + 1)
        undoing = undo(session, note, by=None, now=T0 + 2)
        with pytest.raises(CannotUndo, match="by hand"):
            undo(session, undoing, by=None, now=T0 + 3)


def test_two_deeds_about_different_people_of_a_box_do_not_rest_on_each_other(database: Database):
    with database.begin() as session:
        digest_config = House(session)
        out = remove_box_contact(session, digest_config.box, digest_config.an, by=None, now=T0 + 1)
        add_box_contact(session, digest_config.box, digest_config.bo, by=None, now=T0 + 2)
        assert out is not None
        undo(session, out, by=None, now=T0 + 3)
        rows = session.scalars(
            select(BoxContact.contact_id).where(BoxContact.box_id == digest_config.box.id)
        ).all()
        assert sorted(rows) == sorted([digest_config.an.id, digest_config.bo.id])
