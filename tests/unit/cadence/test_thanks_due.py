"""Gifts want thanks within 48 hours: a hint beside the flags."""

import pytest
from sqlalchemy.orm import Session

from streaklike.boxes.notes import log, log_gift
from streaklike.cadence.flag_views import list_flags
from streaklike.cadence.refresh import refresh
from streaklike.cadence.thanks_due import list_thanks_due
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import set_do_not_contact
from streaklike.people.finding import get_contact
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Contact
from tests.factories import AN, MEI, T0, PostOffice

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


def test_R47_the_hint_is_no_flag(database: Database):
    with database.begin() as session:
        give(session)
        refresh(session, now=GIFT_AT + 3 * DAY)
        assert [flag.reason for flag in list_flags(session, now=GIFT_AT + 3 * DAY)] == []
