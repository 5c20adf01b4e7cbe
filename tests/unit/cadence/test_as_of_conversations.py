"""R51: conversations, kinds, boxes and hands as they were, told from what came later."""

from streaklike.boxes.lifecycle import add_box_conversation, create_box, remove_box_conversation
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import FlagView
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.contacts import add_contact
from streaklike.people.marks import mark_no_reply_needed
from streaklike.store.database import Database
from streaklike.store.models import Event
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import conversation_of, member, person


def flags(session, at: int, who: str | None = None) -> list[FlagView]:
    return flags_as_of(session, at=at, contact_id=None if who is None else person(session, who).id)


def reasons(session, at: int, who: str | None = None) -> list[str]:
    return [flag.reason for flag in flags(session, at, who)]


def test_R51_conversations_that_later_mail_joined_were_two(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, to=[AN], at=T0, subject="Boats")
        second = office.post(WEI, to=[AN], at=T0 + DAY, subject="Boots")
        office.link()
        assert reasons(session, T0 + 2 * DAY) == ["collision"]
        office.post(MEI, to=[AN], at=T0 + 2 * DAY + 1, subject="Boats", refs=[first, second])
        office.link()
        refresh(session, now=T0 + 3 * DAY)
        assert conversation_of(session, first).id == conversation_of(session, second).id
        assert reasons(session, T0 + 2 * DAY) == ["collision"]
        assert "collision" not in reasons(session, T0 + 3 * DAY)


def test_R51_at_its_very_instant_a_mail_stood_where_it_stood_then(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, to=[AN], at=T0, subject="Boats")
        second = office.post(WEI, to=[AN], at=T0 + DAY, subject="Boots")
        office.post(MEI, to=[AN], at=T0 + 2 * DAY, subject="Boats", refs=[first, second])
        office.link()
        assert reasons(session, T0 + DAY - 1) == []
        assert reasons(session, T0 + DAY) == ["collision"]


def test_R51_what_hung_together_by_itself_did_so_before_more_came(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0, subject="Boats")
        office.post(MEI, to=[AN], at=T0 + DAY, refs=[asked], subject="Re: Boats")
        by_thread = office.post(BO, to=[MEI], at=T0, subject="Boots", thread="b")
        office.post(MEI, to=[BO], at=T0 + DAY, subject="Boots", thread="b")
        office.link()
        for person_, mail in ((AN, asked), (BO, by_thread)):
            office.post(person_, to=[MEI], at=T0 + 20 * DAY, refs=[mail], subject="Once more")
        office.link()
        assert reasons(session, T0 + 10 * DAY) == []
        assert reasons(session, T0 + 30 * DAY) == ["unanswered", "unanswered"]


def test_R51_what_was_closed_in_one_of_them_was_not_in_the_other(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], at=T0, subject="Boats")
        second = office.post(AN, to=[MEI], at=T0 + 1, subject="Boots")
        office.link()
        mark_no_reply_needed(session, conversation_of(session, second), by=None, reason="done", now=T0 + HOUR)
        (before,) = flags(session, T0 + 5 * DAY)
        office.post(BO, to=[MEI], at=T0 + 6 * DAY, subject="Boats", refs=[first, second])
        office.link()
        (after,) = flags(session, T0 + 5 * DAY)
        assert (after.evidence, after.since) == (before.evidence, before.since)
        assert after.conversation_id == conversation_of(session, first).id


def test_R51_a_conversation_that_parts_by_a_wholly_new_matter_is_named_by_todays_number(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], at=T0, subject="Boats")
        third = office.post(BO, to=[MEI], at=T0 + HOUR, subject="Boots")
        office.post(AN, to=[MEI, WEI], cc=[BO], at=T0 + 9 * DAY, subject="Re: Boats", refs=[first, third])
        office.link()
        found = {flag.contact: flag.conversation_id for flag in flags(session, T0 + 5 * DAY)}
        assert found == {
            "an@donor.example": conversation_of(session, first).id,
            "bo@donor.example": conversation_of(session, third).id,
        }


