"""Who becomes a contact or a candidate, since when, and under which name: R7, R9, R10, R22."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact, find_contact, set_tier
from streaklike.people.events import record_event
from streaklike.people.linking.contacts.contact_graph import ContactGraph, SharedMail
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Address, BoxContact, Contact, ContactStatus, Event, Task, User
from tests.factories import (
    AN,
    BO,
    CHU,
    DAEMON,
    DAO,
    HELP,
    MEI,
    ROBOT,
    T0,
    WEI,
    PostOffice,
    key_of,
    make_box,
)


def contact_of(session: Session, person: str) -> Contact | None:
    """The contact of the address, or None."""
    return session.scalar(
        select(Contact)
        .join(Address, Address.contact_id == Contact.id)
        .where(Address.key == key_of(person))
        .execution_options(populate_existing=True)
    )


def kind_of(session: Session, person: str) -> tuple[str, int | None] | None:
    contact = contact_of(session, person)
    return (contact.kind, contact.since_at) if contact else None


def test_R9_who_writes_is_a_candidate_and_a_contact_once_we_answered(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        office.link()
        assert kind_of(session, AN) == ("candidate", None)
        office.post(MEI, [AN], refs=[asked], at=T0 + DAY)
        office.link()
        assert kind_of(session, AN) == ("contact", T0 + DAY)


@pytest.mark.parametrize("role", ["to", "cc", "bcc"])
def test_R9_whom_we_wrote_to_is_a_contact_since_the_first_mail(database: Database, role: str):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, **{"to": [BO], role: [AN]}, at=T0 + DAY)
        office.link()
        office.post(MEI, [AN], at=T0)
        office.link()
        assert kind_of(session, AN) == ("contact", T0)


@pytest.mark.parametrize("kind", ["automatic", "receipt"])
def test_R9_what_our_machines_send_makes_nobody_a_contact(database: Database, kind: str):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], kind=kind)
        office.link()
        assert kind_of(session, AN) is None


def test_R9_a_contact_on_a_human_mail_makes_contacts_of_the_others(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], cc=[BO, CHU], at=T0)
        office.link()
        assert (kind_of(session, AN), kind_of(session, BO)) == (("candidate", None), None)
        office.post(MEI, [BO], at=T0 + DAY)
        office.link()
        assert [kind_of(session, person) for person in (AN, BO, CHU)] == [("contact", T0 + DAY)] * 3


def test_R9_contacts_spread_from_mail_to_mail(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], cc=[BO], at=T0)
        office.post(BO, [MEI], cc=[CHU], at=T0 + 2 * DAY)
        office.post(CHU, [WEI], cc=[DAO], at=T0 + DAY)
        office.link()
        office.post(MEI, [AN], at=T0 + HOUR)
        changed = office.link()
        since = [kind_of(session, person) for person in (AN, BO, CHU, DAO)]
        assert since == [("contact", at) for at in (T0 + HOUR, T0 + HOUR, T0 + 2 * DAY, T0 + 2 * DAY)]
        assert changed.contact_ids == set(session.scalars(select(Contact.id)))


def test_R9_bulk_mail_spreads_nothing_and_its_author_is_a_candidate(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [BO])
        office.post(AN, [MEI, BO], cc=[CHU], kind="bulk", at=T0 + HOUR)
        office.link()
        assert kind_of(session, AN) == ("candidate", None)
        assert kind_of(session, CHU) is None


def test_R9_who_is_no_contact_any_more_when_our_mail_is_trashed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], cc=[BO])
        office.post(BO, [MEI], cc=[CHU], at=T0 + DAY)
        ours = office.post(MEI, [AN], at=T0 + HOUR)
        office.link()
        assert kind_of(session, CHU) == ("contact", T0 + DAY)
        office.trash(ours)
        office.link()
        kinds = [kind_of(session, person) for person in (AN, BO, CHU)]
        assert kinds == [("candidate", None), ("candidate", None), None]
        office.untrash(ours)
        office.link()
        assert kind_of(session, CHU) == ("contact", T0 + DAY)


def test_R9_two_who_would_vouch_for_each_other_alone_are_none(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], cc=[BO], at=T0)
        office.post(BO, [MEI], cc=[AN], at=T0 + DAY)
        ours = office.post(MEI, [AN], at=T0 - DAY)
        office.link()
        assert kind_of(session, BO) == ("contact", T0)
        office.trash(ours)
        office.link()
        assert [kind_of(session, person) for person in (AN, BO)] == [("candidate", None)] * 2


def test_R9_a_contact_by_hand_stays_one_and_makes_others(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], cc=[BO], at=T0)
        office.link()
        add_contact(session, key_of(AN), by=None, now=T0 + DAY)
        assert [kind_of(session, person) for person in (AN, BO)] == [("contact", T0 + DAY)] * 2
        office.trash(asked)
        office.link()
        assert kind_of(session, AN) == ("contact", T0 + DAY)
        assert kind_of(session, BO) is None


def test_R9_a_candidate_is_let_go_unless_somebody_said_something_of_them(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first, second = office.post(AN, [MEI]), office.post(BO, [MEI])
        third = office.post(CHU, [MEI])
        office.link()
        noted = contact_of(session, BO)
        assert noted is not None
        record_event(session, "note", at=T0, now=T0, author_id=None, contact_id=noted.id, text="called")
        tiered = find_contact(session, key_of(CHU))
        assert tiered is not None
        set_tier(session, tiered, "A", by=None, now=T0)
        for message_id in (first, second, third):
            office.delete(message_id)
        office.link()
        assert kind_of(session, AN) is None
        assert kind_of(session, BO) == ("candidate", None)
        assert kind_of(session, CHU) == ("candidate", None)


def test_R9_mail_that_turns_out_to_be_bulk_makes_nobody_a_contact_any_more(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0 - DAY)
        office.post(AN, [MEI, BO], text="Join us")
        office.link()
        assert kind_of(session, BO) == ("contact", T0)
        for number in range(10):
            office.post(AN, [MEI, f"member{number}@many.example"], text="Join us")
        office.link()
        assert kind_of(session, BO) is None
        assert kind_of(session, AN) == ("contact", T0 - DAY)


def test_R9_mail_that_was_none_of_ours_makes_nobody_a_contact_any_more(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [WEI, AN], cc=[BO], seen_by=[MEI, WEI])
        office.post(BO, [MEI], at=T0 + DAY)
        office.link()
        assert kind_of(session, AN) == ("contact", T0)
        office.trash(sent, MEI)  # what is left is a copy that nobody's mailbox sent (R14)
        office.link()
        assert kind_of(session, AN) is None
        assert kind_of(session, BO) == ("candidate", None)


@pytest.mark.parametrize("sender", [MEI, AN])
def test_R9_since_moves_to_what_is_left_where_the_earliest_copy_goes(database: Database, sender: str):
    with database.begin() as session:
        office = PostOffice(session)
        if sender == AN:
            office.post(MEI, [AN], at=T0 - DAY)
        mail = office.post(sender, [WEI, MEI, BO], seen_by=[WEI], rfc_id="one@post.example", text="x")
        office.post(sender, [WEI, MEI, BO], seen_by=[MEI], rfc_id="one@post.example", text="x", at=T0 + HOUR)
        office.link()
        assert kind_of(session, BO) == ("contact", T0)
        office.trash(mail, WEI)
        office.link()
        assert kind_of(session, BO) == ("contact", T0 + HOUR)


@pytest.mark.parametrize("kind", ["automatic", "receipt", "bounce"])
def test_R9_R10_what_a_machine_sent_by_itself_makes_nobody_a_candidate(database: Database, kind: str):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], kind=kind)
        written = office.post(BO, [MEI])
        office.post(BO, [MEI], kind=kind)
        office.link()
        assert (kind_of(session, AN), kind_of(session, BO)) == (None, ("candidate", None))
        office.trash(written)
        office.link()
        assert kind_of(session, BO) is None


def test_R9_R28_who_is_found_to_be_a_machine_s_voice_later_is_no_candidate_either_way(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ours = "ours@post.example"
        office.post(BO, [MEI], is_subject_automatic=True, at=T0 + HOUR, refs=[ours])
        office.link()
        assert kind_of(session, BO) == ("candidate", None)
        mail = office.post(MEI, [AN], rfc_id=ours)
        office.link()
        assert (kind_of(session, AN), kind_of(session, BO)) == (("contact", T0), None)
        office.trash(mail, MEI)
        office.link()
        assert kind_of(session, BO) == ("candidate", None)


@pytest.mark.parametrize("kind", ["bulk", "calendar"])
def test_R9_who_wrote_nothing_any_more_is_no_candidate(database: Database, kind: str):
    with database.begin() as session:
        office = PostOffice(session)
        mail = office.post(AN, [MEI], kind=kind)
        office.link()
        assert kind_of(session, AN) == ("candidate", None)
        office.trash(mail)
        office.link()
        assert kind_of(session, AN) is None


def test_R9_a_contact_of_long_ago_makes_contacts_of_whom_they_write_to_now(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0 - DAY)
        office.link()
        office.post(AN, [MEI], cc=[BO])
        office.link()
        assert kind_of(session, BO) == ("contact", T0)


def test_R9_stored_mail_spreads_from_who_became_a_contact_later(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.address("news@list.example", kind="list")
        office.post(AN, [MEI, CHU], cc=[ROBOT, "news@list.example"], at=T0 + DAY)
        office.post(AN, [MEI, BO], at=T0 + DAY, kind="bulk")
        office.post(AN, [MEI, DAO], at=T0 - DAY)
        office.trash(office.post(AN, [MEI, HELP], at=T0 + DAY))
        office.link()
        assert len(session.scalars(select(Contact)).all()) == 1
        office.post(MEI, [AN], at=T0)
        office.link()
        assert kind_of(session, AN) == ("contact", T0)
        assert kind_of(session, CHU) == ("contact", T0 + DAY)
        assert kind_of(session, DAO) == ("contact", T0)
        assert len(session.scalars(select(Contact)).all()) == 3


def test_R9_stored_mail_of_who_was_a_contact_earlier_all_along_is_looked_at_again(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0 + 2 * DAY)
        office.post(AN, [MEI, CHU], at=T0)
        office.link()
        assert kind_of(session, CHU) == ("contact", T0 + 2 * DAY)
        office.post(MEI, [AN], at=T0 + DAY)
        office.link()
        assert kind_of(session, CHU) == ("contact", T0 + DAY)


def test_R10_an_address_that_turns_out_to_be_a_lists_makes_nobody_a_contact(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        group = "group@lists.example"
        office.post(MEI, [group, BO], at=T0 - DAY)
        office.post(AN, [MEI, group], at=T0)
        office.post(MEI, [CHU], at=T0)
        office.link()
        assert kind_of(session, AN) == ("contact", T0)
        session.execute(update(Address).where(Address.key == group).values(kind="list"))
        office.post(DAO, [MEI, group], at=T0 + DAY, channel=group)
        office.link()
        assert kind_of(session, group) is None
        assert kind_of(session, AN) == ("candidate", None)
        assert kind_of(session, DAO) == ("candidate", None)
        assert kind_of(session, BO) == ("contact", T0 - DAY)
        assert kind_of(session, CHU) == ("contact", T0)


def test_R10_a_list_that_somebody_added_by_hand_stays(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        group = "group@lists.example"
        add_contact(session, group, by=None, now=T0)
        office.post(AN, [MEI, group], at=T0 + DAY)
        office.link()
        session.execute(update(Address).where(Address.key == group).values(kind="list"))
        office.post(DAO, [MEI, group], at=T0 + 2 * DAY, channel=group)
        office.link()
        assert kind_of(session, group) == ("contact", T0)


@pytest.mark.parametrize("kind", ["automatic", "receipt", "bounce"])
def test_R9_judged_anew_it_is_the_first_mail_that_is_left(database: Database, kind: str):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, [AN], at=T0)
        office.post(MEI, [AN], at=T0 + HOUR, kind=kind)
        office.trash(office.post(MEI, [AN], at=T0 + 2 * HOUR))
        for days in (3, 2, 4):
            office.post(MEI, [AN], at=T0 + days * DAY)
        office.link()
        office.trash(first)
        office.link()
        assert kind_of(session, AN) == ("contact", T0 + 2 * DAY)


def test_R4_R9_judged_anew_a_merged_person_counts_by_all_their_addresses(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for person, days in ((AN, 4), (BO, 2), (CHU, 3)):
            office.post(MEI, [person], at=T0 + days * DAY)
        first = office.post(MEI, [BO], at=T0)
        office.post(BO, [MEI, DAO], at=T0 + 9 * DAY)
        office.link()
        an, bo, chu = (contact_of(session, person) for person in (AN, BO, CHU))
        assert an is not None and bo is not None and chu is not None  # noqa: PT018
        merge(session, an, bo, by=None, now=T0)
        merge(session, an, chu, by=None, now=T0)
        office.trash(first)
        office.link()
        session.expire_all()
        assert session.get_one(Contact, an.id).since_at == T0 + 2 * DAY


@pytest.mark.parametrize("kind", ["receipt", "bounce", "human"])
def test_R9_judged_anew_a_receipt_or_a_return_makes_no_candidate(database: Database, kind: str):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], at=T0, kind=kind)
        sent = office.post(MEI, [AN], at=T0 + DAY)
        office.post(BO, [MEI, AN], at=T0 + DAY)
        office.link()
        assert kind_of(session, AN) == ("contact", T0 + DAY)
        office.trash(sent)
        office.link()
        assert kind_of(session, AN) == (("candidate", None) if kind == "human" else None)


def test_R9_judged_anew_a_contact_by_hand_is_one_since_it_was_made_so(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for person in (AN, BO):
            office.post(person, [MEI], at=T0)
        office.link()
        an = add_contact(session, key_of(AN), by=None, now=T0 + DAY)
        undo(
            session,
            session.scalars(select(Event).where(Event.kind == "contact")).one(),
            by=None,
            now=T0 + DAY,
        )
        assert kind_of(session, AN) == ("candidate", None)
        record_event(session, "note", at=T0, now=T0, author_id=None, contact_id=an.id, text="called")
        bo = add_contact(session, key_of(BO), by=None, now=T0 + 3 * DAY)
        add_contact(session, key_of(AN), by=None, now=T0 + 4 * DAY)
        sent = office.post(MEI, [AN, BO], at=T0)
        office.link()
        assert (kind_of(session, AN), kind_of(session, BO)) == (("contact", T0), ("contact", T0))
        office.trash(sent)
        office.link()
        assert kind_of(session, AN) == ("contact", T0 + 4 * DAY)
        assert kind_of(session, BO) == ("contact", T0 + 3 * DAY)
        merge(session, an, bo, by=None, now=T0 + 5 * DAY)
        assert kind_of(session, AN) == ("contact", T0 + 3 * DAY)


def test_R9_whatever_was_said_of_a_candidate_keeps_them_and_nobody_else(database: Database):
    marks = ["name", "tier", "left alone", "owner", "note", "task", "box", "merged"]
    with database.begin() as session:
        office = PostOffice(session)
        office.mailbox(MEI)
        mails = [
            office.post(f"{mark.replace(' ', '')}@donor.example", [MEI]) for mark in [*marks, "bare", "other"]
        ]
        office.link()
        ids = {}
        for mark in [*marks, "bare", "other"]:
            contact = contact_of(session, f"{mark.replace(' ', '')}@donor.example")
            assert contact is not None
            ids[mark] = contact.id
        mei = session.scalars(select(User)).one()
        for mark, values in {
            "name": {"given_name": "N"},
            "tier": {"tier": "A"},
            "left alone": {"do_not_contact_until": FOREVER},
            "owner": {"owner_id": mei.id},
        }.items():
            session.execute(update(Contact).where(Contact.id == ids[mark]).values(**values))
        record_event(session, "note", at=T0, now=T0, author_id=None, contact_id=ids["note"], text="called")
        task = {"uid": "t", "text": "call", "due_at": T0, "created_at": T0}
        session.execute(insert(Task).values(contact_id=ids["task"], **task))
        session.execute(insert(BoxContact).values(contact_id=ids["box"], box_id=make_box(session).id))
        merge(
            session,
            session.get_one(Contact, ids["merged"]),
            session.get_one(Contact, ids["other"]),
            by=None,
            now=T0,
        )
        session.execute(delete(Event).where(Event.kind == "merge"))
        for mail in mails:
            office.trash(mail)
        office.link()
        left = set(session.scalars(select(Contact.id)))
        assert left == set(ids.values()) - {ids["bare"]}
        assert session.scalars(
            select(Address.contact_id).where(Address.key == "bare@donor.example")
        ).all() == [None]


def test_R10_machines_and_lists_are_never_contacts_and_roles_may_be(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.address("news@list.example", kind="list")
        office.post(ROBOT, [MEI])
        office.post(DAEMON, [MEI], kind="bounce", failed=[BO], bounce_status="5.1.1")
        office.post(MEI, [HELP], cc=[ROBOT, "news@list.example"], at=T0 + HOUR)
        office.link()
        assert kind_of(session, HELP) == ("contact", T0 + HOUR)
        assert len(session.scalars(select(Contact)).all()) == 1


def test_R9_every_contact_of_a_touched_conversation_is_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], cc=[BO])
        office.post(MEI, [AN, BO], refs=[asked], at=T0 + HOUR)
        office.post(CHU, [MEI])
        office.link()
        for contact_status in session.scalars(select(ContactStatus)):
            contact_status.due_at = None
        office.post(AN, [MEI], refs=[asked], at=T0 + DAY)
        changed = office.link()
        due = set(session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0)))
        an, bo = contact_of(session, AN), contact_of(session, BO)
        assert an is not None
        assert bo is not None
        assert due == changed.contact_ids == {an.id, bo.id}


def name_of(session: Session, person: str) -> str:
    contact = contact_of(session, person)
    assert contact is not None
    return contact.name


def test_R7_the_name_is_the_newest_that_a_person_typed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        newest = office.post("陳安 <an@donor.example>", [MEI], at=T0 + DAY)
        office.link()
        office.post("An <an@donor.example>", [MEI], at=T0)
        office.post("An (via Google Drive) <an@donor.example>", [MEI], at=T0 + 2 * DAY)
        office.link()
        assert name_of(session, AN) == "陳安"
        office.trash(newest)
        office.link()
        assert name_of(session, AN) == "An"


def test_R7_a_name_seen_before_they_became_a_contact_counts(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], cc=["小寶 <bo@donor.example>"])
        office.link()
        office.post("bo@donor.example", [MEI], at=T0 + HOUR)
        office.link()
        assert name_of(session, BO) == "小寶"


def test_R7_a_name_given_by_hand_stands_beside_what_the_mail_shows(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI])
        office.link()
        contact = add_contact(session, key_of(AN), name="安安", by=None, now=T0)
        office.post("Ann <an@donor.example>", [MEI], at=T0 + DAY)
        office.link()
        assert (contact.given_name, contact.name) == ("安安", "Ann")


def test_R7_their_own_mail_names_them_then_what_we_typed_then_others(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        add_contact(session, key_of(AN), by=None, now=T0)
        add_contact(session, key_of(BO), by=None, now=T0)
        office.post("bo@donor.example", [MEI], cc=["An by Bo <an@donor.example>"])
        office.post("bo@donor.example", ["Nobody <an@donor.example>", MEI], at=T0 + 9 * DAY, kind="bulk")
        office.link()
        assert name_of(session, AN) == "An by Bo"
        office.post(MEI, ["Aa <an@donor.example>"], cc=["Uncle Bo <bo@donor.example>"], at=T0 - DAY)
        office.link()
        assert name_of(session, AN) == "Aa"
        own = office.post("陳安 <an@donor.example>", [MEI], at=T0 - 2 * DAY)
        office.link()
        assert name_of(session, AN) == "陳安"
        assert name_of(session, BO) == "Uncle Bo"
        office.post("an@donor.example", [MEI], at=T0 + 2 * DAY)
        office.trash(own)
        office.link()
        assert name_of(session, AN) == "Aa"


VIP = "V.I.P. <an@donor.example>"


@pytest.mark.parametrize(
    "post",
    [
        {"sender": WEI, "to": [MEI], "bcc": [VIP], "seen_by": [WEI]},
        {"sender": WEI, "to": [VIP], "kind": "bulk"},
        {"sender": WEI, "to": [VIP], "kind": "automatic"},
        {"sender": WEI, "to": [VIP], "kind": "calendar"},
        {"sender": WEI, "to": [VIP], "seen_by": [MEI]},
        {"sender": BO, "to": [MEI, VIP]},
        {"sender": ROBOT, "to": [MEI, VIP], "kind": "automatic"},
        {"sender": BO, "to": [MEI], "cc": [VIP], "kind": "bulk", "is_foreign_list": True},
        {"sender": VIP, "to": [MEI], "kind": "bulk"},
        {"sender": VIP, "to": [MEI], "kind": "receipt"},
        {"sender": VIP, "to": [MEI], "kind": "automatic"},
    ],
    ids=lambda post: f"{post['sender'].split()[0]}-{post.get('kind', 'human')}-{'-'.join(post)}",
)
def test_R7_what_others_wrote_renames_nobody(database: Database, post: dict[str, Any]):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, ["An our donor <an@donor.example>"], at=T0 - DAY)
        office.post(at=T0 + DAY, **post)
        office.link()
        assert name_of(session, AN) == "An our donor"
        office.post(AN, [MEI], at=T0 - 2 * DAY)
        office.link()
        assert name_of(session, AN) == "An Chen"


def test_R7_any_mail_in_any_order_names_as_a_plain_reading_of_the_rule(database: Database):
    rng = Random(7)
    with database.begin() as session:
        for season in range(24):
            office = PostOffice(session)
            key = f"s{season}@donor.example"
            add_contact(session, key, by=None, now=T0)
            seen: list[tuple[int, int, str]] = []
            for number in rng.sample(range(8), 8):
                name, at = f"Name {chr(65 + number)}", T0 + rng.randrange(4) * DAY
                role = rng.choice(("author", "to", "cc", "bcc"))
                kind = rng.choice(("human", "human", "bulk", "automatic", "receipt"))
                person = f"{name} <{key}>"
                sender = person if role == "author" else rng.choice((BO, MEI))
                is_forged = sender == MEI and role != "bcc" and rng.random() < 0.25
                others = {role: [person]} if role != "author" else {}
                office.post(
                    sender,
                    **{"to": [WEI], **others},
                    at=at,
                    kind=kind,
                    rfc_id=f"{season}.{number}@names.example",
                    seen_by=[WEI] if is_forged else None,
                )
                if role == "bcc" and sender != MEI:
                    continue  # nobody but its sender knows a blind copy
                source = 0
                if kind == "human" and role != "bcc" and not is_forged:
                    source = 3 if role == "author" else 2 if sender == MEI else 1
                seen.append((source, at, name))
                if rng.random() < 0.5:
                    office.link()
            office.link()
            best = max((source, at) for source, at, _ in seen)
            assert name_of(session, person) == min(name for *rank, name in seen if tuple(rank) == best)


def test_R7_R20_a_copy_that_tells_an_earlier_time_may_give_another_name(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        old, new = "Old An <an@donor.example>", "New An <an@donor.example>"
        facts = {"rfc_id": "one@post.example", "text": "x"}
        office.post(old, [MEI, WEI], at=T0 + 2 * HOUR, seen_by=[WEI], **facts)
        office.post(new, [MEI], at=T0 + HOUR)
        office.link()
        assert name_of(session, AN) == "Old An"
        office.post(old, [MEI, WEI], at=T0, seen_by=[MEI], **facts)
        office.link()
        assert name_of(session, AN) == "New An"


def test_R7_a_contact_whose_names_all_went_has_none(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        add_contact(session, key_of(AN), by=None, now=T0)
        named = office.post(AN, [MEI])
        office.post("bo@donor.example", [MEI])
        office.link()
        assert (name_of(session, AN), name_of(session, BO)) == ("An Chen", "")
        office.trash(named)
        changed = office.link()
        assert name_of(session, AN) == ""
        an = contact_of(session, AN)
        assert an is not None
        assert an.id in changed.contact_ids


def test_R7_a_receipt_may_name_them_and_a_return_never_does(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        receipt = office.post("Annie <an@donor.example>", [MEI], kind="receipt", at=T0 + HOUR)
        office.post("an@donor.example", [MEI])
        office.post(DAEMON, [MEI], kind="bounce", failed=["Nobody <an@donor.example>"], at=T0 + DAY)
        office.link()
        assert name_of(session, AN) == "Annie"
        office.trash(receipt)
        office.link()
        assert name_of(session, AN) == ""


def test_R5_R7_two_people_of_one_name_have_it_both(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        namesake = "An Chen <another@donor.example>"
        office.post(AN, [MEI])
        office.post(namesake, [MEI], at=T0 + DAY)
        office.link()
        assert (name_of(session, AN), name_of(session, namesake)) == ("An Chen", "An Chen")
        assert contact_of(session, AN) is not contact_of(session, namesake)


def test_R4_R7_a_merged_person_has_the_newest_name_of_all_their_addresses(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], at=T0 + HOUR)
        office.post(BO, [MEI], at=T0 + 2 * HOUR)
        office.post(CHU, [MEI], at=T0 + 3 * HOUR)
        office.link()
        an, bo = contact_of(session, AN), contact_of(session, BO)
        assert an is not None and bo is not None  # noqa: PT018
        merge(session, an, bo, by=None, now=T0)
        assert name_of(session, AN) == "Bo Lin"
        newest = office.post("Annie <an@donor.example>", [MEI], at=T0 + 4 * HOUR)
        office.link()
        assert name_of(session, AN) == name_of(session, BO) == "Annie"
        office.trash(newest)
        office.link()
        assert (name_of(session, AN), name_of(session, CHU)) == ("Bo Lin", "朱小姐")


def test_R9_a_person_is_a_contact_from_the_earliest_of_all_ways():
    circle = ContactGraph(since={1: 10, 5: 90})
    circle.add_mails(
        {
            1: SharedMail(20, frozenset({1, 2})),
            2: SharedMail(5, frozenset({2, 3})),
            3: SharedMail(70, frozenset({3, 5})),
            4: SharedMail(1, frozenset({4, 6})),
        }
    )
    assert circle.spread() == {2, 3, 5}
    assert circle.since == {1: 10, 2: 20, 3: 20, 5: 70}
