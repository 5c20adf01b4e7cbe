"""Reminders: one's own, with a way back from each deed."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BadTime, CannotUndo, WrongTaskState
from streaklike.boxes.reminders import add_reminder, complete_reminder, postpone_reminder
from streaklike.boxes.undo import undo
from streaklike.cadence.queries.due import list_about, list_due
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import get_contact
from streaklike.people.errors import NotAllowed
from streaklike.people.timeline import iter_timeline
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump
from streaklike.store.models import Contact, Event, Reminder, User
from tests.factories import AN, MEI, T0, WEI, PostOffice

NOW = T0 + 40 * DAY


def _open(session: Session) -> tuple[User, User, Contact]:
    office = PostOffice(session)
    office.post(AN, to=[MEI], at=T0)
    office.post(MEI, to=[AN], at=T0 + HOUR)
    office.user(WEI, role="admin")
    office.link()
    mei, wei = (
        session.scalars(select(User).where(User.email == f"{name}@ngo.example")).one()
        for name in ("mei", "wei")
    )
    return mei, wei, get_contact(session, "an@donor.example")


def _newest(session: Session, kind: str) -> Event:
    return session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id.desc())).first()  # type: ignore[return-value]


def test_a_reminder_comes_due_is_put_off_done_and_back(database: Database):
    with database.begin() as session:
        mei, _, an = _open(session)
        reminder = add_reminder(session, text=" the bus ", due_at=NOW, contact=an, by=mei, now=NOW - DAY)
        assert list_due(session, mei.id, NOW - 1) == []
        (due,) = list_due(session, mei.id, NOW)
        assert (due.kind, due.text, due.contact_id, due.address, due.uid) == (
            "reminder", "the bus", an.id, "an@donor.example", reminder.uid,
        )  # fmt: skip
        postpone_reminder(session, reminder, due_at=NOW + DAY, now=NOW)
        assert list_due(session, mei.id, NOW) == []
        undo(session, _newest(session, "reminder_later"), by=mei, now=NOW)
        assert len(list_due(session, mei.id, NOW)) == 1
        complete_reminder(session, reminder, now=NOW)
        assert list_due(session, mei.id, NOW) == []
        with pytest.raises(WrongTaskState):
            complete_reminder(session, reminder, now=NOW)
        undo(session, _newest(session, "reminder_done"), by=mei, now=NOW)
        assert len(list_due(session, mei.id, NOW)) == 1
        undo(session, _newest(session, "reminder"), by=mei, now=NOW)
        assert session.scalars(select(Reminder)).all() == []


def test_what_something_newer_rests_on_is_not_undone(database: Database):
    with database.begin() as session:
        mei, _, an = _open(session)
        reminder = add_reminder(session, text="x", due_at=NOW, contact=an, by=mei, now=NOW - DAY)
        complete_reminder(session, reminder, now=NOW)
        with pytest.raises(CannotUndo, match="newer"):
            undo(session, _newest(session, "reminder"), by=mei, now=NOW)
        other = add_reminder(session, text="y", due_at=NOW, contact=an, by=mei, now=NOW - DAY)
        undo(session, _newest(session, "reminder"), by=mei, now=NOW)
        assert [each.text for each in session.scalars(select(Reminder))] == ["x"]
        assert other.text


def test_nobody_else_sees_a_reminder_an_admin_neither(database: Database):
    with database.begin() as session:
        mei, wei, an = _open(session)
        add_reminder(session, text="Canary", due_at=NOW, contact=an, by=mei, now=NOW - DAY)
        for viewer in (wei.id, None):
            assert list_due(session, viewer, NOW) == []
        assert list_about(session, [an.id], viewer_id=wei.id, now=NOW) == []
        assert len(list_about(session, [an.id], viewer_id=mei.id, now=NOW)) == 1
        assert [entry.kind for entry in iter_timeline(session, an.id)] == ["email", "email"]
        assert all("Canary" not in event.text + str(event.data) for event in session.scalars(select(Event)))
        with pytest.raises(NotAllowed, match="whoever did it"):
            undo(session, _newest(session, "reminder"), by=wei, now=NOW)


def test_a_reminder_needs_a_text_a_subject_and_a_time_to_come(database: Database):
    with database.begin() as session:
        mei, _, an = _open(session)
        with pytest.raises(BadText):
            add_reminder(session, text=" ", due_at=NOW, contact=an, by=mei, now=NOW - DAY)
        with pytest.raises(BadText):
            add_reminder(session, text="x", due_at=NOW, by=mei, now=NOW - DAY)
        with pytest.raises(BadTime):
            add_reminder(session, text="x", due_at=NOW, contact=an, by=mei, now=NOW)


def test_a_reminder_of_a_conversation_names_it_and_is_dumped_by_natural_keys(database: Database):
    with database.begin() as session:
        mei, _, an = _open(session)
        add_reminder(
            session, text="x", due_at=NOW, contact=an, message=f"1.{T0}@post.example", by=mei, now=NOW - DAY
        )
        (due,) = list_due(session, mei.id, NOW)
        assert due.subject == "Hello"
        (line,) = [line for line in iter_dump(session) if '"kind":"reminder"' in line]
        assert '"contact":"an@donor.example"' in line
        assert '"user":"mei@ngo.example"' in line
