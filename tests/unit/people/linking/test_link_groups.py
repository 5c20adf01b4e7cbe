"""Time and direction by copies (R14, R16, R20), identity (R18, R19), groups and conversations (R23, R24)."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.contacts import get_contact
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import (
    Box,
    BoxConversation,
    ContactStatus,
    Conversation,
    Event,
    Link,
    Message,
    Participant,
)
from tests.factories import AN, BO, CHU, DAEMON, MEI, ROBOT, T0, WEI, PostOffice, make_box


def conversation_of(session: Session, *message_ids: int) -> list[int | None]:
    return [session.get_one(Message, key).conversation_id for key in message_ids]


def direction_of(session: Session, message_id: int) -> str:
    return session.get_one(Message, message_id).direction


def test_R14_sent_means_outbound_and_a_from_header_alone_never_does(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN])
        forged = office.post(MEI, [WEI], cc=[AN], seen_by=[WEI])
        received = office.post(AN, [MEI])
        office.link()
        assert direction_of(session, sent) == "outbound"
        assert direction_of(session, forged) == "internal"
        assert direction_of(session, received) == "inbound"


def test_R14_internal_mail_by_its_header_alone_makes_no_contact(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN])
        office.post(MEI, [WEI], cc=[AN, BO], seen_by=[WEI])
        changed = office.link()
        assert len(changed.contact_ids) == 1


def test_R14_what_is_trash_everywhere_leaves_and_comes_back(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI, WEI], seen_by=[MEI, WEI])
        office.link()
        office.trash(asked, MEI)
        office.link()
        assert session.get_one(Message, asked).is_live
        office.trash(asked, WEI)
        office.link()
        gone = session.get_one(Message, asked)
        assert not gone.is_live
        assert gone.group_id is None
        assert [one.group_id for one in session.scalars(select(Conversation))] == [0]
        office.untrash(asked, WEI)
        office.link()
        back = session.get_one(Message, asked)
        assert back.is_live
        assert back.conversation_id is not None


def test_R14_a_copy_both_sent_and_trashed_is_trash(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [WEI, AN], seen_by=[MEI, WEI])
        office.trash(sent, MEI)
        office.link()
        assert direction_of(session, sent) == "internal"


def test_R14_a_message_without_copies_is_gone(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        office.link()
        office.delete(asked)
        office.link()
        for table in (Message, Participant, Conversation, Link, ContactStatus):
            assert session.scalars(select(table)).all() == []


def test_R16_one_message_in_two_mailboxes_is_one_entry(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI, WEI], seen_by=[MEI], rfc_id="one@an.example", text="x")
        office.link()
        again = office.post(AN, [MEI, WEI], seen_by=[WEI], rfc_id="one@an.example", text="x")
        office.link()
        assert first == again
        assert len(session.scalars(select(Conversation)).all()) == 1


def test_R20_time_is_the_earliest_live_internal_date(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        late = office.post(AN, [MEI, WEI], at=T0 + MINUTE, seen_by=[MEI], rfc_id="one@an.example", text="x")
        office.link()
        office.post(AN, [MEI, WEI], at=T0, seen_by=[WEI], rfc_id="one@an.example", text="x")
        office.link()
        assert session.get_one(Message, late).at == T0
        assert set(session.scalars(select(Participant.at))) == {T0}
        office.trash(late, WEI)
        office.link()
        assert session.get_one(Message, late).at == T0 + MINUTE
        assert set(session.scalars(select(Participant.at))) == {T0 + MINUTE}


def test_R18_gmail_threads_of_two_mailboxes_are_not_joined_by_their_ids(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mine = office.post(AN, [MEI], thread="17a", subject="Rice")
        hers = office.post(AN, [WEI], thread="17a", subject="Rice")
        office.link()
        assert len(set(conversation_of(session, mine, hers))) == 2


def test_R19_one_message_id_with_two_bodies_is_two_messages_of_one_group(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        real = office.post(AN, [MEI], rfc_id="one@an.example", text="Yes")
        other = office.post(BO, [MEI], rfc_id="one@an.example", text="No", at=T0 + HOUR)
        office.link()
        assert real != other
        assert len(set(conversation_of(session, real, other))) == 1


def test_R23_references_join_the_mailboxes_threads(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        answered = office.post(WEI, [AN], refs=[asked], at=T0 + HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, answered))) == 1


def test_R23_a_late_message_joins_two_conversations_and_nothing_people_made_is_lost(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI], rfc_id="first@an.example", subject="Rice")
        last = office.post(
            AN, [MEI], rfc_id="last@an.example", subject="Rice", refs=["middle@an.example"], at=T0 + DAY
        )
        office.link()
        kept, joined = conversation_of(session, first, last)
        owner_id = office.user(WEI)
        session.get_one(Conversation, joined).owner_id = owner_id
        box = make_box(session).id
        session.execute(insert(BoxConversation).values(box_id=box, conversation_id=joined))
        middle = office.post(
            MEI, [AN], rfc_id="middle@an.example", subject="Re: Rice", refs=[first], at=T0 + HOUR
        )
        changed = office.link()
        assert conversation_of(session, first, middle, last) == [kept] * 3
        assert session.get_one(Conversation, kept).owner_id == owner_id
        assert session.scalars(select(BoxConversation.conversation_id)).all() == [kept]
        assert changed.conversation_ids == {kept}


def test_R23_a_group_falls_apart_when_what_joined_it_is_trashed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI], subject="Rice", thread="a")
        middle = office.post(MEI, [AN], subject="Rice", refs=[first], thread="b", at=T0 + HOUR)
        last = office.post(AN, [MEI], subject="Rice", refs=[middle], thread="c", at=T0 + DAY)
        office.link()
        assert len(set(conversation_of(session, first, middle, last))) == 1
        session.get_one(Message, last)
        office.trash(middle)
        office.link()
        assert len(set(conversation_of(session, first, last))) == 2
        office.untrash(middle)
        office.link()
        assert len(set(conversation_of(session, first, middle, last))) == 1


def test_R23_subject_and_span_are_those_of_the_live_messages(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice for May")
        answered = office.post(MEI, [AN], subject="Re: Rice for May", refs=[asked], at=T0 + HOUR)
        office.link()
        key = conversation_of(session, asked)[0]
        one = session.get_one(Conversation, key)
        assert (one.subject, one.first_at, one.last_at) == ("Rice for May", T0, T0 + HOUR)
        office.trash(asked)
        office.link()
        one = session.get_one(Conversation, key)
        assert (one.subject, one.first_at, one.last_at) == ("Re: Rice for May", T0 + HOUR, T0 + HOUR)
        assert conversation_of(session, answered) == [key]


def test_R23_a_trashed_conversation_keeps_its_owner_for_when_it_comes_back(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        owned, plain = office.post(AN, [MEI]), office.post(BO, [MEI])
        office.link()
        key, other = conversation_of(session, owned, plain)
        session.get_one(Conversation, key).owner_id = office.user(WEI)
        office.trash(owned)
        office.trash(plain)
        office.link()
        assert session.get_one(Conversation, other).group_id == 0
        office.untrash(owned)
        office.untrash(plain)
        office.link()
        assert conversation_of(session, owned, plain) == [key, other]
        assert session.get_one(Conversation, key).owner_id == office.user(WEI)
        office.delete(owned)
        office.link()
        assert session.get(Conversation, key) is None


def test_R23_a_trashed_conversation_is_found_again_though_others_came_meanwhile(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(CHU, [MEI])
        owned = office.post(AN, [MEI])
        office.link()
        (key,) = conversation_of(session, owned)
        session.get_one(Conversation, key).owner_id = office.user(WEI)
        office.trash(owned)
        office.link()
        later = [office.post(person, [MEI], at=T0 + DAY) for person in (BO, CHU)]
        office.link()
        assert key not in conversation_of(session, *later)
        office.untrash(owned)
        office.link()
        assert conversation_of(session, owned) == [key]
        assert session.get_one(Conversation, key).owner_id == office.user(WEI)


@pytest.mark.parametrize("mark", ["owner", "box", "event", None])
def test_R23_a_trashed_conversation_is_kept_whatever_was_said_of_it_and_ends_with_its_mail(
    database: Database, mark: str | None
):
    with database.begin() as session:
        office = PostOffice(session)
        marked, other, live = (office.post(person, [MEI]) for person in (AN, BO, CHU))
        office.link()
        key, plain, alive = conversation_of(session, marked, other, live)
        for each in [key, alive] if mark else [alive]:
            if mark == "owner":
                session.get_one(Conversation, each).owner_id = office.user(WEI)
            if mark == "box":
                box = session.scalar(select(Box.id)) or make_box(session).id
                session.execute(insert(BoxConversation).values(box_id=box, conversation_id=each))
            if mark == "event":
                session.add(Event(uid=f"e{each}", kind="note", at=T0, logged_at=T0, conversation_id=each))
        office.trash(marked)
        office.trash(other)
        office.link()
        assert session.get_one(Conversation, plain).group_id == 0
        assert session.get_one(Conversation, key).group_id == 0
        assert session.get_one(Conversation, alive).group_id == session.get_one(Message, live).group_id
        office.delete(marked)
        office.link()
        assert session.get(Conversation, key) is None
        assert session.get(Conversation, alive) is not None


def test_R23_what_was_said_of_conversations_that_become_one_moves_along(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = [office.post(AN, [MEI], subject="Rice", thread="a", at=T0 + n * MINUTE) for n in range(2)]
        second = office.post(AN, [MEI], subject="Rice", thread="b", at=T0 + 2 * DAY)
        third = office.post(AN, [MEI], subject="Rice", thread="c", at=T0 + DAY)
        apart = office.post(BO, [MEI], subject="Tea")
        office.link()
        home, old, older, other = conversation_of(session, first[0], second, third, apart)
        assert None not in (home, old, older, other)
        assert old < older
        for key, who in ((old, WEI), (older, MEI), (other, MEI)):
            session.get_one(Conversation, key).owner_id = office.user(who)
        box = make_box(session).id
        session.execute(
            insert(BoxConversation).values([{"box_id": box, "conversation_id": key} for key in (old, other)])
        )
        session.add(Event(uid="e1", kind="note", at=T0, logged_at=T0, conversation_id=older))
        session.flush()
        refs = [first[0], second, third]
        office.post(MEI, [AN], subject="Re: Rice", refs=refs, thread="d", at=T0 + 3 * DAY)
        office.link()
        assert conversation_of(session, first[0], second, third) == [home] * 3
        session.expire_all()
        assert session.get_one(Conversation, home).owner_id == office.user(WEI)
        assert session.scalars(select(Event.conversation_id)).all() == [home]
        found = session.scalars(select(BoxConversation.conversation_id).order_by("conversation_id")).all()
        assert found == sorted([home, other])


def test_R23_an_heirs_own_owner_stays(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = [office.post(AN, [MEI], subject="Rice", thread="a", at=T0 + n * MINUTE) for n in range(2)]
        second = office.post(AN, [MEI], subject="Rice", thread="b", at=T0 + DAY)
        office.link()
        home, gone = conversation_of(session, first[0], second)
        session.get_one(Conversation, home).owner_id = office.user(MEI)
        session.get_one(Conversation, gone).owner_id = office.user(WEI)
        office.post(MEI, [AN], subject="Re: Rice", refs=[first[0], second], thread="d", at=T0 + 2 * DAY)
        office.link()
        session.expire_all()
        assert session.get_one(Conversation, home).owner_id == office.user(MEI)


def test_R23_a_message_from_the_trash_takes_no_conversation_that_went_on_elsewhere(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI], thread="a")
        joiner = office.post(MEI, [AN], refs=[first], thread="b", at=T0 + HOUR)
        last = office.post(AN, [MEI], refs=[joiner], thread="c", at=T0 + DAY)
        office.link()
        office.trash(last)
        office.link()
        office.trash(joiner)
        office.link()
        office.untrash(last)
        office.link()
        assert len(set(conversation_of(session, first, last))) == 2


def test_R24_a_new_subject_with_wholly_new_people_starts_a_linked_conversation(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        other = office.post(MEI, [BO], subject="Driver wanted", refs=[asked], at=T0 + HOUR)
        reply = office.post(BO, [MEI], subject="Re: Driver wanted", refs=[asked, other], at=T0 + DAY)
        office.link()
        old, new, answered = conversation_of(session, asked, other, reply)
        assert old != new == answered
        assert session.get_one(Conversation, new).linked_to_id == old


def test_R24_a_new_subject_alone_or_new_people_alone_stay(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        renamed = office.post(AN, [MEI], subject="Beans too", refs=[asked], at=T0 + HOUR)
        passed_on = office.post(MEI, [BO], subject="Fwd: Rice", refs=[asked], at=T0 + 2 * HOUR)
        untitled = office.post(MEI, [CHU], subject="", refs=[asked], at=T0 + 3 * HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, renamed, passed_on, untitled))) == 1


def test_R24_an_earlier_message_that_arrives_later_may_keep_a_conversation_whole(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice", rfc_id="1@an.example")
        other = office.post(MEI, [BO], subject="Driver", refs=["1@an.example", "2@an.example"], at=T0 + DAY)
        office.link()
        assert len(set(conversation_of(session, asked, other))) == 2
        office.post(AN, [MEI], cc=[BO], subject="Rice", refs=[asked], rfc_id="2@an.example", at=T0 + HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, other))) == 1
        assert len(session.scalars(select(Conversation)).all()) == 1


def test_R24_a_bounce_is_about_the_recipient_that_failed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN], subject="Rice")
        bounce = office.post(
            DAEMON,
            [MEI],
            subject="Undelivered",
            kind="bounce",
            refs=[sent],
            failed=[AN],
            bounce_of=sent,
            bounce_status="5.1.1",
            at=T0 + MINUTE,
        )
        office.link()
        assert len(set(conversation_of(session, sent, bounce))) == 1


def test_R24_a_bounce_of_somebody_who_was_never_in_it_is_a_matter_of_its_own(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN], subject="Rice")
        facts = {"kind": "bounce", "refs": [sent], "subject": "Undelivered", "bounce_status": "5.1.1"}
        bounce = office.post(DAEMON, [MEI], failed=[BO], at=T0 + MINUTE, **facts)
        office.link()
        assert len(set(conversation_of(session, sent, bounce))) == 2


def test_R24_who_stands_in_bcc_counts_where_nobody_is_shown(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        both = office.post(MEI, [AN], bcc=[BO], subject="Tea", refs=[asked], at=T0 + HOUR)
        alone = office.post(MEI, [], bcc=[CHU], subject="Driver wanted", refs=[asked], at=T0 + DAY)
        office.link()
        first, second, third = conversation_of(session, asked, both, alone)
        assert first == second != third


def test_R10_R24_a_machine_is_nobody_new(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        ordered = office.post(MEI, [ROBOT], subject="Order", refs=[asked], at=T0 + HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, ordered))) == 1


def test_R4_R24_another_address_of_the_same_person_is_nobody_new(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        other = office.post(BO, [MEI], subject="Tea")
        office.link()
        merge(
            session,
            get_contact(session, "an@donor.example"),
            get_contact(session, "bo@donor.example"),
            by=None,
            now=T0,
        )
        driver = office.post(MEI, [BO], subject="Driver wanted", refs=[asked], at=T0 + HOUR)
        office.link()
        first, second, third = conversation_of(session, asked, other, driver)
        assert first == third != second


def test_R23_R24_a_message_without_references_follows_its_thread_by_live_copies_alone(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI, WEI], subject="Rice", thread="a", seen_by=[MEI, WEI])
        other = office.post(MEI, [BO], subject="Driver", refs=[asked], thread="b", at=T0 + HOUR)
        again = office.post(
            AN, [MEI, WEI], subject="Rice", refs=[asked], thread="a", at=T0 + 2 * HOUR, seen_by=[MEI, WEI]
        )
        facts = {"subject": "Driver", "rfc_id": "chu@post.example", "text": "I can", "at": T0 + DAY}
        answer = office.post(CHU, [MEI, WEI], thread="b", seen_by=[MEI], **facts)
        office.post(CHU, [MEI, WEI], thread="a", seen_by=[WEI], **facts)
        office.trash(answer, WEI)
        office.link()
        rice, driver, rice_again, chu = conversation_of(session, asked, other, again, answer)
        assert rice == rice_again != driver == chu


def test_R33_a_conversation_begins_quiet(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(ROBOT, [MEI])
        office.post(AN, [MEI])
        office.link()
        assert set(session.scalars(select(Conversation.reply_state))) == {"quiet"}


def groups_of(session: Session, *message_ids: int) -> list[int | None]:
    session.expire_all()
    return [session.get_one(Message, key).group_id for key in message_ids]


def links_of(session: Session, *message_ids: int) -> list[int]:
    """The group that each message's own node stands for."""
    keys = [f"m:{session.get_one(Message, key).rfc_id}" for key in message_ids]
    return [session.scalars(select(Link.group_id).where(Link.key == key)).one() for key in keys]


