"""The companion's view model: who it is, how things stand, by address and by thread."""

from sqlalchemy import select

from streaklike.companion.view import Companion, build_companion, normalise_thread_id
from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, MailboxMessage, Message
from tests.unit.web.web_fixtures import EVIL, NOW, World


def shown(database: Database, world: World, **asked: str) -> Companion:
    with database.read() as session:
        return build_companion(session, now=NOW, viewer_id=world.mei, **asked)


def test_R45_the_budget_stands_before_one_writes(database: Database, world: World):
    companion = shown(database, world, email="Yating.Chen@Donor.example")
    assert companion.contact
    assert (companion.contact.name, companion.contact.kind, companion.contact.tier) == (
        "陳雅婷",
        "contact",
        "A",
    )
    assert (companion.budget.used, companion.budget.limit, companion.budget.is_full) == (5.0, 3.0, True)
    assert companion.budget.frees_at is not None
    assert companion.budget.frees_at > NOW + 20 * DAY
    assert companion.last_touch
    assert (companion.last_touch.direction, companion.last_touch.by) == ("outbound", "林小美")
    assert companion.reply_state == "awaiting_reply"
    assert companion.owners == ("林小美",)
    assert [(box.name, box.stage_en) for box in companion.boxes] == [("陳雅婷", "Donor")]
    assert companion.next_step
    assert companion.next_step.text == "寄成果報告的紙本"
    assert {flag.reason for flag in companion.flags} == {"asks", "budget", "collision"}


def test_R33_who_waits_for_us_says_since_when(database: Database, world: World):
    companion = shown(database, world, email="wang@volunteer.example")
    assert companion.reply_state == "needs_reply"
    assert companion.waiting_since_at == NOW - 5 * DAY
    assert companion.waiting_conversation_id is not None


def test_R49_do_not_contact_is_said_until_it_ends(database: Database, world: World):
    rule = shown(database, world, email="ming@quiet.example").do_not_contact
    assert rule
    assert (rule.until, rule.reason) == (FOREVER, "家屬請我們不要再寫")


def test_a_stranger_is_one_line_and_a_colleague_is_ours(database: Database, world: World):
    assert shown(database, world, email="who@nowhere.example") == Companion("who@nowhere.example")
    assert shown(database, world, email="wei@ngo.example").is_ours
    assert shown(database, world, email="not an address") == Companion("")


def thread_of(database: Database, subject: str) -> str:
    with database.read() as session:
        query = (
            select(MailboxMessage.thread_id)
            .join(Message, Message.id == MailboxMessage.message_id)
            .where(Message.subject == subject)
        )
        return session.scalars(query.limit(1)).one()


def test_R18_a_thread_is_found_in_the_viewers_own_mailbox_alone(database: Database, world: World):
    own, foreign = thread_of(database, "會員續約"), thread_of(database, "採訪邀約")
    found = shown(database, world, thread_id=own)
    assert found.contact
    assert found.contact.name == "李淑芬"
    assert shown(database, world, thread_id=foreign) == Companion("")


def test_a_thread_is_read_as_gmails_page_and_as_its_api_name_it(database: Database, world: World):
    thread = thread_of(database, "會員續約")
    assert shown(database, world, thread_id=f"thread-f:{int(thread, 16)}").address == "shufen@member.example"
    assert normalise_thread_id("#thread-f:1746000000000000000") == f"{1746000000000000000:x}"
    assert normalise_thread_id(" 18AB ") == "18ab"
    assert normalise_thread_id("thread-a:r-123") == "thread-a:r-123"


def test_R4_a_merged_person_answers_under_each_address(database: Database, world: World):
    from streaklike.people.merging import merge
    from streaklike.store.models import Contact

    with database.begin() as session:
        into, other = session.get_one(Contact, world.chen), session.get_one(Contact, world.wang)
        merge(session, into, other, by=None, now=NOW)
    companion = shown(database, world, email="wang@volunteer.example")
    assert companion.contact
    assert companion.contact.id == world.chen
    assert companion.contact.addresses == ("wang@volunteer.example", "yating.chen@donor.example")
    assert {box.name for box in companion.boxes} == {"陳雅婷", "王大明"}


def test_hostile_names_are_carried_as_they_are(database: Database, world: World):
    companion = shown(database, world, email=EVIL)
    assert companion.contact
    assert companion.contact.name.startswith("<script>")
