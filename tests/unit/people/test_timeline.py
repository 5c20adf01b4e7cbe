from collections.abc import Iterable

from sqlalchemy import delete, event, insert, select

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.contacts import add_contact, find_contact, get_contact, take_conversation
from streaklike.people.events import record_event, undo_event
from streaklike.people.forwards import list_offers
from streaklike.people.merging import merge
from streaklike.people.timeline import iter_timeline, list_timeline
from streaklike.store.database import Database
from streaklike.store.models import (
    Address,
    Body,
    Box,
    Contact,
    Conversation,
    ForwardOffer,
    MailboxMessage,
    Message,
    Participant,
    Task,
    User,
)
from streaklike.store.writing import in_chunks
from tests.factories import AN, BO, CHU, DAEMON, DAO, MEI, T0, WEI, PostOffice, make_box

BOX_FACTS = {"created_at": T0, "stage_since_at": T0}
ANNE = "Anne <anne@ngo.example>"
OTHER_AN = "An Chen <an@work.example>"


def add(session, person: str) -> Contact:
    return add_contact(session, person, by=None, now=T0)


def mails(entries: Iterable) -> list[str]:
    return [entry.subject for entry in entries if entry.kind == "email"]


def note(session, contact: Contact, text: str, at: int, author_id: int | None = None):
    return record_event(session, "note", at=at, now=at, author_id=author_id, contact_id=contact.id, text=text)


