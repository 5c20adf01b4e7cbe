"""What a digest tells of, and how: R33 to R51 as they concern one member."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from streaklike.boxes.movement import move_box
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.digest.compose import Section
from streaklike.digest.preferences import set_pause
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.contacts import set_owner, take_conversation
from streaklike.people.finding import get_contact
from streaklike.people.snoozes import snooze
from streaklike.store.database import Database
from streaklike.store.models import (
    Box,
    Contact,
    ContactStatus,
    Conversation,
    DigestDelivery,
    Mailbox,
    Message,
    Stage,
    User,
)
from tests.factories import PostOffice
from tests.unit.digest.conftest import Make
from tests.unit.web.web_fixtures import EVIL_NAME, MEI, NOW, WEI, World

UNKNOWN_OF_THE_PAST = ("reminders", "thanks", "refusals", "dead", "loads")


def section(digest, key: str) -> Section | None:
    return next((each for each in digest.sections if each.key == key), None)


def names(digest, key: str) -> list[str]:
    found = section(digest, key)
    return [line.link.text for line in found.lines] if found else []


def test_who_waits_for_me_came_to_me_or_is_mine_longest_first(world: World, make: Make):
    assert names(make("mei"), "waiting") == [EVIL_NAME]
    assert names(make("anna"), "waiting") == ["Margaret Smith-Fotheringham"]
    assert names(make("wei"), "waiting") == ["王大明", "周子瑜"], (
        "王大明 wrote to Mei; his box is Wei's first (R58)"
    )


def test_taking_on_moves_who_waits_to_whoever_took_them_on(world: World, database: Database, make: Make):
    with database.begin() as session:
        wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
        contact_status = session.get_one(ContactStatus, world.wang)
        take_conversation(
            session, session.get_one(Conversation, contact_status.waiting_conversation_id), by=wei, now=NOW
        )
        refresh(session, now=NOW)
    assert "王大明" not in names(make("mei"), "waiting")
    assert names(make("wei"), "waiting") == ["王大明", "周子瑜"]


def test_R58_a_group_mail_that_names_nobody_is_dealt_to_one_member_for_the_day(
    world: World, database: Database, make: Make
):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.post(
            "吳小姐 <wu@new.example>",
            to=["volunteers@ngo.example"],
            at=NOW - HOUR,
            seen_by=[MEI, WEI],
            text="請問？",
        )
        office.link()
        refresh(session, now=NOW)
    made = {who: make(who) for who in ("mei", "wei", "anna", "board")}
    (looks,) = [who for who, digest in made.items() if "吳小姐" in names(digest, "dealt")]
    for who, digest in made.items():
        assert "吳小姐" not in names(digest, "waiting")
        assert ("吳小姐" in names(digest, "unassigned")) == (who == "board"), "a viewer sees what is nobody's"
    dealt = section(made[looks], "dealt")
    assert not dealt.is_counted
    assert made[looks].subject.count("to look at") == 0
    assert dealt.lines[0].action.text == "I take it"
    assert dealt.lines[0].action.url.startswith("https://crm.ngo.example/digest/take/")
    with database.begin() as session:
        member = session.scalars(select(User).where(User.email == f"{looks}@ngo.example")).one()
        set_pause(session, member.id, is_paused=True, now=NOW)
    others = [who for who in made if "吳小姐" in names(make(who), "dealt")]
    assert len(others) == 1, "who paused the digest is dealt nobody"
    assert others != [looks]


def test_R38_who_is_snoozed_is_left_out_of_that_members_digest_alone(
    world: World, database: Database, make: Make
):
    with database.begin() as session:
        wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
        new = get_contact(session, "ziyu@newcomer.example")
        snooze(session, new, until=NOW + DAY, by=wei, now=NOW - MINUTE)
    assert names(make("wei"), "waiting") == ["王大明"]
    assert "周子瑜" in names(make("board"), "unassigned")


def test_why_is_told_in_few_words_and_numbers_where_they_say_more(world: World, make: Make):
    waiting = section(make("wei"), "waiting")
    assert waiting.lines[0].notes[0] == "Wrote 5 d ago, answer overdue"
    assert waiting.lines[0].link.url == f"https://crm.ngo.example/people/{world.wang}"
    too_much = section(make("mei"), "too_much")
    assert too_much.lines[0].notes[0] == "2 colleagues wrote, 5 touches in all, limit 3; better after 11 Dec"
    assert (
        section(make("mei", locale="zh"), "too_much")
        .lines[0]
        .notes[0]
        .startswith("2 位同事都聯絡過，共 5 次，上限 3；")
    )


def test_R46_who_had_too_much_is_told_to_whoever_can_hold_back(world: World, database: Database, make: Make):
    assert names(make("mei"), "too_much") == ["陳雅婷"]
    assert names(make("anna"), "too_much") == []
    with database.begin() as session:
        anna = session.scalars(select(User).where(User.email == "anna@ngo.example")).one()
        set_owner(session, session.get_one(Contact, world.chen), anna, by=anna, now=NOW)
        refresh(session, now=NOW)
    assert names(make("anna"), "too_much") == [], (
        "her box is Mei's, who comes before the person's owner (R58)"
    )
    assert names(make("mei"), "too_much") == ["陳雅婷"]


def test_promises_due_today_and_overdue_are_the_owners(world: World, database: Database, make: Make):
    (line,) = section(make("wei"), "promises").lines
    assert (line.link.text, line.notes) == ("回覆採訪題綱", ("張家豪, since 16 Nov",))
    assert section(make("mei"), "promises") is None, "hers is due in three days"
    with database.begin() as session:
        mei = session.get_one(User, world.mei)
        task = add_task(
            session,
            text="打電話",
            due_on=date(2026, 11, 18),
            zone=ZoneInfo("Asia/Taipei"),
            contact=session.get_one(Contact, world.chen),
            by=mei,
            now=NOW,
        )
    (line,) = section(make("mei"), "promises").lines
    assert line.notes == ("陳雅婷, today",)
    with database.begin() as session:
        complete_task(session, session.merge(task), by=None, now=NOW + MINUTE)
    assert section(make("mei", now=NOW + HOUR), "promises") is None
    assert len(section(make("mei", now=NOW, is_past=True), "promises").lines) == 1


def test_what_moved_since_the_last_digest_is_told_once(world: World, database: Database, make: Make):
    with database.begin() as session:
        box = session.scalars(select(Box).where(Box.uid == world.box)).one()
        wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
        stages = {
            stage.key: stage
            for stage in session.scalars(select(Stage))
            if stage.pipeline_id == box.pipeline_id
        }
        move_box(session, box, to_stage=stages["supporter"], by=wei, now=NOW - 3 * HOUR)
        move_box(session, box, to_stage=stages["volunteer"], by=wei, now=NOW - 2 * HOUR)
    (line,) = section(make("mei"), "moved").lines
    assert line.link.text == "張家豪（報社）"
    assert line.notes == ("Stranger → Volunteer, 陳志偉, 18 Nov",)
    with database.begin() as session:
        session.add(
            DigestDelivery(
                user_id=world.mei, kind="daily", day="2026-11-18", state="sent", message_id="x", claimed_at=NOW,
                composed_at=NOW - HOUR,
            )
        )  # fmt: skip
    assert section(make("mei"), "moved") is None
    assert section(make("wei"), "moved") is not None, "Wei has had none yet"


def test_a_move_taken_back_is_no_move(world: World, database: Database, make: Make):
    with database.begin() as session:
        box = session.scalars(select(Box).where(Box.uid == world.box)).one()
        first = session.get_one(Stage, box.stage_id)
        second = session.scalars(
            select(Stage).where(Stage.pipeline_id == first.pipeline_id, Stage.key == "supporter")
        ).one()
        move_box(session, box, to_stage=second, by=None, now=NOW - 2 * HOUR)
        event = move_box(session, box, to_stage=first, by=None, now=NOW - HOUR)
    assert section(make("mei"), "moved") is None, "it stands where it stood"
    with database.begin() as session:
        undo(session, session.merge(event), by=None, now=NOW - MINUTE)
    assert section(make("mei"), "moved") is not None


def test_R39_the_audit_and_freshness_stand_at_the_end(world: World, make: Make):
    audit, freshness, _ = make("mei").closing
    assert audit == "9 mails from people outside, 0 unaccounted for"
    assert freshness == "Synced 3 min ago, 3 of 3 mailboxes"


def test_R39_mail_that_stands_nowhere_is_told_first_and_in_the_subject(
    world: World, database: Database, make: Make
):
    with database.begin() as session:
        lost = select(Message.id).where(Message.answer == "answered").order_by(Message.id).limit(1)
        session.execute(update(Message).where(Message.id.in_(lost)).values(answer=None))
    digest = make("mei")
    assert digest.alarms == ("1 mail stands in no list. Please tell whoever runs streaklike.",)
    assert digest.subject.startswith("1 mail unaccounted for, ")


def test_Q11_a_mailbox_that_stands_still_is_told_first(world: World, database: Database, make: Make):
    with database.begin() as session:
        session.execute(update(Mailbox).where(Mailbox.email == "wei@ngo.example").values(synced_at=NOW - DAY))
    digest = make("mei")
    assert digest.alarms == ("Some mailboxes have not been read for a while, so this may not be all.",)
    assert digest.closing[1] == "Synced 3 min ago, 2 of 3 mailboxes"


def test_five_of_each_and_a_link_to_all_of_them(world: World, database: Database, make: Make):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        for number in range(21):
            office.post(f"Asker {number} <a{number}@new.example>", to=[MEI], at=NOW - HOUR - number, text="?")
        office.link()
        refresh(session, now=NOW)
    waiting = section(make("mei"), "waiting")
    assert (waiting.total, len(waiting.lines)) == (22, 5)
    assert waiting.more.text == "All 22"
    assert waiting.more.url == "https://crm.ngo.example/?kind=needs_us&whose=mine"
    assert make("mei").subject.startswith("22 wait for you, ")
    assert make("mei", locale="zh").subject.startswith("22 人等您回覆、")


def test_R51_as_of_now_says_what_the_standings_say(world: World, make: Make):
    for who in ("mei", "wei", "anna", "board"):
        for kind in ("daily", "weekly"):
            past, present = make(who, kind=kind, is_past=True), make(who, kind=kind)
            told = [each for each in present.sections if each.key not in UNKNOWN_OF_THE_PAST]
            assert list(past.sections) == told
            assert present.closing[-1:] == past.closing, "audit and freshness are of today alone"


def test_R51_a_past_morning_is_told_as_it_was(world: World, make: Make):
    then = make("wei", now=NOW - round(4.5 * DAY), is_past=True)
    assert names(then, "waiting") == ["王大明"]
    assert section(then, "waiting").lines[0].notes[0] == "Wrote 12 h ago"


def test_the_week_tells_leads_of_load_pace_won_and_lost(world: World, database: Database, make: Make):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        asked = office.post("Bo <bo@won.example>", to=[MEI], at=NOW - 8 * DAY, text="May I help?")
        office.post(MEI, to=["Bo <bo@won.example>"], at=NOW - 8 * DAY + 2 * HOUR, refs=[asked], text="Yes")
        office.link()
        refresh(session, now=NOW)
    week = make("mei", kind="weekly")
    (team,) = section(week, "pace").lines
    assert team.notes[0] == "1 answer, within 2 h (2 h of working time)"
    assert names(week, "won") == ["Bo"]
    loads = {line.link.text: line.notes for line in section(week, "loads").lines}
    assert loads["林小美"][-1] == "In 4 weeks 1 answer, within 2 h of working time"
    assert "to contact this week" in loads["陳志偉"][0]
    assert section(week, "loads").lines[0].link.url == "https://crm.ngo.example/load"
    assert week.subject == "Last week: 3 unassigned, 1 answer, 1 person won · from 9 Nov"


def test_nothing_to_say_is_empty(database: Database, make: Make):
    with database.begin() as session:
        PostOffice(session, now=NOW).user(MEI)
    assert make("mei").is_empty
    assert make("mei", kind="weekly").is_empty


@pytest.mark.parametrize("who", ["mei", "wei", "anna", "board"])
def test_a_digest_with_something_in_it_is_not_empty(world: World, make: Make, who: str):
    assert not make(who).is_empty
