"""What is read about people before they are judged, where only several things of one kind tell whether it is right."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from streaklike.boxes.lifecycle import add_box_conversation, close_box, create_box
from streaklike.boxes.notes import log
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY, HOUR
from streaklike.people.events import mark_due
from streaklike.people.marks import assign_conversation, mark_no_reply_needed, reopen_conversation
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import Message, User
from tests.factories import AN, BO, CHU, DAEMON, DAO, MEI, ROBOT, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import (
    answer_of,
    conversation_of,
    flags_of,
    member,
    person,
    status_of,
)


def test_R51_of_several_mails_dated_ahead_the_first_says_when_somebody_is_due(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for hours in (2, 1, 3):
            office.post(AN, to=[MEI], at=T0 + DAY + hours * HOUR, subject=f"Ahead {hours}")
        office.link()
        assert status_of(session, AN, now=T0).due_at == T0 + DAY + HOUR


def _begin(session: Session) -> tuple[int, User, User]:
    """A question that waits, two colleagues, and pipelines to begin with."""
    office = PostOffice(session)
    ensure_start_pipelines(session)
    asked = office.post(AN, to=[MEI], at=T0)
    office.user(WEI)
    office.link()
    return asked, member(session, MEI), member(session, WEI)


def test_R58_the_open_box_that_a_conversation_entered_last_answers_for_it(database: Database) -> None:
    with database.begin() as session:
        asked, mei, wei = _begin(session)
        boxes = [
            create_box(session, "cases", "new", name=name, owners=owners, by=None, now=T0)
            for name, owners in (("First", [mei]), ("Second", []), ("Third", [wei]), ("Closed", [mei]))
        ]
        for box in boxes:
            add_box_conversation(session, box, conversation_of(session, asked), by=None, now=T0)
        close_box(session, boxes[3], by=None, now=T0)
        (flag,) = flags_of(session, AN, now=T0 + 7 * DAY)
        assert (flag.reason, flag.box_name, flag.owner) == ("unanswered", "Third", "wei@ngo.example")
        assign_conversation(session, conversation_of(session, asked), mei, by=None, now=T0)
        (flag,) = flags_of(session, AN, now=T0 + 7 * DAY)
        assert (flag.box_name, flag.owner) == ("Third", "mei@ngo.example")


def test_R51_a_conversation_was_whose_it_was_then_and_before_that_its_boxs_owners(database: Database) -> None:
    with database.begin() as session:
        asked, mei, wei = _begin(session)
        conversation = conversation_of(session, asked)
        box = create_box(session, "cases", "new", name="Case", owners=[wei], by=None, now=T0)
        add_box_conversation(session, box, conversation, by=None, now=T0)
        assign_conversation(session, conversation, mei, by=None, now=T0 + 8 * DAY)
        assign_conversation(session, conversation, wei, by=None, now=T0 + 10 * DAY)
        flags = [flag for n in (7, 9, 11) for flag in flags_as_of(session, at=T0 + n * DAY)]
        assert [flag.owner for flag in flags] == ["wei@ngo.example", "mei@ngo.example", "wei@ngo.example"]


def test_R51_two_who_asked_in_what_is_one_conversation_today_both_waited(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], at=T0, subject="Boats")
        second = office.post(BO, to=[MEI], cc=[AN], at=T0 + 1, subject="Boots")
        office.post(AN, to=[MEI], cc=[BO], at=T0 + 8 * DAY, subject="Boats", refs=[first, second])
        office.link()
        assert conversation_of(session, first).id == conversation_of(session, second).id
        flags = flags_as_of(session, at=T0 + 7 * DAY)
        assert [(flag.contact, flag.reason) for flag in flags] == [
            ("an@donor.example", "unanswered"),
            ("bo@donor.example", "unanswered"),
        ]


def test_R37_R51_of_several_words_dated_ahead_the_first_says_when_somebody_is_due(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.link()
        conversation = conversation_of(session, asked)
        mark_no_reply_needed(session, conversation, by=None, reason="by phone", now=T0 + 2 * HOUR)
        reopen_conversation(session, conversation, by=None, now=T0 + 3 * HOUR)
        contact_status = status_of(session, AN, now=T0 + HOUR)
        assert (contact_status.reply_state, contact_status.due_at) == ("needs_reply", T0 + 2 * HOUR)
        assert status_of(session, AN, now=T0 + 2 * HOUR).reply_state == "quiet"
        assert status_of(session, AN, now=T0 + 3 * HOUR).reply_state == "needs_reply"


def test_R33_R40_what_needs_a_reply_counts_whichever_conversation_comes_first(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN], at=T0 + HOUR, subject="Ours")
        office.post(MEI, to=[BO], at=T0, subject="Ours to Bo")
        office.post(BO, to=[MEI], at=T0 + HOUR, subject="Bo asks")
        office.link()
        for who in (AN, BO):
            assert status_of(session, who, now=T0 + 2 * HOUR).reply_state == "needs_reply"


def test_R21_who_is_judged_alone_has_the_mail_that_went_to_others_too(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN, BO], at=T0)
        office.link()
        refresh(session, now=T0 + DAY)
        for who in (AN, BO):
            mark_due(session, [person(session, who).id])
            contact_status = status_of(session, who, now=T0 + DAY)
            assert (contact_status.touches_28d, contact_status.reply_state) == (1, "awaiting_reply")


def test_R34_who_stood_in_to_is_not_hidden_by_a_later_bcc(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN, BO], at=T0)
        office.post(MEI, to=[BO], bcc=[AN], at=T0 + HOUR, refs=[sent])
        alone = office.post(MEI, to=[CHU], at=T0, subject="Alone")
        office.post(MEI, to=[WEI], bcc=[CHU], at=T0 + HOUR, refs=[alone])
        office.post(MEI, to=[WEI], bcc=[DAO], at=T0, subject="Hidden")
        office.link()
        states = [status_of(session, who, now=T0 + DAY).reply_state for who in (AN, CHU, DAO)]
        assert states == ["awaiting_reply", "awaiting_reply", "quiet"]


def test_R16_who_stands_twice_on_a_mail_was_touched_once(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], cc=[AN], at=T0)
        office.link()
        assert status_of(session, AN, now=T0 + DAY).touches_28d == 1


def test_R31_mail_that_turns_out_a_machines_is_nothing_to_whoever_stood_on_it(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[BO], at=T0)
        asked = office.post(AN, to=[MEI, BO], at=T0 + HOUR, subject="Both")
        office.link()
        assert status_of(session, BO, now=T0 + DAY).touches_28d == 1
        assert answer_of(session, asked) == "open"
        session.execute(update(Message).where(Message.id == asked).values(kind="automatic"))
        mark_due(session, [person(session, BO).id])
        contact_status = status_of(session, BO, now=T0 + DAY)
        assert (contact_status.last_outbound_at, contact_status.touches_28d) == (T0, 1)
        assert answer_of(session, asked) is None


def test_R45_an_invitation_to_very_many_touches_none_of_them(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        many = [f"p{number}@donor.example" for number in range(40)]
        office.post(MEI, to=many, at=T0, kind="calendar", is_invitation=True)
        office.post(MEI, to=many[:2], at=T0 + HOUR, kind="calendar", is_invitation=True, subject="Two")
        office.link()
        assert [status_of(session, who, now=T0 + DAY).touches_28d for who in (many[0], many[2])] == [1, 0]


def test_R33_a_conversation_waits_since_its_oldest_open_mail_as_one_after_the_other_is_answered(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], cc=[BO], at=T0)
        second = office.post(BO, to=[MEI], cc=[AN], at=T0 + HOUR, refs=[first])
        office.link()
        refresh(session, now=T0 + DAY)
        assert conversation_of(session, first).needs_reply_at == T0
        office.post(MEI, to=[AN], at=T0 + 2 * HOUR, refs=[second])
        office.link()
        refresh(session, now=T0 + DAY)
        conversation = conversation_of(session, first)
        assert (conversation.reply_state, conversation.needs_reply_at) == ("needs_reply", T0 + HOUR)


def test_R39_mail_dated_ahead_has_the_place_it_would_have_unanswered(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ahead = T0 + DAY
        sent = [
            office.post(AN, to=[MEI], at=ahead, subject="Asked"),
            office.post(AN, to=[BO], cc=[MEI], at=ahead, subject="Aside"),
            office.post(ROBOT, to=[MEI, AN], at=ahead, subject="Robot"),
            office.post(MEI, to=[AN], at=ahead, subject="Ours"),
        ]
        office.link()
        refresh(session, now=T0)
        places = [answer_of(session, message_id) for message_id in sent]
        assert places == ["open", "for_information", "for_information", None]


def test_R30_R36_what_is_known_of_whoever_comes_in_a_later_part_counts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streaklike.cadence.evaluate.refresh.CHUNK", 1)
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.post(BO, to=[MEI], at=T0, subject="Called")
        lost = office.post(MEI, to=[CHU], at=T0, subject="Lost")
        office.post(
            DAEMON, to=[MEI], at=T0 + 1, kind="bounce", failed=[CHU], bounce_of=lost, bounce_status="5.1.1"
        )
        office.link()
        log(session, "call", contact=person(session, BO), by=None, at=T0 + HOUR, now=T0 + HOUR, text="Spoke")
        states = [status_of(session, who, now=T0 + DAY).reply_state for who in (AN, BO, CHU)]
        assert states == ["needs_reply", "quiet", "quiet"]


@pytest.mark.parametrize("first", [0, 1])
def test_R30_R51_of_returns_to_two_addresses_of_one_person_the_first_says_when_they_are_due(
    database: Database, first: int
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0)
        office.post(MEI, to=[BO], at=T0, subject="Also")
        office.link()
        merge(session, person(session, AN), person(session, BO), by=None, now=T0)
        for number, who in enumerate((AN, BO)):
            hours = 1 if number == first else 2
            office.post(
                DAEMON,
                to=[MEI],
                at=T0 + DAY + hours * HOUR,
                kind="bounce",
                failed=[who],
                bounce_status="5.1.1",
            )
        office.link()
        assert status_of(session, AN, now=T0).due_at == T0 + DAY + HOUR
