from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from streaklike.boxes.errors import BadText, OwnerHasLeft, WrongTaskState
from streaklike.boxes.lifecycle import create_box
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task, complete_task, end_of_day, reopen_task
from streaklike.instants import parse_instant
from streaklike.people.contacts import add_contact
from streaklike.people.timeline import list_timeline
from streaklike.store.database import Database
from streaklike.store.models import Event, User
from tests.factories import AN, MEI, T0, WEI, PostOffice

TAIPEI = ZoneInfo("Asia/Taipei")
FACTS = {"text": "Send the receipt", "due_on": date(2026, 3, 6), "zone": TAIPEI}


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 6), "Asia/Taipei", "2026-03-06T16:00:00+00:00"),
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
        (date(2026, 10, 25), "Europe/Berlin", "2026-10-25T23:00:00+00:00"),
    ],
)
def test_a_day_ends_at_midnight_of_its_zone_also_where_clocks_change(day, zone, end):
    assert end_of_day(day, ZoneInfo(zone)) == parse_instant(end) - 1


def test_R47_a_task_is_a_promise_with_an_end_and_an_owner(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mei = session.get_one(User, office.user(MEI))
        contact = add_contact(session, AN, by=mei, now=T0)
        task = add_task(session, **FACTS, contact=contact, by=mei, now=T0)
        assert (task.due_at, task.owner_id) == (parse_instant("2026-03-06T23:59:59.999+08:00"), mei.id)
        event = session.scalars(select(Event).where(Event.kind == "task")).one()
        assert event.data == {"task": task.uid, "due_at": task.due_at}
        shown = next(entry for entry in list_timeline(session, contact.id) if entry.kind == "task")
        assert (shown.text, shown.task_due_at, shown.task_done_at) == ("Send the receipt", task.due_at, None)


def test_a_task_is_done_and_open_again(database: Database):
    with database.begin() as session:
        contact = add_contact(session, AN, by=None, now=T0)
        task = add_task(session, **FACTS, contact=contact, by=None, now=T0)
        done = complete_task(session, task, by=None, now=T0 + 5)
        assert (task.done_at, done.kind, done.data) == (T0 + 5, "task_done", {"task": task.uid})
        with pytest.raises(WrongTaskState):
            complete_task(session, task, by=None, now=T0 + 6)
        reopen_task(session, task, by=None, now=T0 + 7)
        assert task.done_at is None
        assert done.undone_by_id is not None
        assert "task_done" not in [entry.kind for entry in list_timeline(session, contact.id)]
        with pytest.raises(WrongTaskState):
            reopen_task(session, task, by=None, now=T0 + 8)


def test_a_task_is_for_one_person_or_one_box_and_says_what(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        contact = add_contact(session, AN, by=None, now=T0)
        box = create_box(session, "cases", "new", name="A van", contacts=[contact], by=None, now=T0)
        wei = session.get_one(User, office.user(WEI))
        task = add_task(session, **FACTS, box=box, owner=wei, by=None, now=T0)
        assert (task.box_id, task.contact_id, task.owner_id) == (box.id, None, wei.id)
        assert "task" in [entry.kind for entry in list_timeline(session, contact.id)]
        for facts in ({}, {"box": box, "contact": contact}, {"box": box, "text": " "}):
            with pytest.raises(BadText):
                add_task(session, **{**FACTS, **facts}, by=None, now=T0)
        wei.disabled_at = T0
        with pytest.raises(OwnerHasLeft):
            add_task(session, **FACTS, box=box, owner=wei, by=None, now=T0)
