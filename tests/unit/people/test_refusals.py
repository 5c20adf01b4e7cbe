"""Refusals are proposed to the team, and a person decides (R49)."""

from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.instants import DAY
from streaklike.people.contacts import set_do_not_contact
from streaklike.people.finding import get_contact
from streaklike.people.refusals import accept_refusal, decline_refusal, find_refusing, list_proposals
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Message
from tests.factories import AN, BO, MEI, T0, PostOffice

NOW = T0 + 5 * DAY
SENTENCE = "請不要再寄信給我了。"


def post_refusal(session: Session) -> Message:
    office = PostOffice(session, now=T0)
    office.post(MEI, to=[AN], at=T0)
    office.post(AN, to=[MEI], at=T0 + DAY, text=f"您好，\n{SENTENCE}\n安", rfc_id="no@post.example")
    office.post(BO, to=[MEI], at=T0 + DAY, text="Please stop by on Saturday!")
    office.link()
    message = find_refusing(session, "<no@post.example>")
    assert message is not None
    return message


def test_R49_a_refusal_is_proposed_with_its_sentence(database: Database):
    with database.begin() as session:
        post_refusal(session)
        (found,) = list_proposals(session, now=NOW)
        assert (found.address, found.sentence, found.at) == ("an@donor.example", SENTENCE, T0 + DAY)
        contact = get_contact(session, "an@donor.example")
        assert contact.do_not_contact_until is None
        assert list_proposals(session, now=NOW, contact_id=contact.id) == [found]


def test_R49_accepting_leaves_them_alone_and_is_taken_back(database: Database):
    with database.begin() as session:
        event = accept_refusal(session, post_refusal(session), until=FOREVER, by=None, now=NOW)
        contact = get_contact(session, "an@donor.example")
        assert (contact.do_not_contact_until, contact.do_not_contact_reason) == (FOREVER, SENTENCE)
        assert list_proposals(session, now=NOW) == []
        assert event is not None
        undo(session, event, by=None, now=NOW)
        assert get_contact(session, "an@donor.example").do_not_contact_until is None
        assert len(list_proposals(session, now=NOW)) == 1


def test_R49_accepting_takes_an_end_date_and_a_reason(database: Database):
    with database.begin() as session:
        until = NOW + 30 * DAY
        accept_refusal(session, post_refusal(session), until=until, reason="服喪", by=None, now=NOW)
        contact = get_contact(session, "an@donor.example")
        assert (contact.do_not_contact_until, contact.do_not_contact_reason) == (until, "服喪")
        assert list_proposals(session, now=until + DAY) == []


def test_R49_a_declined_mail_is_not_proposed_again_but_a_new_one_is(database: Database):
    with database.begin() as session:
        event = decline_refusal(session, post_refusal(session), by=None, now=NOW)
        assert list_proposals(session, now=NOW) == []
        office = PostOffice(session, now=NOW)
        office.post(AN, to=[MEI], at=NOW, text="Please stop emailing me.", rfc_id="again@post.example")
        office.link()
        assert [each.rfc_id for each in list_proposals(session, now=NOW)] == ["again@post.example"]
        undo(session, event, by=None, now=NOW)
        assert len(list_proposals(session, now=NOW)) == 1


def test_R49_whoever_is_left_alone_already_is_not_proposed(database: Database):
    with database.begin() as session:
        post_refusal(session)
        contact = get_contact(session, "an@donor.example")
        set_do_not_contact(session, contact, until=FOREVER, reason="said so", by=None, now=NOW)
        assert list_proposals(session, now=NOW) == []
