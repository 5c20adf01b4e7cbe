"""Refusals are proposed to the team, and a person decides (R49)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.instants import DAY
from streaklike.people.contacts import set_do_not_contact, set_name
from streaklike.people.errors import BadValue
from streaklike.people.finding import get_contact
from streaklike.people.merging import merge
from streaklike.people.refusals import accept_refusal, decline_refusal, find_refusing, list_proposals
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Message
from tests.factories import AN, BO, CHU, DAO, MEI, T0, PostOffice

NOW = T0 + 5 * DAY
SENTENCE = "請不要再寄信給我了。"
KEYS = ["an@donor.example", "bo@donor.example", "chu@volunteer.example", "dao@press.example"]


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


def refuse(office: PostOffice, who: str, at: int, **facts) -> str:
    """A mail of theirs that asks us not to write again; its Message-ID."""
    rfc_id = f"no{at}.{who[:2].lower()}@post.example"
    office.post(who, to=[MEI], at=at, text=f"您好，\n{SENTENCE}\n{at} {who}", rfc_id=rfc_id, **facts)
    return rfc_id


def proposed(session: Session, now: int, contact_id: int | None = None) -> list[tuple[str, int]]:
    return [(each.address[:2], each.at) for each in list_proposals(session, now=now, contact_id=contact_id)]


def found_by(session: Session, rfc_id: str) -> Message:
    message = find_refusing(session, rfc_id)
    assert message is not None
    return message


def test_R49_the_newest_of_each_person_is_proposed_the_newest_first(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        for who, days in ((AN, 3), (BO, 2), (CHU, 1), (AN, 1), (DAO, 2)):
            refuse(office, who, T0 + days * DAY)
        office.link()
        set_name(session, get_contact(session, "bo@donor.example"), "Uncle Bo", by=None, now=T0)
        everybody = list_proposals(session, now=NOW)
        assert [(each.address[:2], each.at) for each in everybody] == [
            ("an", T0 + 3 * DAY),
            ("bo", T0 + 2 * DAY),
            ("da", T0 + 2 * DAY),
            ("ch", T0 + DAY),
        ]
        assert [each.name for each in everybody] == ["An Chen", "Uncle Bo", "Dao", "朱小姐"]
        assert proposed(session, T0 + 3 * DAY - 1)[-2:] == [("an", T0 + DAY), ("ch", T0 + DAY)]
        assert proposed(session, T0 + DAY) == [("an", T0 + DAY), ("ch", T0 + DAY)]
        bo = get_contact(session, "bo@donor.example")
        assert proposed(session, NOW, bo.id) == [("bo", T0 + 2 * DAY)]


def test_R49_only_live_human_mail_refuses(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        newsletter, gone = refuse(office, AN, T0, kind="bulk"), refuse(office, BO, T0)
        office.post(MEI, to=[BO], at=T0)
        office.trash(session.scalars(select(Message.id).where(Message.rfc_id == gone)).one())
        plain = office.post(CHU, to=[MEI], rfc_id="plain@post.example")
        office.link()
        assert list_proposals(session, now=NOW) == []
        assert find_refusing(session, f" <{newsletter}> ") is not None
        assert find_refusing(session, gone) is None
        assert find_refusing(session, "plain@post.example") is None
        assert find_refusing(session, "nothing@post.example") is None
        with pytest.raises(BadValue, match="asks nobody"):
            decline_refusal(session, session.get_one(Message, plain), by=None, now=NOW)


def test_R49_what_was_decided_by_hand_after_the_mail_decides_it_for_good(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        for who in (AN, BO, CHU, DAO):
            refuse(office, who, T0 + DAY)
        office.link()
        people = [get_contact(session, key) for key in KEYS]
        for contact, at in zip(people, (T0 + DAY, T0 + DAY - 1, T0, T0 + 2 * DAY), strict=True):
            set_do_not_contact(session, contact, until=NOW, by=None, now=at)
        assert proposed(session, NOW - 1) == []
        assert proposed(session, NOW) == [("bo", T0 + DAY), ("ch", T0 + DAY)]
        set_do_not_contact(session, people[1], until=None, by=None, now=NOW)
        assert proposed(session, NOW) == [("bo", T0 + DAY), ("ch", T0 + DAY)]
        refuse(office, AN, NOW + DAY)
        office.link()
        assert proposed(session, NOW + DAY)[0] == ("an", NOW + DAY)


def test_R49_a_decision_about_one_mail_decides_no_other(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        first, second = refuse(office, AN, T0), refuse(office, AN, T0 + DAY)
        of_bo = refuse(office, BO, T0)
        office.link()
        event = accept_refusal(session, found_by(session, first), until=NOW + DAY, by=None, now=NOW)
        assert event is not None
        assert event.data["message"] == first
        again = accept_refusal(
            session, found_by(session, first), until=NOW + DAY, reason=SENTENCE, by=None, now=NOW
        )
        assert again is None
        assert proposed(session, NOW) == [("bo", T0)]
        assert proposed(session, NOW + DAY) == [("an", T0 + DAY), ("bo", T0)]
        declined = decline_refusal(session, found_by(session, second), reason=" a joke ", by=None, now=NOW)
        assert declined.data == {"message": second, "sentence": SENTENCE, "reason": "a joke"}
        assert decline_refusal(session, found_by(session, of_bo), by=None, now=NOW).data["reason"] == ""
        assert proposed(session, NOW + DAY) == []
        undo(session, declined, by=None, now=NOW)
        assert proposed(session, NOW + DAY) == [("an", T0 + DAY)]


def test_R4_R49_what_was_decided_of_a_merged_part_is_decided_of_the_root(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        rfc_id = refuse(office, AN, T0)
        refuse(office, CHU, T0)
        office.post(MEI, to=[BO], at=T0)
        office.link()
        decline_refusal(session, found_by(session, rfc_id), by=None, now=NOW)
        an, bo, chu = (get_contact(session, key) for key in KEYS[:3])
        for part in (an, chu):
            merge(session, bo, part, by=None, now=NOW)
        assert [each.contact_id for each in list_proposals(session, now=NOW)] == [bo.id]
        assert proposed(session, NOW, bo.id) == [("ch", T0)]
        accept_refusal(session, found_by(session, rfc_id), until=FOREVER, by=None, now=NOW)
        assert bo.do_not_contact_until == FOREVER


def test_R19_R49_of_two_mails_with_one_message_id_it_is_the_same_everywhere(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for fingerprint in ("b", "a"):
            office.post(AN, to=[MEI], text=SENTENCE, rfc_id="Xmas@post.example", fingerprint=fingerprint)
        office.link()
        assert found_by(session, "<Xmas@post.example>").fingerprint == "a"
