"""R33, R39: whom a change concerns, and what is settled where nobody is left who could owe or be owed."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import find_own_contact, get_contact
from streaklike.people.linking.changed import (
    find_people_in,
    invalidate,
    resolve_deserted,
    resolve_nobodys_mail,
)
from streaklike.people.linking.link import link
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import Address, ContactStatus, Conversation, Message
from tests.factories import AN, BO, CHU, DAO, HELP, MEI, ROBOT, T0, WEI, PostOffice, key_of


def home_of(session: Session, message_id: int) -> int:
    session.expire_all()
    found = session.get_one(Message, message_id).conversation_id
    assert found is not None
    return found


def states(session: Session, message_ids: Sequence[int]) -> list[tuple[str, int | None]]:
    rows = [session.get_one(Conversation, home_of(session, key)) for key in message_ids]
    return [(row.reply_state, row.needs_reply_at) for row in rows]


def answers(session: Session, message_ids: Sequence[int]) -> list[str | None]:
    session.expire_all()
    return [session.get_one(Message, key).answer for key in message_ids]


def test_R33_whoever_outside_takes_part_is_concerned_as_the_one_they_are(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(MEI, [AN], cc=[CHU, HELP], bcc=[BO])
        office.post(MEI, [DAO], at=T0 + HOUR)
        office.post(MEI, [BO, CHU], at=T0 + DAY, subject="Both")
        office.link()
        roots = {key_of(each): get_contact(session, key_of(each)) for each in (AN, BO, CHU, HELP)}
        merge(session, roots[key_of(BO)], roots[key_of(CHU)], by=None, now=T0)
        session.execute(update(Address).where(Address.key == key_of(HELP)).values(side="inside"))
        expected = {roots[key_of(AN)].id, roots[key_of(BO)].id}
        assert find_people_in(session, [home_of(session, asked)]) == expected


def test_R4_only_who_stands_for_somebody_becomes_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN, BO])
        office.link()
        root, part = get_contact(session, key_of(AN)), get_contact(session, key_of(BO))
        merge(session, root, part, by=None, now=T0)
        session.execute(update(ContactStatus).values(due_at=T0))
        own = find_own_contact(session, key_of(BO))
        assert own is not None
        assert invalidate(session, [root.id, own.id]) == {root.id}
        assert session.execute(select(ContactStatus.contact_id, ContactStatus.due_at)).all() == [(root.id, 0)]


def test_R33_a_conversation_without_anybody_left_owes_nothing(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        of_machine = office.post(ROBOT, [MEI])
        of_colleague = office.post(CHU, [MEI])
        elsewhere = office.post(ROBOT, [WEI], subject="Another")
        office.link()
        ids = [asked, of_machine, of_colleague, elsewhere]
        session.execute(update(Address).where(Address.key == key_of(CHU)).values(side="inside"))
        session.execute(update(Conversation).values(reply_state="needs_reply", needs_reply_at=T0))
        resolve_deserted(session, [home_of(session, key) for key in ids[:3]])
        owes, nothing = ("needs_reply", T0), ("quiet", None)
        assert states(session, ids) == [owes, nothing, nothing, owes]


def test_R33_one_person_who_is_left_is_enough(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        office.link()
        session.execute(update(Conversation).values(reply_state="needs_reply", needs_reply_at=T0))
        resolve_deserted(session, [home_of(session, asked)])
        assert states(session, [asked]) == [("needs_reply", T0)]


def test_R39_mail_that_is_inbound_no_longer_has_no_place_among_what_was_asked(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked, ours = office.post(AN, [MEI]), office.post(MEI, [AN], subject="Ours")
        elsewhere = office.post(MEI, [BO], subject="Another")
        office.link()
        session.execute(update(Message).values(answer="open"))
        resolve_deserted(session, [home_of(session, asked), home_of(session, ours)])
        assert answers(session, [asked, ours, elsewhere]) == ["open", None, "open"]


NOBODYS = (
    ({}, {}, "for_information"),
    ({"kind": "list"}, {}, "for_information"),
    ({"kind": "person"}, {}, None),
    ({"side": "inside"}, {}, None),
    ({}, {"kind": "bulk"}, None),
    ({}, {"direction": "internal"}, None),
    ({}, {"is_live": False}, None),
    ({}, {"answer": "closed"}, "closed"),
)


def test_R10_R39_human_mail_of_a_machine_or_a_list_is_for_information(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        found = office.post(ROBOT, [MEI])
        elsewhere = office.post(ROBOT, [WEI], subject="Another")
        office.link()
        as_they_were = {"kind": "human", "direction": "inbound", "is_live": True, "answer": None}
        home = home_of(session, found)
        for of_address, of_message, expected in NOBODYS:
            session.execute(update(Message).values(**as_they_were))
            address = {"kind": "machine", "side": "outside", **of_address}
            session.execute(update(Address).where(Address.key == key_of(ROBOT)).values(**address))
            session.execute(update(Message).where(Message.id == found).values(**as_they_were | of_message))
            resolve_nobodys_mail(session, [home])
            assert answers(session, [found, elsewhere]) == [expected, None]


def test_R10_R39_a_list_that_somebody_added_by_hand_is_owed_as_a_person_is(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked, of_machine = office.post(AN, [MEI]), office.post(ROBOT, [MEI], subject="Another")
        office.link()
        session.execute(update(Message).values(answer=None))
        session.execute(update(Address).where(Address.key == key_of(AN)).values(kind="list"))
        resolve_nobodys_mail(session)
        assert answers(session, [asked, of_machine]) == [None, "for_information"]


def test_R33_R39_linking_settles_what_nobody_is_left_to_owe(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        told = office.post(ROBOT, [MEI], refs=[asked], at=T0 + HOUR)
        office.link()
        assert answers(session, [told]) == ["for_information"]
        session.execute(update(Conversation).values(reply_state="needs_reply", needs_reply_at=T0))
        office.trash(asked)
        office.link()
        assert states(session, [told]) == [("quiet", None)]


def test_R9_what_is_at_hand_tells_what_linking_found(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI])
        office.link()
        an = get_contact(session, key_of(AN))
        assert (an.kind, an.since_at) == ("candidate", None)
        link(session, [office.post(MEI, [AN], at=T0 + HOUR)], now=T0)
        assert (an.kind, an.since_at) == ("contact", T0 + HOUR)
