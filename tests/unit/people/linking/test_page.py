"""R9, R14, R16, R20: how a message stands by its copies and its people, before and after a change."""

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.instants import HOUR, MINUTE
from streaklike.people.linking.batch import LinkedMessage, MessageState, load_batch, save_batch
from streaklike.people.search import search
from streaklike.store.database import Database
from streaklike.store.models import MailboxMessage, Message, Participant
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice

LIVE_IN = MessageState(T0, "inbound", "human", is_live=True)
LIVE_OUT = MessageState(T0, "outbound", "human", is_live=True)


def entry_of(session: Session, message_id: int) -> LinkedMessage:
    session.flush()
    (entry,) = load_batch(session, [message_id])
    return entry


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (LIVE_IN, (False, True, True)),
        (LIVE_OUT, (True, False, True)),
        (MessageState(T0, "internal", "human", is_live=True), (False, False, True)),
        (MessageState(T0, "inbound", "bulk", is_live=True), (False, False, True)),
        (MessageState(T0, "outbound", "bulk", is_live=True), (True, False, True)),
        (MessageState(T0, "inbound", "automatic", is_live=True), (False, False, False)),
        (MessageState(T0, "outbound", "automatic", is_live=True), (False, False, False)),
        (MessageState(T0, "outbound", "receipt", is_live=True), (False, False, False)),
        (MessageState(T0, "outbound", "bounce", is_live=True), (False, False, False)),
        (MessageState(T0, "inbound", "human", is_live=False), (False, False, False)),
        (MessageState(T0, "outbound", "human", is_live=False), (False, False, False)),
    ],
)
def test_R9_what_a_mail_counts_for(state: MessageState, expected: tuple[bool, bool, bool]):
    assert (state.is_ours, state.is_shared, state.is_authored) == expected


def test_R9_a_new_mail_counted_for_nothing_before(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, [MEI])
        assert entry_of(session, asked).before is None
        office.link()
        assert entry_of(session, asked).before == LIVE_IN


def test_R22_people_are_listed_by_where_they_stand(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        entry = entry_of(session, office.post(MEI, [AN, WEI], cc=[CHU], bcc=[BO]))
        an, chu, bo = (office.address(each) for each in (AN, CHU, BO))
        assert entry.list_outside({"to", "cc"}) == {an, chu}
        assert entry.list_outside({"author", "bcc"}) == {bo}


def test_R14_hidden_everywhere_a_mail_is_still_ours_and_of_its_time(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN], at=T0 + HOUR)
        copy = session.scalars(select(MailboxMessage)).one()
        copy.at, copy.is_hidden = T0, True
        entry = entry_of(session, sent)
        assert (entry.is_live, entry.direction, entry.at, entry.threads) == (False, "outbound", T0, set())


def test_R14_a_copy_that_waits_to_be_read_again_does_not_count(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN], seen_by=[MEI, WEI])
        mine, hers = session.scalars(select(MailboxMessage).order_by(MailboxMessage.is_sent))
        hers.state, hers.at = "listed", None
        entry = entry_of(session, sent)
        assert (entry.is_live, entry.direction, entry.at) == (True, "internal", T0)
        mine.state, mine.at = "listed", None
        entry = entry_of(session, sent)
        assert (entry.is_live, entry.direction, entry.at) == (False, "outbound", T0)


def test_R13_mail_without_an_author_is_a_strangers_and_not_ours(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        found = office.post(AN, [MEI])
        session.execute(delete(Participant).where(Participant.role == "author"))
        assert entry_of(session, found).direction == "inbound"


def test_R15_each_mail_by_itself_is_a_list_of_ours(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ours = {"channel": "window@ngo.example", "kind": "bulk", "is_foreign_list": True}
        found, other = office.post(AN, [MEI], **ours), office.post(BO, [MEI], **ours)
        theirs = office.post(CHU, [MEI], **{**ours, "channel": "news@press.example"})
        assert other
        assert entry_of(session, found).is_list_of_ours
        assert not entry_of(session, theirs).is_list_of_ours


def test_R20_who_was_told_of_later_stands_there_since_the_mail_came(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mail = {"rfc_id": "one@ngo.example", "fingerprint": "f"}
        sent = office.post(MEI, [AN], at=T0, seen_by=[WEI], **mail)
        office.post(MEI, [AN], bcc=[BO], at=T0 + MINUTE, seen_by=[MEI], **mail)
        save_batch(session, load_batch(session, [sent]))
        assert set(session.scalars(select(Participant.at))) == {T0}


def test_R14_deleted_in_every_mailbox_a_mail_is_gone_and_found_no_more(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        found, stays = office.post(AN, [MEI], subject="River"), office.post(BO, [MEI], subject="River")
        office.link()
        assert len(search(session, "river")) == 2
        office.delete(found)
        office.link()
        assert list(session.scalars(select(Message.id))) == [stays]
        assert len(search(session, "river")) == 1
