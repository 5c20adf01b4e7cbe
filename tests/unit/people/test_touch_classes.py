"""Corrections of what our mail is for, and what is learned from them (R52)."""

from itertools import permutations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.instants import DAY, HOUR
from streaklike.people.clocks import last_by_class
from streaklike.people.errors import BadValue
from streaklike.people.finding import get_contact
from streaklike.people.merging import merge
from streaklike.people.touch_classes import (
    MOST,
    Correction,
    classes_at,
    correct_touch,
    ensure_classed,
    explain_touches,
    find_touch,
    learn,
    mark_recipients_due,
    relearn,
)
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump
from streaklike.store.models import ContactStatus, Event, Message, User
from streaklike.sync.touch_words import load_team_words, save_team_words
from tests.factories import AN, BO, CHU, DAO, MEI, T0, WEI, PostOffice

APPEAL = "義賣活動需要您：一起支持孩子們，邀請您參加。"


def post_appeals(session: Session) -> list[int]:
    """Two like letters to An, one to Bo, and a plain one."""
    office = PostOffice(session, now=T0)
    ids = [
        office.post(MEI, to=[AN], at=T0, subject="義賣", text=APPEAL, rfc_id="one@post.example"),
        office.post(
            WEI, to=[AN], at=T0 + 9 * DAY, subject="義賣", text=f"{APPEAL}！", rfc_id="two@post.example"
        ),
        office.post(
            MEI, to=[BO], at=T0 + DAY, subject="義賣", text=f"{APPEAL}。", rfc_id="three@post.example"
        ),
        office.post(MEI, to=[BO], at=T0 + 2 * DAY, subject="新址", text="我們搬家了。"),
    ]
    office.link()
    refresh(session, now=T0 + 10 * DAY)
    return ids


def classes(session: Session) -> dict[str, str | None]:
    return dict(session.execute(select(Message.rfc_id, Message.touch_class)).all())


def flagged(session: Session, now: int) -> set[tuple[str, str]]:
    refresh(session, now=now)
    return {(flag.contact, flag.reason) for flag in list_flags(session, now=now)}


def get(session: Session, rfc_id: str) -> Message:
    return session.scalars(select(Message).where(Message.rfc_id == rfc_id)).one()


def test_R52_a_correction_outranks_the_words_and_its_flags_follow(database: Database):
    now = T0 + 10 * DAY
    with database.begin() as session:
        post_appeals(session)
        assert ("an@donor.example", "asks") in flagged(session, now)
        event = correct_touch(session, get(session, "one@post.example"), "inform", by=None, now=now)
        assert event is not None
        assert ("an@donor.example", "asks") not in flagged(session, now)
        assert correct_touch(session, get(session, "one@post.example"), "inform", by=None, now=now) is None
        undo(session, event, by=None, now=now + HOUR)
        assert ("an@donor.example", "asks") in flagged(session, now + HOUR)


def test_R52_the_team_s_words_learn_and_unlearn(database: Database):
    now = T0 + 10 * DAY
    with database.begin() as session:
        post_appeals(session)
        before = classes(session)
        assert before["three@post.example"] == "ask"
        events = [
            correct_touch(session, get(session, rfc_id), "inform", by=None, now=now)
            for rfc_id in ("one@post.example", "two@post.example")
        ]
        assert load_team_words(session).shifts["義賣"]["inform"] > 0
        refresh(session, now=now)
        for event in events:
            if event is not None:
                undo(session, event, by=None, now=now + HOUR)
        assert classes(session) == before
        assert load_team_words(session).shifts == {}


