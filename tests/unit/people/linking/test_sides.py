"""R4, R11, R12, R13: what changes when the team or a person is found to have another address."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.mail.team import Team
from streaklike.people.contacts import add_address, find_contact
from streaklike.people.linking.team_membership import relink_addresses
from streaklike.people.merging import merge, unmerge
from streaklike.store.database import Database
from streaklike.store.models import (
    Address,
    Contact,
    ContactStatus,
    Mailbox,
    MailboxMessage,
    Message,
    Participant,
)
from tests.factories import AN, BO, CHU, DAO, HELP, MEI, ROBOT, T0, WEI, PostOffice, key_of, scratch
from tests.unit.people.picture import draw

OTHER_AN = "An <an@elsewhere.example>"
AN_OF_ELSEWHERE = "An Chen <an@elsewhere.example>"
BO_OF_PRESS = "Bo <bo@press.example>"


def contact(session: Session, person: str) -> Contact:
    found = find_contact(session, key_of(person))
    assert found is not None
    return found


def kinds(session: Session, *people: str) -> list[str | None]:
    rows = dict(
        session.execute(
            select(Address.key, Contact.kind).join(Contact, Contact.id == Address.contact_id)
        ).all()
    )
    return [rows.get(key_of(person)) for person in people]


def test_R11_a_domain_added_later_takes_its_people_inside(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        internal = office.post(AN, [MEI], at=T0)
        passed_on = office.post(AN, [MEI], cc=[CHU], at=T0 + HOUR)
        office.post(MEI, [AN], at=T0 + DAY)
        office.post(BO_OF_PRESS, [MEI], channel="news@press.example", kind="bulk", at=T0 + DAY)
        office.link()
        assert kinds(session, AN, CHU) == ["contact", "contact"]
        team = Team(office.team.addresses, office.team.domains | {"donor.example"})
        relinked = relink_addresses(session, team, now=T0)
        assert (relinked.addresses, relinked.messages, relinked.left_out) == (1, 1, 2)
        assert session.get(Message, internal) is None
        assert session.get_one(Message, passed_on).direction == "internal"
        assert kinds(session, AN, CHU) == [None, None]
        states = session.scalars(select(MailboxMessage.reason).where(MailboxMessage.message_id.is_(None)))
        assert set(states) == {"internal"}


def test_R11_the_result_is_as_if_the_domain_had_been_ours_from_the_start(database: Database):
    def fill(office: PostOffice) -> None:
        mei = {"seen_by": [MEI]}
        asked = office.post(AN, [MEI], cc=[CHU], at=T0, thread="a", **mei)
        office.post(CHU, [MEI], cc=[BO, DAO], at=T0 + HOUR, refs=[asked], thread="a", **mei)
        office.post(DAO, [AN], at=T0 + DAY, thread="b", **mei)
        office.post(MEI, [HELP], cc=[BO], at=T0 + 2 * DAY, thread="c", **mei)
        office.link()

    with scratch(database) as session:
        fill(PostOffice(session, domains=("ngo.example", "donor.example")))
        expected = draw(session)
    with scratch(database) as session:
        office = PostOffice(session)
        fill(office)
        before = draw(session)
        team = Team(office.team.addresses, office.team.domains | {"donor.example"})
        relink_addresses(session, team, now=T0)
        assert draw(session) == expected
        relink_addresses(session, office.team, now=T0)
        assert draw(session) == before


def test_R11_whom_we_owe_is_judged_by_the_sides_too(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(CHU, [AN], cc=[MEI])
        undisclosed = office.post(CHU, [], cc=[AN], seen_by=[MEI])
        to_another = office.post(CHU, [BO], cc=[AN])
        office.link()
        team = Team(office.team.addresses | {key_of(AN)}, office.team.domains)
        for chosen, expected in ((office.team, [False, True, False]), (team, [True, True, False])):
            relink_addresses(session, chosen, now=T0)
            ids = (asked, undisclosed, to_another)
            assert [session.get_one(Message, key).is_addressed for key in ids] == expected


def test_R15_a_list_that_is_ours_after_all_makes_its_mail_no_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        posted = office.post(AN, [MEI], channel="window@field.ngo.example", kind="bulk", is_foreign_list=True)
        office.link()
        assert session.get_one(Message, posted).kind == "bulk"
        team = Team(office.team.addresses, office.team.domains | {"field.ngo.example"})
        assert relink_addresses(session, team, now=T0).messages == 1
        assert session.get_one(Message, posted).kind == "human"


def test_R10_R11_a_machine_stays_nobody_when_sides_change(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [ROBOT, AN, CHU])
        office.link()
        team = Team(office.team.addresses | {key_of(AN)}, office.team.domains)
        relink_addresses(session, team, now=T0)
        assert kinds(session, ROBOT, AN, CHU) == [None, None, "contact"]


def test_R13_R18_what_turned_out_internal_is_left_out_by_its_own_copies(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        internal = office.post(AN, [MEI])
        trashed = office.post(AN, [MEI], at=T0 + HOUR, labels=["TRASH"])
        of_wei = office.post(AN, [WEI], at=T0 + 2 * HOUR)
        other, another = office.post(CHU, [WEI]), office.post(CHU, [MEI], at=T0 + HOUR)
        for theirs, ours in ((other, internal), (another, of_wei)):
            session.scalars(
                select(MailboxMessage).where(MailboxMessage.message_id == theirs)
            ).one().gmail_id = f"{ours:x}"
        carrier = office.address("group@lists.example", kind="list")
        session.add(Participant(message_id=internal, role="from", address_id=carrier, at=T0, name=""))
        office.link()
        team = Team(office.team.addresses | {key_of(AN)}, office.team.domains)
        relink_addresses(session, team, now=T0)
        copies = session.execute(
            select(
                MailboxMessage.gmail_id,
                MailboxMessage.state,
                MailboxMessage.reason,
                MailboxMessage.message_id,
            )
        )
        assert set(copies.all()) == {
            (f"{internal:x}", "left_out", "internal", None),
            (f"{trashed:x}", "left_out", "trash", None),
            (f"{of_wei:x}", "left_out", "internal", None),
            (f"{internal:x}", "stored", None, other),
            (f"{of_wei:x}", "stored", None, another),
        }


COPIES = (
    (MEI, "internal", False),
    (MEI, "draft", False),
    (MEI, "internal", True),
    (WEI, "draft", False),
    ("file@ngo.example", "internal", False),
    (MEI, "trash", True),
    ("filling@ngo.example", "internal", False),
    ("new@ngo.example", "internal", False),
)


@pytest.mark.parametrize("has_shrunk", [True, False])
def test_R13_mail_left_out_as_internal_is_read_again_when_the_team_shrinks(
    database: Database, has_shrunk: bool
):
    with database.begin() as session:
        office = PostOffice(session)
        for number, (member, reason, is_hidden) in enumerate(COPIES):
            one = MailboxMessage(mailbox_id=office.mailbox(member), gmail_id=f"{number}", thread_id="t")
            one.state, one.reason, one.is_hidden = "left_out", reason, is_hidden
            session.add(one)
        imported = MailboxMessage(
            mailbox_id=office.mailbox(MEI), gmail_id="mbox-1", thread_id="t", state="left_out"
        )
        imported.reason = "internal"
        session.add(imported)
        mailboxes = {each.email: each for each in session.scalars(select(Mailbox))}
        mailboxes["file@ngo.example"].source = "mbox"
        mailboxes["new@ngo.example"].state = "new"
        mailboxes["filling@ngo.example"].state = "filling"
        relinked = relink_addresses(
            session, office.team, now=T0, **({"has_shrunk": True} if has_shrunk else {})
        )
        assert relinked.to_read_again == 2 * has_shrunk
        left_out = [("left_out", reason) for _, reason, _ in (*COPIES, COPIES[0])]
        if has_shrunk:
            left_out[0] = left_out[6] = ("listed", None)
            left_out[2] = ("left_out", "label")
        copies = session.execute(
            select(MailboxMessage.state, MailboxMessage.reason).order_by(MailboxMessage.gmail_id)
        )
        assert [tuple(copy) for copy in copies] == left_out
        states = [mailboxes[key].state for key in sorted(mailboxes)]
        assert states == ["current", "filling", "filling" if has_shrunk else "current", "new", "current"]


def test_R13_mail_left_out_as_internal_is_read_again_where_somebody_went_outside(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        session.add(Address(key=key_of(AN), side="inside", kind="person"))
        one = MailboxMessage(mailbox_id=office.mailbox(MEI), gmail_id="1", thread_id="t", state="left_out")
        one.reason = "internal"
        session.add(one)
        assert relink_addresses(session, office.team, now=T0).to_read_again == 1
        assert relink_addresses(session, office.team, now=T0).to_read_again == 0


def test_R11_an_address_added_later_brings_its_mail_and_what_follows(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0 + DAY)
        office.post(OTHER_AN, [MEI], cc=[CHU], at=T0, kind="human")
        office.link()
        assert kinds(session, OTHER_AN, CHU) == ["candidate", None]
        add_address(session, contact(session, AN), key_of(OTHER_AN), by=None, now=T0)
        assert kinds(session, AN, CHU) == ["contact", "contact"]
        assert contact(session, CHU).since_at == T0 + DAY


def test_R7_R11_what_an_address_was_called_no_longer_names_them_once_it_is_ours(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0)
        office.post(AN, [MEI], at=T0)
        office.link()
        an = contact(session, AN)
        add_address(session, an, key_of(OTHER_AN), by=None, now=T0)
        office.post("Annie Chen <an@elsewhere.example>", [MEI], cc=[CHU], at=T0 + DAY)
        office.link()
        assert an.name == "Annie Chen"
        team = Team(office.team.addresses | {key_of(OTHER_AN)}, office.team.domains)
        relink_addresses(session, team, now=T0)
        assert an.name == "An Chen"


def test_R4_merging_and_unmerging_restores_who_is_a_contact_and_every_conversation(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice", at=T0)
        office.post(MEI, [OTHER_AN], subject="Driver", refs=[asked], at=T0 + HOUR)
        office.post(AN, [MEI], cc=[CHU], subject="Plums", at=T0 + DAY)
        office.post(CHU, [MEI], cc=[BO], subject="Pears", at=T0 + 2 * DAY)
        office.link()
        before = draw(session)
        assert len(before["conversations"]) == 4
        assert kinds(session, AN, OTHER_AN, CHU, BO) == ["candidate", "contact", "candidate", None]
        merge(session, contact(session, OTHER_AN), contact(session, AN), by=None, now=T0)
        assert len(draw(session)["conversations"]) == 3
        assert kinds(session, CHU, BO) == ["contact", "contact"]
        root = contact(session, AN)
        assert (root.kind, root.since_at, root.name) == ("contact", T0 + HOUR, "An Chen")
        address = session.scalars(select(Address).where(Address.key == key_of(AN))).one()
        unmerge(session, address, by=None, now=T0)
        assert draw(session)["conversations"] == before["conversations"]
        assert draw(session)["contacts"] == {
            **before["contacts"],
            "bo@donor.example": ("candidate", None, "Bo Lin"),
        }


def test_R4_a_merge_is_seen_at_once_and_concerns_all_in_their_conversations(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI], subject="Rice")
        office.post(MEI, [OTHER_AN], cc=[CHU], subject="Driver", refs=[asked], at=T0 + HOUR)
        office.post(MEI, [BO], subject="Plums")
        office.link()
        an, other, chu = (contact(session, each) for each in (AN, OTHER_AN, CHU))
        assert (an.kind, an.since_at) == ("candidate", None)
        session.execute(update(ContactStatus).values(due_at=T0))
        merge(session, an, other, by=None, now=T0)
        assert (an.kind, an.since_at, other.root_id) == ("contact", T0 + HOUR, an.id)
        due = session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0))
        assert set(due) == {an.id, chu.id}


@pytest.mark.parametrize("writes_first", [True, False])
def test_R4_who_is_merged_shows_what_the_root_is_though_the_root_stays_as_it_was(
    database: Database, writes_first: bool
):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], at=T0)
        other = OTHER_AN if writes_first else AN_OF_ELSEWHERE
        office.post(other, [MEI], at=T0 + HOUR)
        if not writes_first:
            office.post(MEI, [AN], at=T0 + HOUR)
            office.post(MEI, [AN_OF_ELSEWHERE], at=T0 + DAY)
        office.link()
        root, merged = contact(session, AN), contact(session, other)
        shown = (root.kind, root.since_at, root.name)
        assert shown != (merged.kind, merged.since_at, merged.name)
        if writes_first:
            office.post(AN, [MEI], at=T0 + DAY)
            office.link()
        merge(session, root, merged, by=None, now=T0)
        assert set(draw(session)["contacts"].values()) == {shown}


def test_R4_mail_that_arrives_for_a_merged_person_counts_for_the_root(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, [MEI], at=T0)
        office.post(OTHER_AN, [MEI], at=T0)
        office.link()
        merge(session, contact(session, AN), contact(session, OTHER_AN), by=None, now=T0)
        assert contact(session, AN).kind == "candidate"
        ours = office.post(MEI, [OTHER_AN], at=T0 + DAY)
        changed = office.link()
        root = contact(session, AN)
        assert changed.contact_ids == {root.id}
        assert (root.kind, root.since_at) == ("contact", T0 + DAY)
        office.trash(ours)
        office.link()
        assert contact(session, AN).kind == "candidate"
