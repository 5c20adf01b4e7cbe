"""Gifts want thanks within 48 hours: a hint beside the flags."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.notes import log, log_gift
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.cadence.queries.thanks_due import list_thanks_due
from streaklike.instants import DAY, HOUR
from streaklike.mail.touch_class import THANKING, class_of, find_words
from streaklike.people.clocks import last_by_class
from streaklike.people.contacts import set_do_not_contact, set_name
from streaklike.people.finding import get_contact
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Contact, Message
from streaklike.sync.touch_words import holds_thanks
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice

GIFT_AT = T0 + 3 * DAY


def give(session: Session) -> tuple[PostOffice, Contact]:
    office = PostOffice(session, now=T0)
    office.post(MEI, to=[AN], at=T0)
    office.link()
    contact = get_contact(session, "an@donor.example")
    log_gift(session, contact=contact, amount="1200", by=None, at=GIFT_AT, now=GIFT_AT)
    return office, contact


def test_a_gift_without_thanks_is_due_at_once_and_late_after_48_hours(database: Database):
    with database.begin() as session:
        give(session)
        (due,) = list_thanks_due(session, now=GIFT_AT + HOUR)
        assert (due.amount, due.currency, due.due_at) == ("1200", "TWD", GIFT_AT + 48 * HOUR)
        assert not due.is_late(GIFT_AT + 48 * HOUR)
        assert due.is_late(GIFT_AT + 48 * HOUR + 1)
        assert list_thanks_due(session, now=GIFT_AT - 1) == []
        assert list_thanks_due(session, now=GIFT_AT + 31 * DAY) == []


@pytest.mark.parametrize(("touch_class", "is_thanked"), [("thank", True), ("inform", False), ("ask", False)])
def test_R52_mail_that_thanks_ends_it_and_no_other(database: Database, touch_class: str, is_thanked: bool):
    with database.begin() as session:
        office, _ = give(session)
        office.post(MEI, to=[AN], at=GIFT_AT + DAY, touch_class=touch_class)
        office.link()
        assert (list_thanks_due(session, now=GIFT_AT + 2 * DAY) == []) == is_thanked
        assert len(list_thanks_due(session, now=GIFT_AT + HOUR)) == 1 or is_thanked


def test_a_logged_call_ends_it(database: Database):
    with database.begin() as session:
        _, contact = give(session)
        at = GIFT_AT + DAY
        log(session, "call", contact=contact, by=None, at=at, now=at, text="Thanked her", direction="inbound")
        assert len(list_thanks_due(session, now=at)) == 1
        log(session, "call", contact=contact, by=None, at=at, now=at, text="Thanked her")
        assert list_thanks_due(session, now=at) == []


def test_a_new_gift_wants_thanks_of_its_own(database: Database):
    with database.begin() as session:
        office, contact = give(session)
        office.post(MEI, to=[AN], at=GIFT_AT + DAY, touch_class="thank")
        office.link()
        again = GIFT_AT + 9 * DAY
        log_gift(session, contact=contact, by=None, at=again, now=again)
        (due,) = list_thanks_due(session, now=again, contact_id=contact.id)
        assert (due.gift_at, due.amount, due.currency) == (again, "", "")


def test_R49_nobody_who_is_left_alone_is_to_be_thanked(database: Database):
    with database.begin() as session:
        _, contact = give(session)
        set_do_not_contact(session, contact, until=FOREVER, by=None, now=GIFT_AT)
        assert list_thanks_due(session, now=GIFT_AT + HOUR) == []


def test_R49_who_was_left_alone_until_now_is_to_be_thanked_again(database: Database):
    with database.begin() as session:
        _, contact = give(session)
        set_do_not_contact(session, contact, until=GIFT_AT + DAY, by=None, now=GIFT_AT)
        assert list_thanks_due(session, now=GIFT_AT + DAY - 1) == []
        assert len(list_thanks_due(session, now=GIFT_AT + DAY)) == 1


def test_a_hint_stands_from_the_gift_and_for_thirty_days(database: Database):
    with database.begin() as session:
        give(session)
        assert len(list_thanks_due(session, now=GIFT_AT)) == 1
        assert len(list_thanks_due(session, now=GIFT_AT + 30 * DAY - 1)) == 1
        assert list_thanks_due(session, now=GIFT_AT + 30 * DAY) == []


@pytest.mark.parametrize(("before", "is_thanked"), [(12 * HOUR, True), (12 * HOUR + 1, False)])
def test_thanks_of_the_morning_before_are_thanks_for_a_gift_dated_by_its_day(
    database: Database, before: int, is_thanked: bool
):
    with database.begin() as session:
        office, _ = give(session)
        office.post(MEI, to=[AN], at=GIFT_AT - before, touch_class="thank")
        office.link()
        for now in (GIFT_AT + HOUR, GIFT_AT + 30 * DAY - 1):
            assert (list_thanks_due(session, now=now) == []) is is_thanked


@pytest.mark.parametrize(("before", "is_thanked"), [(12 * HOUR, True), (12 * HOUR + 1, False)])
def test_so_is_a_call_of_the_morning_before(database: Database, before: int, is_thanked: bool):
    with database.begin() as session:
        _, contact = give(session)
        log(session, "call", contact=contact, by=None, at=GIFT_AT - before, now=GIFT_AT, text="Thanks")
        for now in (GIFT_AT + HOUR, GIFT_AT + 30 * DAY - 1):
            assert (list_thanks_due(session, now=now) == []) is is_thanked


@pytest.mark.parametrize(("role", "is_thanked"), [("to", True), ("bcc", True), ("cc", False)])
def test_R34_thanks_go_to_whom_they_are_for(database: Database, role: str, is_thanked: bool):
    with database.begin() as session:
        office, _ = give(session)
        office.post(MEI, **{"to": [BO], role: [AN]}, at=GIFT_AT + DAY, touch_class="thank")
        office.link()
        assert (list_thanks_due(session, now=GIFT_AT + 2 * DAY) == []) is is_thanked


def test_thanks_that_are_in_the_trash_or_to_come_or_theirs_end_nothing(database: Database):
    with database.begin() as session:
        office, _ = give(session)
        trashed = office.post(MEI, to=[AN], at=GIFT_AT + HOUR, touch_class="thank")
        office.post(MEI, to=[AN], at=GIFT_AT + 2 * DAY, touch_class="thank")
        forged = office.post(MEI, to=[WEI, AN], at=GIFT_AT + HOUR, seen_by=[WEI], touch_class="thank")
        office.trash(trashed)
        office.link()
        assert session.get_one(Message, forged).direction == "internal"
        assert len(list_thanks_due(session, now=GIFT_AT + DAY)) == 1
        assert len(list_thanks_due(session, now=GIFT_AT + 2 * DAY - 1)) == 1
        assert list_thanks_due(session, now=GIFT_AT + 2 * DAY) == []


@pytest.mark.parametrize(
    ("kind", "is_thanked"), [("call", True), ("meeting", True), ("message", True), ("note", False)]
)
def test_what_was_said_by_another_way_ends_it_unless_taken_back(
    database: Database, kind: str, is_thanked: bool
):
    with database.begin() as session:
        _, contact = give(session)
        at = GIFT_AT + DAY
        said = log(session, kind, contact=contact, by=None, at=at, now=at, text="Thanks")
        log(session, "call", contact=contact, by=None, at=GIFT_AT - DAY, now=at, text="Before")
        assert len(list_thanks_due(session, now=at - 1)) == 1
        assert (list_thanks_due(session, now=at) == []) is is_thanked
        undo(session, said, by=None, now=at + 1)
        assert len(list_thanks_due(session, now=at + 1)) == 1


def test_the_last_thanks_count_whatever_the_order_they_are_found_in(database: Database):
    with database.begin() as session:
        office, contact = give(session)
        for days in (-2, 1, -1):
            at = GIFT_AT + days * DAY
            log(session, "call", contact=contact, by=None, at=at, now=GIFT_AT + DAY, text="Thanks")
        office.link()
        assert list_thanks_due(session, now=GIFT_AT + 2 * DAY) == []
        assert len(list_thanks_due(session, now=GIFT_AT + HOUR)) == 1


def test_of_several_mails_that_thank_the_last_counts(database: Database):
    with database.begin() as session:
        office, _ = give(session)
        for days in (-2, 1, -1):
            office.post(MEI, to=[AN], at=GIFT_AT + days * DAY, touch_class="thank")
        office.link()
        assert list_thanks_due(session, now=GIFT_AT + 2 * DAY) == []
        assert len(list_thanks_due(session, now=GIFT_AT + HOUR)) == 1


def test_the_oldest_gift_of_each_comes_first_and_one_taken_back_is_none(database: Database):
    with database.begin() as session:
        office, an = give(session)
        office.post(MEI, to=[BO, CHU], at=T0)
        office.link()
        bo, chu = get_contact(session, "bo@donor.example"), get_contact(session, "chu@volunteer.example")
        log_gift(session, contact=an, amount="5", currency="USD", by=None, at=GIFT_AT - DAY, now=GIFT_AT)
        log_gift(session, contact=bo, by=None, at=GIFT_AT - 2 * DAY, now=GIFT_AT)
        wrong = log_gift(session, contact=chu, by=None, at=GIFT_AT, now=GIFT_AT)
        undo(session, wrong, by=None, now=GIFT_AT)
        log(session, "note", contact=chu, by=None, at=GIFT_AT, now=GIFT_AT, text="Rice")
        set_name(session, bo, "Auntie Bo", by=None, now=GIFT_AT)
        found = list_thanks_due(session, now=GIFT_AT)
        assert [(due.name, due.gift_at, due.amount, due.currency) for due in found] == [
            ("Auntie Bo", GIFT_AT - 2 * DAY, "", ""),
            ("An Chen", GIFT_AT - DAY, "5", "USD"),
        ]
        (alone,) = list_thanks_due(session, now=GIFT_AT, contact_id=bo.id)
        assert alone.contact_id == bo.id


def test_R4_a_gift_and_thanks_of_a_merged_person_are_the_roots(database: Database):
    with database.begin() as session:
        office, an = give(session)
        office.post(MEI, to=[BO], at=T0)
        office.link()
        bo = get_contact(session, "bo@donor.example")
        merge(session, bo, an, by=None, now=GIFT_AT)
        (due,) = list_thanks_due(session, now=GIFT_AT)
        assert due.contact_id == bo.id
        assert len(list_thanks_due(session, now=GIFT_AT, contact_id=bo.id)) == 1
        office.post(MEI, to=[BO], at=GIFT_AT + DAY, touch_class="thank")
        office.link()
        assert list_thanks_due(session, now=GIFT_AT + DAY) == []
        set_do_not_contact(session, bo, until=FOREVER, by=None, now=GIFT_AT)
        assert list_thanks_due(session, now=GIFT_AT) == []


def test_R47_the_hint_is_no_flag(database: Database):
    with database.begin() as session:
        give(session)
        refresh(session, now=GIFT_AT + 3 * DAY)
        assert [flag.reason for flag in list_flags(session, now=GIFT_AT + 3 * DAY)] == []


@pytest.mark.parametrize(
    ("days", "words", "is_thanked"),
    [
        (7, "(any)|(thanks)", True),
        (7.001, "(any)|(thanks)", False),
        (-0.4, "(any)|(thanks)", True),
        (1, "(any)", False),
    ],
)
def test_R52_a_thanking_sentence_beside_a_service_is_the_thanks_for_a_week(
    database: Database, days: float, words: str, is_thanked: bool
):
    with database.begin() as session:
        office, _ = give(session)
        at = GIFT_AT + round(days * DAY)
        office.post(MEI, to=[AN], at=at, touch_class="serve")
        office.link()
        message = session.scalars(select(Message).where(Message.touch_class == "serve")).one()
        message.touch_words = words
        session.flush()
        assert (list_thanks_due(session, now=GIFT_AT + 8 * DAY) == []) == is_thanked
        clocks = last_by_class(session, [get_contact(session, "an@donor.example").id])
        assert clocks.get("thank") == (at if "(thanks)" in words else None)


def test_R52_mail_that_a_person_says_is_no_thanks_is_none():
    words = "|".join(find_words("感謝您的捐款", "感謝您的捐款與支持。", THANKING))
    assert class_of(words.split("|")) == "thank"
    assert holds_thanks("thank", words)
    assert not holds_thanks("inform", words)
    assert holds_thanks("serve", "(any)|(thanks)")
    assert not holds_thanks("serve", None)