def test_R52_enough_corrections_class_the_next_letter_of_their_kind(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        for number in range(6):
            office.post(
                MEI,
                to=[AN],
                at=T0 + number * DAY,
                subject="週報",
                text="邀請您一起。",
                rfc_id=f"w{number}@post.example",
            )
        office.link()
        refresh(session, now=T0 + 9 * DAY)
        assert set(classes(session).values()) == {"ask"}
        for number in range(3):
            message = get(session, f"w{number}@post.example")
            if message.touch_class == "ask":
                correct_touch(session, message, "inform", by=None, now=T0 + 9 * DAY)
        assert set(classes(session).values()) == {"inform"}
        office.post(
            MEI, to=[BO], at=T0 + 9 * DAY, subject="週報", text="邀請您一起。", rfc_id="new@post.example"
        )
        assert classes(session)["new@post.example"] == "inform"


def test_R21_R52_corrections_add_up_the_same_in_any_order():
    made = [
        Correction(
            at, f"e{at}", {"message": f"m{at % 3}", "class": name, "words": ["(any)", "捐款", word]}, None
        )
        for at, (name, word) in enumerate(
            [("ask", "支持"), ("inform", "報告"), ("thank", "支持"), ("ask", "捐款")]
        )
    ]
    learned = [learn("v", sorted(order)) for order in permutations(made)]
    assert all(each == learned[0] for each in learned)
    assert learned[0].given == {"m0": "ask", "m1": "inform", "m2": "thank"}
    assert "(any)" not in learned[0].shifts


def test_R52_no_word_moves_without_end():
    many = [
        Correction(at, f"{at}", {"message": f"m{at}", "class": "inform", "words": ["捐款"]}, None)
        for at in range(90)
    ]
    assert learn("v", many).shifts == {"捐款": {"inform": MOST}}


def test_R51_R52_as_of_an_instant_before_the_correction_it_was_an_ask(database: Database):
    now = T0 + 10 * DAY
    with database.begin() as session:
        post_appeals(session)
        correct_touch(session, get(session, "one@post.example"), "inform", by=None, now=now)
        reasons = {flag.reason for flag in flags_as_of(session, at=now - HOUR)}
        assert "asks" in reasons
        assert "asks" not in {flag.reason for flag in flags_as_of(session, at=now + HOUR)}


def test_R51_R52_a_correction_counts_from_its_instant_until_it_is_taken_back(database: Database):
    said, taken_back = T0 + 10 * DAY, T0 + 11 * DAY
    with database.begin() as session:
        ids = post_appeals(session)
        event = correct_touch(session, get(session, "one@post.example"), "inform", by=None, now=said)
        assert event is not None
        undo(session, event, by=None, now=taken_back)
        last = correct_touch(session, get(session, "one@post.example"), "serve", by=None, now=T0 + 12 * DAY)
        assert last is not None
        undo(session, last, by=None, now=T0 + 13 * DAY)
        assert get(session, "one@post.example").touch_class == "ask"
        for at, expected in (
            (said - 1, {}),
            (said, {ids[0]: "inform"}),
            (taken_back - 1, {ids[0]: "inform"}),
            (taken_back, {}),
        ):
            assert classes_at(session, at=at) == expected


def test_R52_of_two_corrections_the_later_counts_whichever_was_written_down_first(database: Database):
    with database.begin() as session:
        post_appeals(session)
        message = get(session, "one@post.example")
        correct_touch(session, message, "inform", by=None, now=T0 + 2 * DAY)
        assert message.touch_class == "inform"
        correct_touch(session, message, "serve", by=None, now=T0 + DAY)
        assert message.touch_class == "inform"
        first, second = session.scalars(select(Event).order_by(Event.id))
        for uids, instants in ((("a", "b"), (2 * DAY, DAY)), (("d", "c"), (DAY, DAY))):
            first.uid, second.uid = uids
            first.at, second.at = (T0 + instant for instant in instants)
            relearn(session)
            assert message.touch_class == "inform"


def test_R52_whoever_had_the_mail_is_due_as_the_one_they_are(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN], cc=[BO, CHU])
        office.post(MEI, [DAO], subject="Another")
        office.link()
        an, bo, chu = (get_contact(session, each) for each in (AN, BO, CHU))
        merge(session, bo, an, by=None, now=T0)
        session.execute(update(ContactStatus).values(due_at=T0))
        mark_recipients_due(session, [sent])
        due = session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0))
        assert set(due) == {bo.id, chu.id}