def test_a_mail_is_told_with_all_that_is_known_of_it(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(
            AN, [MEI], cc=[BO], at=T0, subject="May I help?", rfc_id="a@donor.example", text="On Sunday?"
        )
        office.post(MEI, [AN], at=T0 + HOUR, subject="Re: May I help?", refs=[asked])
        office.link()
        contact = get_contact(session, AN)
        first, second = iter_timeline(session, contact.id)
        assert (first.at, first.kind, first.direction, first.mail_class) == (T0, "email", "inbound", "human")
        assert (first.message_id, first.subject, first.text) == (
            "a@donor.example",
            "May I help?",
            "On Sunday?",
        )
        assert first.sender is not None
        assert (first.sender.name, first.sender.address) == ("An Chen", "an@donor.example")
        assert [person.address for person in first.to] == ["mei@ngo.example"]
        assert [person.address for person in first.cc] == ["bo@donor.example"]
        assert (first.author, first.role, first.mailboxes) == (
            "an@donor.example",
            "author",
            ("mei@ngo.example",),
        )
        assert (second.author, second.direction, second.role) == ("mei@ngo.example", "outbound", "to")
        assert first.conversation_id == second.conversation_id is not None


def test_R16_one_message_in_many_mailboxes_is_one_entry_with_its_witnesses(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        message = office.post(AN, [MEI, WEI], seen_by=[WEI, MEI])
        office.link()
        contact = get_contact(session, AN)
        (entry,) = iter_timeline(session, contact.id)
        assert entry.mailboxes == ("mei@ngo.example", "wei@ngo.example")
        office.trash(message, WEI)
        office.link()
        (entry,) = iter_timeline(session, contact.id)
        assert entry.mailboxes == ("mei@ngo.example",)


def test_R14_the_author_of_ours_is_whose_mailbox_sent_it(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        message = office.post("Help <hello@ngo.example>", [AN], seen_by=[MEI, ANNE], labels=["SENT"])
        session.get_one(MailboxMessage, (office.mailbox(ANNE), f"{message:x}")).is_sent = False
        office.link()
        (entry,) = iter_timeline(session, get_contact(session, AN).id)
        assert (entry.direction, entry.author) == ("outbound", "mei@ngo.example")
        assert entry.sender is not None
        assert entry.sender.address == "hello@ngo.example"
        assert message


def test_R14_what_is_trash_everywhere_leaves_and_comes_back(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = add(session, AN)
        message = office.post(AN, [MEI], subject="Trashed", at=T0)
        office.post(AN, [MEI], subject="Kept", at=T0 + 1)
        office.link()
        office.trash(message)
        office.link()
        assert mails(list_timeline(session, contact.id, include_hidden=True)) == ["Kept"]
        office.untrash(message)
        office.link()
        assert mails(list_timeline(session, contact.id)) == ["Kept", "Trashed"]


def test_R32_inbound_bulk_is_hidden_until_asked_for(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = add(session, AN)
        office.post(AN, [MEI], subject="Our newsletter", kind="bulk")
        office.post(MEI, [AN], subject="Yours truly", kind="bulk", at=T0 + 1)
        office.link()
        assert mails(list_timeline(session, contact.id)) == ["Yours truly"]
        assert mails(list_timeline(session, contact.id, include_hidden=True)) == [
            "Yours truly",
            "Our newsletter",
        ]
        assert mails(iter_timeline(session, contact.id)) == ["Yours truly"]
        assert mails(iter_timeline(session, contact.id, include_hidden=True)) == [
            "Our newsletter",
            "Yours truly",
        ]


def test_R22_a_bcc_entry_is_on_the_bcc_persons_own_timeline_alone(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], cc=[BO], bcc=[DAO], subject="To you all")
        office.link()
        assert find_contact(session, DAO) is not None
        for person, role in ((AN, "to"), (BO, "cc"), (DAO, "bcc")):
            (entry,) = iter_timeline(session, get_contact(session, person).id)
            assert entry.role == role
            assert "dao@press.example" not in repr(entry)


def test_R19_one_message_id_with_two_bodies_is_kept_twice_and_flagged(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], rfc_id="same@donor.example", text="One")
        other = office.post(AN, [WEI], rfc_id="same@donor.example", text="Other", at=T0 + 1)
        office.post(AN, [MEI], text="Third", at=T0 + 2)
        office.link()
        entries = list(iter_timeline(session, get_contact(session, AN).id))
        assert [(entry.text, entry.is_conflicting) for entry in entries] == [
            ("One", True), ("Other", True), ("Third", False),
        ]  # fmt: skip
        office.trash(other)
        office.link()
        (one, _) = iter_timeline(session, get_contact(session, AN).id)
        assert not one.is_conflicting


def test_R20_the_date_header_is_shown_where_it_is_far_off(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        near, far = office.post(AN, [MEI]), office.post(AN, [MEI], at=T0 + 1)
        session.get_one(Message, near).dated_at = T0 - DAY
        session.get_one(Message, far).dated_at = T0 + 70 * 365 * DAY
        office.link()
        first, second = iter_timeline(session, get_contact(session, AN).id)
        assert (first.at, first.dated_at) == (T0, None)
        assert (second.at, second.dated_at) == (T0 + 1, T0 + 70 * 365 * DAY)


def test_R30_a_bounce_is_the_failed_persons_and_marks_what_was_not_delivered(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN, BO], subject="Thank you", rfc_id="thanks@ngo.example")
        late = office.post(MEI, [AN], subject="Delayed", at=T0 + 1)
        bounce = office.post(
            DAEMON, [MEI], subject="Undelivered", kind="bounce", failed=[AN], bounce_of=sent,
            bounce_status="5.1.1", at=T0 + MINUTE,
        )  # fmt: skip
        office.post(
            DAEMON,
            [MEI],
            kind="bounce",
            failed=[AN],
            bounce_of=late,
            bounce_status="4.4.1",
            at=T0 + 2 * MINUTE,
        )
        office.link()
        an, bo = get_contact(session, AN), get_contact(session, BO)
        entries = list(iter_timeline(session, an.id))
        assert [entry.is_not_delivered for entry in entries] == [True, False, False, False]
        assert [entry.role for entry in entries] == ["to", "to", "failed", "failed"]
        assert [entry.mail_class for entry in entries][2:] == ["bounce", "bounce"]
        assert [(entry.subject, entry.is_not_delivered) for entry in iter_timeline(session, bo.id)] == [
            ("Thank you", False)
        ]
        office.trash(bounce)
        office.link()
        assert not any(entry.is_not_delivered for entry in iter_timeline(session, an.id))


def returned(session, person: str) -> set[str]:
    """The subjects of what came back from somebody."""
    entries = iter_timeline(session, get_contact(session, person).id)
    return {entry.subject for entry in entries if entry.is_not_delivered}


def test_R30_a_bounce_that_names_no_mail_returns_the_last_one_to_that_address(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN, BO, CHU], at=T0, subject="First")
        office.post(MEI, [DAO], cc=[BO], at=T0 + HOUR, subject="Second")
        office.post(MEI, [OTHER_AN], at=T0 + 4 * HOUR, subject="To another address")
        office.post(MEI, [AN], at=T0 + 3 * HOUR, subject="To all", rfc_id="b@ngo.example")
        office.post(MEI, [AN], at=T0 + 3 * HOUR, subject="To this one", rfc_id="c@ngo.example")
        office.post(MEI, [AN], at=T0 + 3 * HOUR, subject="To me", rfc_id="a@ngo.example")
        office.post(WEI, [AN], at=T0 + 4 * HOUR, subject="Not ours by its label", seen_by=[MEI])
        trashed = office.post(MEI, [AN], at=T0 + 4 * HOUR, subject="Trashed")
        office.link()
        merge(session, get_contact(session, AN), get_contact(session, OTHER_AN), by=None, now=T0)
        office.trash(trashed)
        facts = {"kind": "bounce", "bounce_status": "5.1.1"}
        bounce = office.post(DAEMON, [MEI], cc=[CHU], failed=[AN], at=T0 + 5 * HOUR, **facts)
        office.link()
        office.post(MEI, [AN], at=T0 + 6 * HOUR, subject="Afterwards")
        office.post(DAEMON, [MEI], failed=[DAO], at=T0 + HOUR + 3 * DAY, **facts)
        office.link()
        assert (returned(session, AN), returned(session, DAO)) == ({"To this one"}, {"Second"})
        assert returned(session, BO) == returned(session, CHU) == set()
        office.trash(bounce)
        office.link()
        assert returned(session, AN) == set()


def test_R30_a_delay_or_a_return_after_three_days_returns_nothing(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for person in (AN, BO):
            office.post(MEI, [person], at=T0, subject="Rice")
        office.post(DAEMON, [MEI], failed=[AN], at=T0 + DAY, kind="bounce", bounce_status="4.4.1")
        office.post(DAEMON, [MEI], failed=[BO], at=T0 + 3 * DAY + 1, kind="bounce", bounce_status="5.1.1")
        office.link()
        assert returned(session, AN) == returned(session, BO) == set()


def test_R30_who_reads_of_a_return_is_not_who_failed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN, BO], subject="Rice")
        facts = {"kind": "bounce", "bounce_status": "5.1.1", "failed": [BO]}
        office.post(DAEMON, [MEI], cc=[AN], at=T0 + 1, bounce_of=sent, **facts)
        office.link()
        assert (returned(session, AN), returned(session, BO)) == (set(), {"Rice"})


def test_R17_a_forward_by_hand_is_an_offer_and_no_entry(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        contact = add(session, AN)
        offer = ForwardOffer(
            mailbox_id=office.mailbox(WEI), gmail_id="f1", at=T0, forwarded_by="mei@ngo.example", original_name="An",
            original_key="an@donor.example", original_dated="Mon, 2 Mar 2026", original_subject="A van",
        )  # fmt: skip
        copy = MailboxMessage(mailbox_id=offer.mailbox_id, gmail_id="f1", thread_id="f1", state="left_out", reason="internal", is_sent=False, is_hidden=False, round=0, position=0)  # fmt: skip
        session.add_all([offer, copy])
        session.flush()
        assert mails(list_timeline(session, contact.id)) == []
        (offered,) = list_offers(session, ["an@donor.example"])
        assert (offered.address, offered.subject, offered.forwarded_by) == (
            "an@donor.example", "A van", ("mei@ngo.example",),
        )  # fmt: skip


def test_R3_R22_R52_a_mail_is_told_as_it_was_received_and_without_whom_nobody_may_see(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        details = {"forwarded": {"name": "Dao"}, "attachments": [{"filename": "a.pdf"}]}
        first = office.post(MEI, [CHU, AN], bcc=[BO], seen_by=[MEI, WEI], details=details, touch_class="ask")
        office.post(WEI, [AN], seen_by=[MEI], touch_class="ask", at=T0 + 1)
        third = office.post(AN, [MEI], at=T0 + 2)
        fourth = office.post(BO, [MEI], cc=[AN], at=T0 + 3)
        fifth = office.post(BO, [MEI], cc=[AN], at=T0 + 4)
        office.link()
        session.get_one(MailboxMessage, (office.mailbox(WEI), f"{first:x}")).state = "listed"
        session.get_one(Message, third).dated_at = None
        session.get_one(Participant, (first, "to", office.address(AN))).shown = "AN+rice@Donor.example"
        author = {"message_id": fourth, "role": "author"}
        session.execute(delete(Participant).filter_by(**author))
        session.get_one(Participant, (fifth, "author", office.address(BO))).role = "from"
        session.flush()
        told, internal, theirs, nobodys, carried = iter_timeline(session, get_contact(session, AN).id)
        assert [person.address for person in told.to] == ["AN+rice@Donor.example", "chu@volunteer.example"]
        assert (told.forwarded, told.attachments) == ({"name": "Dao"}, ({"filename": "a.pdf"},))
        assert told.mailboxes == ("mei@ngo.example",)
        assert [entry.touch_class for entry in (told, internal, theirs)] == ["ask", None, None]
        assert (internal.direction, theirs.dated_at, theirs.attachments) == ("internal", None, ())
        assert (nobodys.sender, nobodys.author, nobodys.role) == (None, None, "cc")
        assert carried.author == "bo@donor.example"


def test_what_is_of_a_box_or_a_task_is_told_with_it(database: Database):
    with database.begin() as session:
        contact = add(session, AN)
        box = make_box(session)
        other = Box(uid="b2", pipeline_id=box.pipeline_id, stage_id=box.stage_id, name="Plums", **BOX_FACTS)
        call, write = (
            Task(uid=name, text=name, due_at=T0 + days * DAY, created_at=T0)
            for days, name in enumerate(("Call", "Write"), 1)
        )
        call.done_at = T0 + HOUR
        session.add_all([other, call, write])
        session.flush()
        about = {"author_id": None, "contact_id": contact.id, "now": T0}
        record_event(session, "stage", at=T0 + 1, box_id=other.id, **about)
        record_event(session, "task", at=T0 + 2, task_id=call.id, **about)
        record_event(session, "task", at=T0 + 3, task_id=write.id, **about)
        told = [
            (entry.box_name, entry.task_due_at, entry.task_done_at)
            for entry in iter_timeline(session, contact.id)
            if entry.at > T0
        ]
        assert told == [("Plums", None, None), (None, T0 + DAY, T0 + HOUR), (None, T0 + 2 * DAY, None)]


def test_what_people_did_stands_between_the_mails(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        message = office.post(AN, [MEI], at=T0, subject="Hello")
        office.link()
        contact = get_contact(session, AN)
        mei = session.get_one(User, office.user(MEI))
        record_event(
            session, "call", at=T0 + HOUR, now=T0 + DAY, author_id=mei.id, contact_id=contact.id,
            text="Spoke", data={"clears": True, "direction": "outbound"},
        )  # fmt: skip
        conversation_id = session.scalars(select(Message.conversation_id).where(Message.id == message)).one()
        take_conversation(session, session.get_one(Conversation, conversation_id), by=mei, now=T0 + 2 * HOUR)
        undone = note(session, contact, "wrong person", T0 + 3 * HOUR)
        undo_event(session, undone, by=None, now=T0 + 4 * HOUR)
        email, call, owner = iter_timeline(session, contact.id)
        assert email.kind == "email"
        assert (call.kind, call.direction, call.author, call.text) == (
            "call",
            "outbound",
            "mei@ngo.example",
            "Spoke",
        )
        assert (owner.kind, owner.data["owners"]) == ("owner", ["mei@ngo.example"])


def test_a_person_with_several_addresses_sees_each_mail_once(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI, AN], cc=[BO], subject="To myself too")
        office.post(MEI, [AN], cc=[BO], subject="Both of yours", at=T0 + 1)
        office.link()
        an = get_contact(session, AN)
        merge(session, an, get_contact(session, BO), by=None, now=T0 + 2)
        entries = list_timeline(session, an.id)
        assert mails(entries) == ["Both of yours", "To myself too"]
        assert [entry.role for entry in entries if entry.kind == "email"] == ["to", "author"]


def test_who_stands_on_a_mail_twice_has_it_once_and_a_whole_page(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(5):
            office.post(AN, [MEI], cc=[AN], at=T0 + number * HOUR, subject=f"{number}")
        told = office.post(BO, [MEI, AN], at=T0 + 5 * HOUR, subject="told")
        office.link()
        an = {"address_id": office.address(AN), "name": "", "role": "from"}
        session.add(Participant(message_id=told, at=T0 + 5 * HOUR, **an))
        page = list_timeline(session, get_contact(session, AN).id, limit=4)
        assert mails(page) == ["told", "4", "3", "2"]


def test_pages_lose_and_repeat_nothing_also_at_equal_instants(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(23):
            office.post(AN, [MEI], at=T0 + number // 4 * HOUR, subject=f"Mail {number}")
        office.link()
        contact = get_contact(session, AN)
        for number in range(9):
            note(session, contact, f"Note {number}", T0 + number // 2 * HOUR)
        whole = list(iter_timeline(session, contact.id))
        assert len(whole) == 32
        for limit in (1, 3, 7, 40):
            paged: list = []
            before = None
            while page := list_timeline(session, contact.id, before=before, limit=limit):
                assert len(page) >= min(limit, len(whole) - len(paged))
                assert len(page) <= limit or page[limit - 1].at == page[-1].at
                paged += page
                before = page[-1].at
            assert paged == whole[::-1]
        assert list_timeline(session, contact.id, limit=3, newest_first=False)[-1] == whole[-1]


def test_the_number_of_queries_does_not_grow_with_the_entries(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(60):
            office.post(AN, [MEI], cc=[BO], at=T0 + number)
        office.link()
        contact = get_contact(session, AN)
        counts = []
        for limit in (2, 50):
            statements: list[str] = []

            def count(_c, _cursor, statement, *_rest, seen=statements):
                seen.append(statement)

            event.listen(database.engine, "before_cursor_execute", count)
            list_timeline(session, contact.id, limit=limit)
            event.remove(database.engine, "before_cursor_execute", count)
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 6


def test_the_newest_page_of_a_long_history_holds_fifty(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, [MEI], at=T0)
        office.link()
        contact = get_contact(session, AN)
        fill(session, office, first, 5_000)
        list_timeline(session, contact.id)
        assert len(list_timeline(session, contact.id)) == 50


def fill(session, office: PostOffice, template: int, count: int) -> None:
    """So many more mails of one person, as copies of the first with other ids and later instants."""
    table, row = Message.__table__, session.get_one(Message, template)
    kept = {column.name: getattr(row, column.name) for column in table.columns if column.name != "id"}
    person, mailbox_id = office.address(AN), office.mailbox(MEI)
    assert session.get(Address, person)
    for chunk in in_chunks(range(10_000, 10_000 + count), 1_000):
        rows = [
            {**kept, "id": number, "rfc_id": f"{number}@x.example", "at": T0 + number} for number in chunk
        ]
        session.execute(insert(Message), rows)
        session.execute(insert(Body), [{"message_id": n, "text": "", "quoted": ""} for n in chunk])
        session.execute(
            insert(Participant),
            [
                {"message_id": number, "role": role, "address_id": address, "at": T0 + number, "name": ""}
                for number in chunk
                for role, address in (("author", person), ("to", office.address(MEI)))
            ],
        )
        session.execute(
            insert(MailboxMessage),
            [
                {
                    "mailbox_id": mailbox_id, "gmail_id": f"{number:x}", "thread_id": f"{number:x}",
                    "message_id": number, "state": "stored", "at": T0 + number,
                }
                for number in chunk
            ],
        )  # fmt: skip
