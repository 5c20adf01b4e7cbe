"""What comes back to a member by its date, and what a past morning knows of it."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from streaklike.boxes.follow_ups import add_follow_up
from streaklike.boxes.movement import move_box
from streaklike.boxes.notes import log_gift
from streaklike.boxes.reminders import add_reminder
from streaklike.boxes.tasks import add_task, assign_task
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.contacts import set_do_not_contact, set_owner
from streaklike.people.snoozes import snooze, wake
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Box, Contact, Stage, User
from tests.factories import PostOffice
from tests.unit.digest.conftest import Make
from tests.unit.digest.test_contents import names, section
from tests.unit.web.web_fixtures import CHEN, MEI, NOW, World

EVERYBODY = ("mei", "wei", "anna", "board")


def user(session, name: str) -> User:
    return session.scalars(select(User).where(User.email == f"{name}@ngo.example")).one()


def test_a_reminder_of_today_is_told_to_its_member_alone(world: World, database: Database, make: Make):
    with database.begin() as session:
        chen, mei = session.get_one(Contact, world.chen), user(session, "mei")
        for text, due_at in (("the map", NOW + HOUR), ("the bus", NOW - 2 * DAY), ("not yet", NOW + 2 * DAY)):
            add_reminder(session, text=text, due_at=due_at, contact=chen, by=mei, now=NOW - 3 * DAY)
    lines = section(make("mei"), "reminders").lines
    assert [line.link.text for line in lines] == ["the bus", "the map"]
    assert lines[0].notes[0] == "陳雅婷, since 16 Nov, my reminder"
    assert lines[1].notes[0] == "陳雅婷, today, my reminder"
    assert lines[0].link.url == f"https://crm.ngo.example/people/{world.chen}"
    assert section(make("mei", locale="zh"), "reminders").lines[1].notes[0] == "陳雅婷，今天，我的提醒"
    assert "2 reminders" in make("mei").subject
    for who in EVERYBODY[1:]:
        assert section(make(who), "reminders") is None
    assert section(make("mei", is_past=True), "reminders") is None, "when it was due then, nobody knows (R51)"


def test_a_follow_up_is_told_until_they_write(world: World, database: Database, make: Make):
    with database.begin() as session:
        chen, wei = session.get_one(Contact, world.chen), user(session, "wei")
        add_follow_up(session, contact=chen, due_at=NOW, since_at=NOW - DAY, by=wei, now=NOW - DAY)
    (line,) = section(make("wei"), "reminders").lines
    assert (line.link.text, line.notes[0]) == ("No reply yet: ask again", "陳雅婷, today, follow-up")
    assert section(make("mei"), "reminders") is None
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.post(CHEN, to=[MEI], at=NOW - HOUR, text="好的？")
        office.link()
        refresh(session, now=NOW)
    assert section(make("wei"), "reminders") is None


def test_R38_a_snooze_that_ended_is_told_once(world: World, database: Database, make: Make):
    with database.begin() as session:
        chen, mei = session.get_one(Contact, world.chen), user(session, "mei")
        wang = session.get_one(Contact, world.wang)
        quiet = session.get_one(Contact, world.quiet)
        for each in (chen, wang, quiet):
            snooze(session, each, until=NOW - HOUR, by=mei, now=NOW - 2 * DAY)
    told = {line.link.text: line.notes for each in make("mei").sections for line in each.lines}
    assert told["王大明"][0] == "Your snooze has ended"
    assert told["陳雅婷"][0] == "Your snooze has ended"
    assert names(make("mei"), "reminders") == ["王大明", "許志明"]
    assert "Your snooze has ended" not in str(make("mei", now=NOW + 2 * DAY))
    assert "Your snooze has ended" not in str(make("wei"))
    then = make("mei", now=NOW - DAY, is_past=True)
    assert "王大明" not in names(then, "waiting"), "asleep at that instant, whatever came since (R51)"


def test_R38_who_was_woken_by_hand_is_no_news(world: World, database: Database, make: Make):
    with database.begin() as session:
        chen, mei = session.get_one(Contact, world.chen), user(session, "mei")
        snooze(session, chen, until=NOW + DAY, by=mei, now=NOW - HOUR)
        wake(session, chen, by=mei, now=NOW - MINUTE)
    assert "Your snooze has ended" not in str(make("mei"))


def test_thanks_due_are_told_to_whose_it_is_and_nobodys_to_all(world: World, database: Database, make: Make):
    with database.begin() as session:
        zhang = session.scalars(select(Contact).where(Contact.name == "張家豪")).one()
        set_owner(session, zhang, None, by=None, now=NOW - 9 * DAY)
        log_gift(session, contact=zhang, amount="1200", by=None, at=NOW - 3 * DAY, now=NOW - 3 * DAY)
        refresh(session, now=NOW)
    for who in EVERYBODY:
        (line,) = section(make(who), "thanks").lines
        assert line.notes == (
            "Gave 1,200 TWD on 15 Nov: no thanks after 48 hours", "Nobody looks after them",
        )  # fmt: skip
    with database.begin() as session:
        set_owner(session, session.merge(zhang), user(session, "wei"), by=None, now=NOW)
        refresh(session, now=NOW)
    assert section(make("wei"), "thanks").lines[0].notes[1:] == ()
    assert section(make("mei"), "thanks") is None
    assert section(make("wei", is_past=True), "thanks") is None


def test_R49_who_asks_not_to_be_written_to_is_told_to_the_team_and_waits_nowhere(
    world: World, database: Database, make: Make
):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.post("吳小姐 <wu@new.example>", to=[MEI], at=NOW - HOUR, text="請不要再寄信給我了。")
        office.link()
        refresh(session, now=NOW)
    for who in EVERYBODY:
        (line,) = section(make(who, locale="zh"), "refusals").lines
        assert line.link.text == "吳小姐"
        assert line.notes[0] == "「請不要再寄信給我了。」"
        assert "吳小姐" not in [*names(make(who), "waiting"), *names(make(who), "unassigned")]
    with database.begin() as session:
        wu = session.scalars(select(Contact).where(Contact.name == "吳小姐")).one()
        set_do_not_contact(session, wu, until=FOREVER, reason="asked", by=user(session, "mei"), now=NOW)
    assert section(make("mei"), "refusals") is None


def test_R51_a_task_given_away_since_was_its_owners_of_then(world: World, database: Database, make: Make):
    with database.begin() as session:
        mei, wei = user(session, "mei"), user(session, "wei")
        task = add_task(
            session,
            text="打電話",
            due_on=date(2026, 11, 18),
            zone=ZoneInfo("Asia/Taipei"),
            contact=session.get_one(Contact, world.chen),
            by=mei,
            now=NOW - DAY,
        )
        given = assign_task(session, task, wei, by=mei, now=NOW - HOUR)
        assert given is not None
    then = NOW - 2 * HOUR
    assert names(make("mei", now=then, is_past=True), "promises") == ["打電話"]
    assert "打電話" not in names(make("wei", now=then, is_past=True), "promises")
    assert "打電話" in names(make("wei"), "promises")


def test_R51_a_move_taken_back_later_was_a_move_then(world: World, database: Database, make: Make):
    with database.begin() as session:
        box = session.scalars(select(Box).where(Box.uid == world.box)).one()
        stage = session.scalars(
            select(Stage).where(Stage.pipeline_id == box.pipeline_id, Stage.key == "supporter")
        ).one()
        moved = move_box(session, box, to_stage=stage, by=None, now=NOW - 3 * HOUR)
        undo(session, moved, by=None, now=NOW - HOUR)
    assert section(make("mei"), "moved") is None
    assert section(make("mei", now=NOW - 2 * HOUR, is_past=True), "moved") is not None


def test_R51_the_past_says_nothing_of_todays_audit(world: World, make: Make):
    for kind in ("daily", "weekly"):
        assert len(make("mei", kind=kind, now=NOW - DAY, is_past=True).closing) == 1
        assert len(make("mei", kind=kind).closing) == 3
