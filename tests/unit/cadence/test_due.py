"""What is due, to whom, and from when: reminders, tasks and follow-ups side by side."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.follow_ups import add_follow_up, complete_follow_up
from streaklike.boxes.reminders import add_reminder, complete_reminder
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.cadence.queries.due import (
    Due,
    list_about,
    list_coming,
    list_due,
    list_owned,
    list_reminders,
)
from streaklike.instants import DAY, HOUR
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import Message
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice, make_box
from tests.unit.cadence.cadence_fixtures import member, person

TAIPEI = ZoneInfo("Asia/Taipei")
END_OF_DAY = T0 + 15 * HOUR - 1
"""T0 is nine in the morning of 2 March 2026."""
DAY_OF_T0 = date(2026, 3, 2)


@pytest.fixture
def session(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0 - 9 * DAY)
        office.user(WEI)
        office.post(MEI, to=[AN], at=T0 - 9 * DAY, subject="The bus")
        office.post(MEI, to=[BO], at=T0 - 9 * DAY, subject="The boat")
        office.link()
        yield session


def fill(session: Session) -> None:
    """A task of the day of T0 and the one after for Wei, reminders and follow-ups at T0 and an hour later for Mei."""
    mei, wei, an = member(session, MEI), member(session, WEI), person(session, AN)
    made = T0 - 5 * DAY
    for text, day in (("today", DAY_OF_T0), ("tomorrow", date(2026, 3, 3))):
        add_task(session, text=text, due_on=day, zone=TAIPEI, contact=an, owner=wei, by=wei, now=made)
    for text, at in (("now", T0), ("soon", T0 + HOUR)):
        add_reminder(session, text=text, due_at=at, contact=an, by=mei, now=made)
        add_follow_up(session, contact=an, due_at=at, since_at=made, text=text, owner=mei, by=mei, now=made)


def names(found: list[Due]) -> list[tuple[str, str]]:
    return [(due.kind, due.text) for due in found]


def test_a_members_own_are_due_at_their_instant_and_a_task_from_the_beginning_of_its_day(session: Session):
    fill(session)
    mei, wei = member(session, MEI).id, member(session, WEI).id
    assert names(list_due(session, mei, T0 - 1)) == []
    assert names(list_due(session, mei, T0)) == [("follow_up", "now"), ("reminder", "now")]
    both = [("follow_up", "now"), ("reminder", "now"), ("follow_up", "soon"), ("reminder", "soon")]
    assert names(list_due(session, mei, T0, until=T0 + HOUR)) == both
    assert names(list_due(session, wei, END_OF_DAY - DAY)) == []
    assert names(list_due(session, wei, END_OF_DAY - DAY + 1)) == [("task", "today")]
    assert names(list_due(session, wei, END_OF_DAY + 1)) == [("task", "today"), ("task", "tomorrow")]
    later = list_due(session, wei, END_OF_DAY - DAY, until=END_OF_DAY)
    assert names(later) == [("task", "today")]


def test_the_teams_hold_no_reminder_and_everybodys_rest(session: Session):
    fill(session)
    assert names(list_due(session, None, T0)) == [("follow_up", "now"), ("task", "today")]
    assert {due.address for due in list_due(session, None, T0)} == {"an@donor.example"}
    assert names(list_coming(session, T0, now=T0)) == [("follow_up", "now")]
    assert names(list_coming(session, T0 + HOUR, now=T0)) == [("follow_up", "now"), ("follow_up", "soon")]
    coming = names(list_coming(session, END_OF_DAY, now=T0))
    assert coming == [("follow_up", "now"), ("follow_up", "soon"), ("task", "today")]
    assert names(list_coming(session, END_OF_DAY - 1, now=T0)) == coming[:2]
    assert names(list_owned(session, member(session, WEI).id, now=T0)) == [
        ("task", "today"),
        ("task", "tomorrow"),
    ]
    assert names(list_owned(session, member(session, MEI).id, now=T0)) == [
        ("follow_up", "now"),
        ("follow_up", "soon"),
    ]


def test_reminders_are_their_readers_alone(session: Session):
    fill(session)
    mei, wei, an, bo = (
        member(session, MEI).id,
        member(session, WEI).id,
        person(session, AN).id,
        person(session, BO).id,
    )
    assert names(list_reminders(session, mei)) == [("reminder", "now"), ("reminder", "soon")]
    assert list_reminders(session, wei) == []
    follow_ups = [("follow_up", "now"), ("follow_up", "soon")]
    assert names(list_about(session, [an], viewer_id=wei, now=T0)) == follow_ups
    assert len(list_about(session, [an, bo], viewer_id=mei, now=T0)) == 4
    assert list_about(session, [bo], viewer_id=mei, now=T0) == []


def test_what_is_done_or_not_made_yet_is_not_due(session: Session):
    mei, an = member(session, MEI), person(session, AN)
    facts = {"contact": an, "by": mei, "now": T0}
    task = add_task(session, text="t", due_on=DAY_OF_T0, zone=TAIPEI, owner=mei, **facts)
    reminder = add_reminder(session, text="r", due_at=T0 + 1, **facts)
    follow_up = add_follow_up(session, due_at=T0 + 1, since_at=T0, owner=mei, text="f", **facts)
    late = END_OF_DAY
    assert names(list_due(session, mei.id, T0 - 1, until=late)) == [("reminder", "r")]
    assert names(list_due(session, mei.id, T0, until=late)) == [
        ("follow_up", "f"),
        ("reminder", "r"),
        ("task", "t"),
    ]
    complete_task(session, task, by=mei, now=T0 + HOUR)
    complete_reminder(session, reminder, now=T0 + HOUR)
    complete_follow_up(session, follow_up, by=mei, now=T0 + HOUR)
    session.flush()
    assert list_due(session, mei.id, T0 + HOUR, until=late) == []
    assert names(list_due(session, mei.id, T0 + HOUR - 1, until=late)) == [("task", "t")]
    assert list_reminders(session, mei.id) == []


def test_who_wrote_is_followed_up_no_more(session: Session):
    fill(session)
    office = PostOffice(session, now=T0)
    office.post(AN, to=[MEI], at=T0 - DAY)
    office.link()
    assert names(list_due(session, member(session, MEI).id, T0)) == [("reminder", "now")]
    assert names(list_due(session, None, T0)) == [("task", "today")]


def test_what_is_nobodys_is_the_teams(session: Session):
    add_task(session, text="t", due_on=DAY_OF_T0, zone=TAIPEI, contact=person(session, AN), by=None, now=T0)
    (due,) = list_due(session, None, T0)
    assert (due.owner_id, due.owner) == (None, None)


def test_R19_a_message_id_that_came_twice_has_one_subject(session: Session):
    office = PostOffice(session, now=T0)
    for text in ("one", "two"):
        office.post(MEI, to=[AN], at=T0, subject="Twice", rfc_id="twice@post.example", text=text)
    office.link()
    mei, an = member(session, MEI), person(session, AN)
    add_reminder(session, text="r", due_at=T0 + 1, contact=an, message="twice@post.example", by=mei, now=T0)
    (due,) = list_reminders(session, mei.id)
    assert due.subject == "Twice"


def test_a_line_says_whom_it_is_about_and_whose_it_is(session: Session):
    mei, an, bo = member(session, MEI), person(session, AN), person(session, BO)
    rfc_id = session.scalars(select(Message.rfc_id).where(Message.subject == "The bus")).one()
    facts = {"contact": an, "by": mei, "now": T0}
    add_reminder(session, text="r", due_at=T0 + 1, message=rfc_id, **facts)
    box = make_box(session)
    add_reminder(session, text="bare", due_at=T0 + 2, box=box, by=mei, now=T0)
    add_task(session, text="of a box", due_on=DAY_OF_T0, zone=TAIPEI, box=box, owner=mei, by=mei, now=T0)
    add_follow_up(session, due_at=T0 + 1, since_at=T0, message=rfc_id, **facts)
    merge(session, bo, an, by=None, now=T0)
    session.flush()
    follow_up, reminder, bare, task = list_due(session, mei.id, T0 + 2)
    for due in (follow_up, reminder):
        assert (due.contact_id, due.address, due.subject) == (bo.id, "bo@donor.example", "The bus")
        assert (due.owner_id, due.owner) == (mei.id, "mei@ngo.example")
    assert (follow_up.box, follow_up.pipeline) == (None, None)
    for due in (bare, task):
        assert (due.contact_id, due.name, due.address, due.subject) == (None, "", "", "")
        assert (due.box, due.pipeline) == ("Rice", "supporters")
