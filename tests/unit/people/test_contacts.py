import pytest
from sqlalchemy import select

from streaklike.instants import DAY
from streaklike.people.contacts import (
    FOREVER,
    add_address,
    add_contact,
    assign_conversation,
    dismiss_flag,
    find_contact,
    get_contact,
    list_contacts,
    mark_no_reply_needed,
    reopen_conversation,
    revert,
    revert_adding,
    set_do_not_contact,
    set_name,
    set_owner,
    set_tier,
    suggest_same_person,
    take_conversation,
)
from streaklike.people.errors import (
    AddressTaken,
    BadAddressText,
    BadValue,
    ContactNotFound,
    NotAPerson,
    UserHasLeft,
)
from streaklike.people.merging import merge
from streaklike.people.timeline import list_timeline
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Conversation, Event, Message, User
from tests.factories import AN, BO, CHU, DAO, MEI, ROBOT, T0, WEI, PostOffice

OTHER_AN = "An Chen <an@work.example>"


def add(session, person: str, *, name: str = "", now: int = T0):
    return add_contact(session, person, name=name, by=None, now=now)


def member(session, office: PostOffice, person: str) -> User:
    return session.get_one(User, office.user(person))


def conversation_of(session, message_id: int) -> Conversation:
    conversation_id = session.scalars(select(Message.conversation_id).where(Message.id == message_id)).one()
    return session.get_one(Conversation, conversation_id)


def test_a_contact_is_found_under_each_form_of_the_address(database: Database):
    with database.begin() as session:
        contact = add(session, "wang.xiaoming+news@gmail.com")
        assert find_contact(session, "WangXiaoming@googlemail.com") is contact
        assert get_contact(session, " wang.xiaoming@gmail.com ") is contact
        PostOffice(session).address(BO)
        for nobody in ("nobody@donor.example", BO, "", "a@b.example, c@d.example"):
            assert find_contact(session, nobody) is None
        with pytest.raises(ContactNotFound, match="Nothing was changed"):
            get_contact(session, "nobody@donor.example")


def test_R11_a_contact_added_later_has_the_mail_already_stored(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(ROBOT, [MEI, AN], kind="bulk", subject="Newsletter")
        sent = office.post(BO, [MEI], cc=[AN], subject="The hall")
        office.link()
        contact = add(session, AN, now=T0 + DAY)
        assert contact.kind == "contact"
        assert contact.is_manual
        assert [entry.subject for entry in list_timeline(session, contact.id) if entry.kind == "email"] == [
            "The hall"
        ]
        assert sent


def test_R9_a_candidate_becomes_a_contact_by_one_click(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI])
        office.link()
        candidate = get_contact(session, AN)
        assert candidate.kind == "candidate"
        contact = add(session, AN, name="陳安", now=T0 + DAY)
        assert contact is candidate
        assert (contact.kind, contact.given_name) == ("contact", "陳安")
        assert session.scalars(select(Event.data).where(Event.kind == "contact")).all() == [
            {"kind": "contact", "name": "陳安", "was": None}
        ]
        assert add(session, AN) is contact
        assert len(session.scalars(select(Event)).all()) == 1


