from decimal import Decimal

import pytest

from streaklike.boxes.errors import BadText, BadTime
from streaklike.boxes.notes import is_clearing, log, log_gift, wants_reply
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact
from streaklike.people.timeline import list_timeline
from streaklike.store.database import Database
from tests.factories import AN, T0


@pytest.mark.parametrize(
    ("kind", "clears", "is_clearing"),
    [("note", None, False), ("note", True, True), ("call", None, True), ("meeting", None, True),
     ("message", None, True), ("call", False, False)],
)  # fmt: skip
def test_R36_a_call_clears_by_itself_and_a_note_where_it_is_said(
    database: Database, kind, clears, is_clearing
):
    with database.begin() as session:
        contact = add_contact(session, AN, by=None, now=T0)
        event = log(session, kind, contact=contact, by=None, at=T0 - DAY, now=T0, text="Spoke", clears=clears)
        assert (event.at, event.logged_at, event.text) == (T0 - DAY, T0, "Spoke")
        assert event.data == {"clears": is_clearing, "direction": "outbound"}
        assert (list_timeline(session, contact.id)[-1].kind) == kind


@pytest.mark.parametrize(
    ("kind", "said", "clears", "wants"),
    [("message", None, False, True), ("message", False, False, False), ("call", None, True, False),
     ("call", True, True, True), ("meeting", None, True, None), ("note", None, False, None)],
)  # fmt: skip
def test_R56_what_comes_from_them_says_whether_it_wants_a_reply(
    database: Database, kind, said, clears, wants
):
    with database.begin() as session:
        contact = add_contact(session, AN, by=None, now=T0)
        known = {"contact": contact, "by": None, "at": T0, "now": T0}
        event = log(session, kind, text="請問?", direction="inbound", wants_reply=said, **known)
        assert event.data.get("clears") == clears
        assert event.data.get("wants_reply") == wants
        assert wants_reply(kind, event.data) == bool(wants)
        thanks = log(session, "message", text="謝謝!", direction="inbound", **known)
        assert thanks.data["is_thanks"]
        for refused in (("call", "outbound"), ("meeting", "inbound"), ("note", "inbound")):
            with pytest.raises(BadText):
                log(session, refused[0], text="Hi", direction=refused[1], wants_reply=True, **known)


def test_R56_a_message_of_theirs_logged_before_it_had_a_say_wants_a_reply_and_clears_nothing():
    stored = {"clears": True, "direction": "inbound"}
    assert wants_reply("message", stored)
    assert not is_clearing("message", stored)
    assert is_clearing("call", stored)
    assert not wants_reply("call", stored)


def test_what_has_not_happened_or_says_nothing_is_not_written(database: Database):
    with database.begin() as session:
        contact = add_contact(session, AN, by=None, now=T0)
        known = {"contact": contact, "by": None, "now": T0}
        with pytest.raises(BadTime):
            log(session, "call", at=T0 + HOUR, text="Spoke", **known)
        for kind, text, direction in (
            ("fax", "Hi", "outbound"),
            ("note", " ", "outbound"),
            ("call", "Hi", "up"),
        ):
            with pytest.raises(BadText):
                log(session, kind, at=T0, text=text, direction=direction, **known)
        assert [entry.kind for entry in list_timeline(session, contact.id)] == ["contact"]


def test_a_gift_has_an_amount_and_a_currency(database: Database):
    with database.begin() as session:
        contact = add_contact(session, AN, by=None, now=T0)
        known = {"contact": contact, "by": None, "at": T0, "now": T0}
        assert log_gift(session, amount="1,200", **known).data == {"amount": "1200", "currency": "TWD"}
        assert log_gift(session, amount=Decimal("5E+2"), currency="usd", **known).data == {
            "amount": "500", "currency": "USD",
        }  # fmt: skip
        for amount in ("", "much", "-3", "0", "NaN"):
            with pytest.raises(BadText):
                log_gift(session, amount=amount, **known)