def test_R51_what_later_mail_made_bulk_was_human(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(3):
            office.post(MEI, to=[AN], at=T0 + number * DAY, subject=f"S{number}")
        last = T0 + 2 * DAY
        crowd = [f"crowd{number}@many.example" for number in range(11)]
        office.post(MEI, to=crowd[:5], at=last + 10 * MINUTE, text="Same words")
        office.post(WEI, to=[AN], at=last + 20 * MINUTE, text="Alike")
        office.post(MEI, to=crowd[5:], at=last + 70 * MINUTE, text="Same words")
        for number in range(11):
            office.post(WEI, to=[crowd[number]], at=last + 30 * MINUTE + number, text="Alike")
        office.link()
        asked = [f"{person(session, who).id}" for who in (AN, crowd[0])]
        assert len(asked) == 2
        (budget, *_) = [flag for flag in flags(session, last + 25 * MINUTE, AN) if flag.reason == "budget"]
        assert budget.count == 4
        (budget, *_) = [flag for flag in flags(session, last + 40 * MINUTE, AN) if flag.reason == "budget"]
        assert budget.count == 3.5


def test_R32_R51_what_says_of_itself_that_it_is_bulk_was_never_human(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(3):
            office.post(MEI, to=[AN], at=T0 + number * DAY, subject=f"Matter {number}")
        crowd = [f"member{number}@many.example" for number in range(11)]
        office.post(AN, to=[MEI], at=T0 + 4 * DAY, kind="bulk", subject="Newsletter")
        office.post(AN, to=[MEI, *crowd], at=T0 + 4 * DAY, subject="To all")
        office.link()
        assert reasons(session, T0 + 3 * DAY, AN) == ["budget"]
        assert reasons(session, T0 + 4 * DAY + 30 * MINUTE, AN) == ["budget"]
        office.post(AN, to=[MEI], at=T0 + 5 * DAY)
        office.link()
        assert reasons(session, T0 + 5 * DAY, AN) == []


def test_R51_who_was_a_contact_by_hand_was_one_until_it_was_taken_back(database: Database) -> None:
    with database.begin() as session:
        PostOffice(session)
        add_contact(session, "lin@member.example", by=None, now=T0)
        refresh(session, now=T0)
        event = session.query(Event).filter_by(kind="contact").one()
        undo(session, event, by=None, now=T0 + 20 * DAY)
        refresh(session, now=T0 + 20 * DAY)
        assert reasons(session, T0 + 15 * DAY) == ["never_contacted"]
        assert reasons(session, T0 + 20 * DAY) == []


def test_R51_the_box_of_a_conversation_is_that_of_then(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        asked = office.post(CHU, to=[MEI], at=T0)
        office.user(WEI)
        office.link()
        wei = member(session, WEI)
        box = create_box(session, "cases", "new", name="A case", contacts=[], owners=[wei], by=None, now=T0)
        conversation = conversation_of(session, asked)
        adding = add_box_conversation(session, box, conversation, by=wei, now=T0 + 5 * DAY)
        remove_box_conversation(session, box, conversation, by=wei, now=T0 + 7 * DAY)
        again = add_box_conversation(session, box, conversation, by=wei, now=T0 + 9 * DAY)
        assert adding is not None
        assert again is not None
        undo(session, again, by=wei, now=T0 + 11 * DAY)

        def owner(days: float) -> str | None:
            (flag,) = [
                each for each in flags(session, T0 + round(days * DAY), CHU) if each.reason == "unanswered"
            ]
            return flag.owner

        ours = "wei@ngo.example"
        assert [owner(days) for days in (4, 5, 6, 7, 8, 9, 10, 11)] == [
            None, ours, ours, None, None, ours, ours, None,
        ]  # fmt: skip