def test_R49_R52_a_new_vocabulary_reads_ours_and_theirs(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("streaklike.people.touch_classes.CHUNK", 1)
    refused = "請不要再寄信給我了。"
    with database.begin() as session:
        office = PostOffice(session)
        save_team_words(session, load_team_words(session)._replace(version="older"))
        ensure_classed(session)
        office.post(MEI, [AN], text=APPEAL, rfc_id="ours@post.example")
        office.post(MEI, [AN], text=APPEAL, kind="automatic", rfc_id="away@post.example")
        office.post(AN, [MEI], text=refused, rfc_id="theirs@post.example")
        office.post(AN, [MEI], text=refused, kind="automatic", rfc_id="machine@post.example")
        office.link()
        before = classes(session)
        assert [name for name, touch_class in before.items() if touch_class] == ["ours@post.example"]
        session.execute(update(Message).values(touch_class="thank", touch_words="x", refusal="y"))
        save_team_words(session, load_team_words(session)._replace(version="older"))
        ensure_classed(session)
        assert classes(session) == before
        refusals = dict(session.execute(select(Message.rfc_id, Message.refusal)).all())
        assert {name for name, sentence in refusals.items() if sentence} == {"theirs@post.example"}
        correct_touch(session, get(session, "ours@post.example"), "serve", by=None, now=T0)
        assert classes(session) == before | {"ours@post.example": "serve"}


def test_R52_mail_of_ours_is_found_by_its_message_id(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], rfc_id="theirs@post.example")
        office.post(MEI, [BO], rfc_id="other@post.example")
        for fingerprint in ("b", "a"):
            office.post(MEI, [AN], rfc_id="ours@post.example", fingerprint=fingerprint)
        for written in ("ours@post.example", " <ours@post.example> "):
            found = find_touch(session, written)
            assert found is not None
            assert (found.rfc_id, found.fingerprint) == ("ours@post.example", "a")
        assert find_touch(session, "<theirs@post.example>") is None
        assert find_touch(session, "nothing@post.example") is None


def test_R52_mail_is_classed_anew_where_the_vocabulary_changed(database: Database):
    with database.begin() as session:
        post_appeals(session)
        before = classes(session)
        for message in session.scalars(select(Message)):
            message.touch_class = message.touch_words = None
        session.execute(update(ContactStatus).values(due_at=T0))
        save_team_words(session, load_team_words(session)._replace(version="older"))
        ensure_classed(session)
        session.expire_all()
        assert classes(session) == before
        assert set(session.scalars(select(ContactStatus.due_at))) == {0}


def test_R52_a_correction_is_content_and_what_was_learned_is_not(database: Database):
    with database.begin() as session:
        post_appeals(session)
        correct_touch(session, get(session, "one@post.example"), "serve", by=None, now=T0 + 10 * DAY)
        lines = list(iter_dump(session))
    assert any('"class":"serve"' in line and '"one@post.example"' in line for line in lines)
    assert not any("touch_words" in line for line in lines)


def test_R52_a_class_that_there_is_not_and_mail_of_theirs_are_refused(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        theirs = office.post(AN, to=[MEI], at=T0)
        ours = office.post(MEI, to=[AN], at=T0)
        office.link()
        with pytest.raises(BadValue):
            correct_touch(session, session.get_one(Message, ours), "beg", by=None, now=T0)
        with pytest.raises(BadValue):
            correct_touch(session, session.get_one(Message, theirs), "ask", by=None, now=T0)
        assert session.scalars(select(Event)).all() == []


def test_R52_each_class_has_a_clock_of_its_own(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=T0)
        for day, name in enumerate(("ask", "thank", "ask", "inform")):
            office.post(MEI, to=[AN], at=T0 + day * DAY, touch_class=name)
        bounced = office.post(MEI, to=[AN], at=T0 + 8 * DAY, touch_class="ask")
        office.post(
            "Mail Delivery Subsystem <mailer-daemon@mx.example>", to=[MEI], at=T0 + 8 * DAY + 1, kind="bounce",
            failed=[AN], bounce_of=bounced, bounce_status="5.1.1",
        )  # fmt: skip
        office.link()
        contact = get_contact(session, "an@donor.example")
        assert last_by_class(session, [contact.id]) == {
            "ask": T0 + 2 * DAY,
            "thank": T0 + DAY,
            "inform": T0 + 3 * DAY,
        }


def test_R52_the_words_behind_a_class_are_told(database: Database):
    with database.begin() as session:
        post_appeals(session)
        said = explain_touches(session, ["one@post.example"])["one@post.example"]
        assert said.touch_class == said.judgement.touch_class == "ask"
        assert said.event_uid is None
        correct_touch(session, get(session, "one@post.example"), "thank", by=None, now=T0 + 10 * DAY)
        said = explain_touches(session, ["one@post.example"])["one@post.example"]
        assert (said.touch_class, said.corrected_by) == ("thank", None)
        assert said.event_uid is not None
        wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
        correct_touch(session, get(session, "two@post.example"), "serve", by=wei, now=T0 + 10 * DAY)
        session.execute(
            update(Message).where(Message.rfc_id == "three@post.example").values(touch_words=None)
        )
        told = explain_touches(session, [f"{name}@post.example" for name in ("one", "two", "three")])
        assert {name: said.corrected_by for name, said in told.items()} == {
            "one@post.example": None,
            "two@post.example": wei.name,
        }