@pytest.mark.parametrize("text", ["", "Wang", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused(database: Database, text: str):
    with database.begin() as session, pytest.raises(BadAddressText):
        add(session, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no-reply@shop.example", "the address of a machine"),
        ("friends@lists.example", "the address of a list"),
        ("mei@ngo.example", "one of the team's own"),
        ("new@ngo.example", "one of the team's own"),
    ],
)
def test_R10_machines_and_ours_never_become_contacts(database: Database, text: str, why: str):
    with database.begin() as session:
        office = PostOffice(session)
        office.user(MEI)
        office.address("friends@lists.example", kind="list")
        with pytest.raises(NotAPerson, match=why):
            add(session, text)


def test_R9_R11_who_is_on_mail_with_somebody_added_later_is_a_contact_too(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(CHU, [MEI], cc=[AN], at=T0 + DAY)
        office.post(DAO, [MEI], cc=[OTHER_AN], at=T0 + 2 * DAY)
        office.link()
        an = add(session, AN)
        assert (an.given_name, an.since_at, get_contact(session, CHU).since_at) == (None, T0, T0 + DAY)
        dao = get_contact(session, DAO)
        assert dao.kind == "candidate"
        address = add_address(session, an, OTHER_AN, by=None, now=T0)
        assert (dao.kind, dao.since_at) == ("contact", T0 + 2 * DAY)
        assert add_address(session, an, OTHER_AN, by=None, now=T0) is address
        assert session.scalars(select(Event.data).where(Event.kind == "address")).all() == [
            {"address": "an@work.example"}
        ]


def test_R11_an_address_added_later_brings_its_mail(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = add(session, AN)
        office.post(BO, [MEI], subject="From my other address")
        office.link()
        add_address(session, contact, BO, by=None, now=T0 + 1)
        shown = [entry.subject for entry in list_timeline(session, contact.id) if entry.kind == "email"]
        assert shown == ["From my other address"]
        assert find_contact(session, BO) is contact
        add_address(session, contact, "an@work.example", by=None, now=T0 + 2)
        assert find_contact(session, "an@work.example") is contact


def test_an_address_of_another_contact_is_not_taken_away(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        with pytest.raises(AddressTaken, match="Merge"):
            add_address(session, an, BO, by=None, now=T0)
        assert find_contact(session, BO) is bo


def test_a_tier_is_kept_with_what_it_was(database: Database):
    with database.begin() as session:
        contact = add(session, AN)
        first = set_tier(session, contact, "A", by=None, now=T0)
        second = set_tier(session, contact, "none", by=None, now=T0 + 1)
        assert contact.tier == "none"
        assert first is not None
        assert second is not None
        assert first.data == {"tier": "A", "was": None}
        assert second.data == {"tier": "none", "was": "A"}
        assert set_tier(session, contact, "none", by=None, now=T0 + 2) is None
        with pytest.raises(BadValue):
            set_tier(session, contact, "D", by=None, now=T0)


def test_R49_do_not_contact_is_set_with_its_end_and_taken_off(database: Database):
    with database.begin() as session:
        contact = add(session, AN)
        event = set_do_not_contact(
            session, contact, until=FOREVER, reason="asked us to stop", by=None, now=T0
        )
        assert event is not None
        assert (event.data["until"], event.data["reason"]) == (FOREVER, "asked us to stop")
        assert (contact.do_not_contact_until, contact.do_not_contact_reason) == (FOREVER, "asked us to stop")
        assert event.data["was"] == {"until": None, "reason": ""}
        again = {"reason": "asked us to stop", "by": None, "now": T0}
        assert set_do_not_contact(session, contact, until=FOREVER, **again) is None
        with pytest.raises(BadValue, match="past"):
            set_do_not_contact(session, contact, until=T0, by=None, now=T0)
        freed = set_do_not_contact(session, contact, until=None, by=None, now=T0 + 1)
        assert (contact.do_not_contact_until, contact.do_not_contact_reason) == (None, None)
        assert freed is not None
        assert freed.data["was"] == {"until": FOREVER, "reason": "asked us to stop"}
        assert set_do_not_contact(session, contact, until=None, reason="too", by=None, now=T0 + 2) is None
        revert(session, freed)
        assert (contact.do_not_contact_until, contact.do_not_contact_reason) == (FOREVER, "asked us to stop")


def test_R7_a_given_name_wins_until_it_is_emptied(database: Database):
    with database.begin() as session:
        contact = add(session, AN)
        set_name(session, contact, " 陳 安 ", by=None, now=T0)
        assert contact.given_name == "陳 安"
        assert set_name(session, contact, "陳 安", by=None, now=T0) is None
        set_name(session, contact, "", by=None, now=T0 + 1)
        assert contact.given_name is None


def test_R7_who_is_added_by_mistake_is_called_as_before_unless_renamed_since(database: Database):
    with database.begin() as session:
        for person, name, renamed in ((AN, "", ""), (BO, "寶", ""), (CHU, "朱", "朱小姐")):
            contact = add(session, person, name=name)
            about = select(Event).where(Event.kind == "contact", Event.contact_id == contact.id)
            event = session.scalars(about).one()
            if renamed:
                set_name(session, contact, renamed, by=None, now=T0)
            revert_adding(session, event, now=T0 + DAY)
            assert (contact.kind, contact.given_name) == ("candidate", renamed or None)


def test_a_contact_has_an_owner_who_is_still_there(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mei, wei = member(session, office, MEI), member(session, office, WEI)
        contact = add(session, AN)
        set_owner(session, contact, mei, by=mei, now=T0)
        event = set_owner(session, contact, wei, because={"why": "strongest tie"}, by=mei, now=T0 + 1)
        assert event is not None
        assert event.data == {
            "owners": ["wei@ngo.example"],
            "was": ["mei@ngo.example"],
            "why": "strongest tie",
        }
        mei.disabled_at = T0
        with pytest.raises(UserHasLeft):
            set_owner(session, contact, mei, by=wei, now=T0 + 2)
        assert contact.owner_id == wei.id
        assert set_owner(session, contact, wei, by=wei, now=T0 + 2) is None
        gone = set_owner(session, contact, None, by=wei, now=T0 + 3)
        assert gone is not None
        assert (contact.owner_id, gone.data) == (None, {"owners": [], "was": ["wei@ngo.example"]})
        assert set_owner(session, contact, None, by=wei, now=T0 + 3) is None
        revert(session, gone)
        assert contact.owner_id == wei.id


def test_a_conversation_is_taken_and_handed_on(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], rfc_id="asked@donor.example")
        office.link()
        mei, wei = member(session, office, MEI), member(session, office, WEI)
        conversation = conversation_of(session, asked)
        taken = take_conversation(session, conversation, by=mei, now=T0 + 1)
        assert taken is not None
        assert taken.data == {"owners": ["mei@ngo.example"], "was": [], "message": "asked@donor.example"}
        assign_conversation(session, conversation, wei, by=mei, now=T0 + 2)
        assert conversation.owner_id == wei.id
        assert assign_conversation(session, conversation, wei, by=mei, now=T0 + 3) is None
        assign_conversation(session, conversation, None, by=mei, now=T0 + 4)
        assert conversation.owner_id is None
        wei.disabled_at = T0
        with pytest.raises(UserHasLeft):
            assign_conversation(session, conversation, wei, by=mei, now=T0 + 5)


def test_a_mark_names_the_newest_mail_of_its_conversation(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ids = [
            office.post(AN, [MEI], rfc_id=f"{name}@donor.example", thread="one", at=T0 + at)
            for name, at in (("z", 0), ("b", 1), ("c", 1), ("a", 1), ("trashed", 2))
        ]
        office.post(BO, [MEI], subject="Another", at=T0 + DAY)
        office.trash(ids[-1])
        office.link()
        conversation = conversation_of(session, ids[0])
        event = reopen_conversation(session, conversation, by=None, now=T0 + DAY)
        assert event.data == {"message": "c@donor.example"}


def test_R37_no_reply_needed_wants_a_reason(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        office.link()
        conversation = conversation_of(session, asked)
        with pytest.raises(BadValue):
            mark_no_reply_needed(session, conversation, by=None, reason=" ", now=T0)
        event = mark_no_reply_needed(session, conversation, by=None, reason="spoke on the phone", now=T0 + 1)
        assert event.data["reason"] == "spoke on the phone"
        assert event.conversation_id == conversation.id
        shown = list_timeline(session, get_contact(session, AN).id)
        assert [entry.kind for entry in shown] == ["no_reply_needed", "email"]


def test_R50_dismissing_a_flag_asks_for_a_reason(database: Database):
    with database.begin() as session:
        contact = add(session, AN)
        facts = {"flag": "ignored", "reason": "unanswered", "since_at": T0, "by": None, "now": T0 + 1}
        with pytest.raises(BadValue):
            dismiss_flag(session, contact, **facts, because="")
        with pytest.raises(BadValue, match="no flag"):
            dismiss_flag(session, contact, **{**facts, "flag": "forgotten"}, because="answered by phone")
        event = dismiss_flag(session, contact, **facts, because="answered by phone")
        assert event.data == {
            "flag": "ignored", "reason": "unanswered", "since_at": T0, "because": "answered by phone",
        }  # fmt: skip


def test_contacts_are_listed_with_their_standing_in_a_stable_order(database: Database):
    with database.begin() as session:
        bo, an = add(session, BO), add(session, AN, name="陳安")
        extra = add(session, "a-chen@work.example")
        merge(session, an, extra, by=None, now=T0)
        contact_status = session.get_one(ContactStatus, an.id, populate_existing=True)
        contact_status.reply_state, contact_status.touches_28d, contact_status.last_inbound_at = (
            "needs_reply",
            2.0,
            T0,
        )
        contact_status.bulk_28d = 3
        session.delete(session.get_one(ContactStatus, bo.id))
        bo.name = "Bo Lin"
        set_tier(session, an, "B", by=None, now=T0)
        first, second = list_contacts(session)
        assert (first.id, second.id) == (an.id, bo.id)
        assert first.addresses == ("an@donor.example", "a-chen@work.example")
        assert (first.name, first.kind, first.tier) == ("陳安", "contact", "B")
        assert (first.reply_state, first.touches_28d, first.last_inbound_at) == ("needs_reply", 2.0, T0)
        assert first.bulk_28d == 3
        assert (second.name, second.tier, second.reply_state) == ("Bo Lin", "none", "quiet")
        assert (second.last_outbound_at, second.touches_28d, second.bulk_28d) == (None, 0.0, 0)


def test_R5_equal_names_are_suggested_and_never_merged(database: Database):
    with database.begin() as session:
        an = add(session, AN, name="Wang Ming")
        same = add(session, BO, name="Ｗａｎｇ  ming")
        add(session, "chen@donor.example", name="Chen Ming")
        add(session, "nameless@donor.example")
        assert suggest_same_person(session, an) == [same]
        assert same.merged_into_id is None
        merge(session, an, same, by=None, now=T0)
        assert suggest_same_person(session, an) == []
        nameless = add(session, "alone@donor.example")
        assert suggest_same_person(session, nameless) == []
        alike = [add(session, f"{name}@work.example") for name in ("z", "a")]
        for each in (nameless, *alike):
            each.name = "Chu"
        session.flush()
        assert suggest_same_person(session, nameless) == alike