def test_R23_what_has_nothing_to_do_with_the_rest_has_a_group_of_its_own(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        apart = []
        for person in (AN, BO, CHU, "dee@donor.example"):
            apart.append(office.post(person, [MEI]))
            office.link()
        assert len(set(groups_of(session, *apart))) == 4
        last = office.post(MEI, [AN], refs=[apart[0], apart[1]], at=T0 + HOUR)
        office.link()
        an, bo, chu, dee, joining = groups_of(session, *apart, last)
        assert an == bo == joining
        assert len({an, chu, dee}) == 3
        assert links_of(session, *apart, last) == [an, bo, chu, dee, joining]


def test_R23_a_group_that_falls_apart_leaves_the_others_whole(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI], thread="a")
        mate = office.post(AN, [MEI], thread="a", at=T0 + MINUTE)
        joiner = office.post(MEI, [AN], refs=[first], thread="b", at=T0 + HOUR)
        last = office.post(AN, [MEI, WEI], refs=[joiner], thread="c", at=T0 + DAY, seen_by=[MEI])
        others = [office.post(person, [MEI]) for person in (BO, CHU)]
        office.link()
        office.trash(joiner)
        office.link()
        one, two, three, bo, chu = groups_of(session, first, mate, last, *others)
        assert one == two
        assert len({one, three, bo, chu}) == 4
        assert links_of(session, first, mate, last, *others) == [one, two, three, bo, chu]
        reply = office.post(MEI, [BO], refs=[others[0]], at=T0 + DAY)
        late = office.post(AN, [MEI], refs=[last], at=T0 + 2 * DAY)
        office.link()
        assert groups_of(session, reply, late) == [bo, three]


def test_R23_a_hidden_copys_thread_holds_nothing_together(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI, WEI], thread="a", seen_by=[MEI])
        facts = {"rfc_id": "two@an.example", "text": "x", "at": T0 + HOUR}
        second = office.post(AN, [MEI, WEI], thread="a", seen_by=[MEI], **facts)
        office.post(AN, [MEI, WEI], thread="w", seen_by=[WEI], **facts)
        office.link()
        assert len(set(groups_of(session, first, second))) == 1
        office.trash(second, MEI)
        office.link()
        assert len(set(groups_of(session, first, second))) == 2
        office.untrash(second, MEI)
        office.link()
        assert len(set(groups_of(session, first, second))) == 1


def test_R24_who_is_nobody_yet_is_nobody_elses_number(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        nobody = office.address(CHU)
        asked = office.post(AN, [MEI], subject="Rice")
        office.link()
        assert get_contact(session, "an@donor.example").id == nobody
        told = office.post(ROBOT, [MEI, CHU], subject="Your parcel", refs=[asked], at=T0 + HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, told))) == 2


def test_R24_somebody_known_from_elsewhere_is_wholly_new_here(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        for person in (BO, CHU):
            office.post(person, [MEI], subject="Tea")
        office.link()
        driver = office.post(MEI, [BO], subject="Driver wanted", refs=[asked], at=T0 + HOUR)
        office.link()
        assert len(set(conversation_of(session, asked, driver))) == 2


def test_R23_of_several_groups_that_lost_a_message_each_is_looked_at(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        parting, whole = [], []
        for person, mails in ((AN, whole), (BO, parting), (CHU, whole)):
            first = office.post(person, [MEI])
            middle = office.post(MEI, [person], refs=[first], at=T0 + HOUR, thread=None)
            refs = [first, middle] if mails is whole else [middle]
            thread = "apart" if mails is parting else None
            last = office.post(person, [MEI], refs=refs, at=T0 + DAY, thread=thread)
            mails += [first, middle, last]
            office.link()
        for middle in (whole[1], parting[1], whole[4]):
            office.trash(middle)
        office.link()
        one, _, two, three, _, four = groups_of(session, *whole)
        assert (one, three) == (two, four)
        bo, _, later = groups_of(session, *parting)
        assert len({one, three, bo, later}) == 4
