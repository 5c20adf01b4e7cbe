"""R59: what is from before we began, by the pure rule and as the standing keeps it."""

import pytest
from sqlalchemy import select

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.model.history import ContactHistory, OpenRun, Waiting
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.before_queue import close_before, list_before
from streaklike.cadence.queries.queue import list_queue
from streaklike.cadence.rules.before_start import set_apart
from streaklike.instants import DAY
from streaklike.jobs.first_read import keep_first_read
from streaklike.people.errors import BadValue
from streaklike.people.marks import reopen_conversation, take_conversation
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Flag, Mailbox, Message
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import conversation_of, member, person

READ = T0 + 400 * DAY
LINE = READ - 60 * DAY
"""Whatever was written before this instant was unanswered for over 60 days at READ."""


def apart(*sources: tuple[int, int], first_reads: dict[int, int], now: int = READ, is_taken: bool = False):
    run = OpenRun(sources[0][1], sources[0][1], ("m",), sources)
    history = ContactHistory(
        1, waiting=[Waiting(7, run, is_taken=is_taken)], first_reads=first_reads, reply_state="needs_reply"
    )
    next_change = NextChange(now)
    found = set_apart(history, Policy(), next_change)
    assert found.reply_state == "needs_reply"
    assert len(found.waiting) + len(found.before) == 1
    return bool(found.before), next_change.due_at


def test_R59_sixty_days_sharp_are_not_over() -> None:
    assert apart((1, LINE - 1), first_reads={1: READ})[0]
    assert not apart((1, LINE), first_reads={1: READ})[0]


def test_R59_a_younger_mail_in_the_run_means_that_they_wrote_again() -> None:
    assert apart((1, LINE - 9), (2, LINE - 8), first_reads={1: READ, 2: READ})[0]
    assert not apart((1, LINE - 9), (2, LINE + 1), first_reads={1: READ, 2: READ})[0]
    assert not apart((1, LINE - 9), (2, READ + 9), first_reads={1: READ, 2: READ}, now=READ + 10)[0]


def test_R59_each_mail_goes_by_the_first_of_its_own_mailboxes() -> None:
    later = READ + 100 * DAY
    assert apart((1, LINE - 1), (2, LINE + 1), first_reads={1: READ, 2: later}, now=later)[0]
    assert not apart((1, LINE - 1), (2, LINE + 1), first_reads={1: later, 2: READ}, now=later)[0]


def test_R59_what_was_taken_logged_or_only_imported_is_not_from_before() -> None:
    assert not apart((1, T0), first_reads={1: READ}, is_taken=True)[0]
    assert not apart((1, T0), first_reads={2: READ})[0]
    logged = ContactHistory(1, waiting=[Waiting(None, OpenRun(T0, T0, ("uid",)))], first_reads={1: READ})
    assert set_apart(logged, Policy(), NextChange(READ)).before == ()


def test_R59_before_the_first_read_there_is_no_section() -> None:
    assert apart((1, T0), first_reads={1: READ}, now=READ - 1) == (False, READ)
    assert apart((1, T0), first_reads={1: READ}, now=READ) == (True, None)


def read_at(office: PostOffice, who: str, instant: int) -> None:
    keep_first_read(office.session, office.session.get_one(Mailbox, office.mailbox(who)), now=instant)


def contact_status(office: PostOffice, who: str) -> ContactStatus:
    return office.session.get_one(ContactStatus, person(office.session, who).id)


def reasons(office: PostOffice) -> list[str]:
    return sorted(office.session.scalars(select(Flag.reason)))


@pytest.fixture
def office(database: Database):
    """An asked 300 days before Mei's mailbox was first read, Bo ten days before; both still wait."""
    with database.begin() as session:
        office = PostOffice(session, now=READ)
        office.user(WEI)
        office.post(AN, to=[MEI], at=T0 + 100 * DAY, subject="Old", rfc_id="old@donor.example")
        office.post(BO, to=[MEI], at=READ - 10 * DAY, subject="New")
        office.link()
        read_at(office, MEI, READ)
        refresh(session, now=READ)
        yield office


def test_R59_an_old_debt_stands_in_its_section_alone(office: PostOffice) -> None:
    session = office.session
    an, bo = contact_status(office, AN), contact_status(office, BO)
    assert (an.reply_state, an.waiting_since_at, an.before_since_at) == ("needs_reply", None, T0 + 100 * DAY)
    assert (an.before_count, bo.before_count, bo.before_since_at) == (1, 0, None)
    assert reasons(office) == ["unanswered"]
    queue = list_queue(session, now=READ)
    assert [row.address for row in queue.rows] == ["bo@donor.example"]
    assert queue.totals.all == 1
    section = list_before(session, now=READ)
    assert [(row.address, row.subject, row.owner) for row in section.rows] == [
        ("an@donor.example", "Old", None)
    ]
    assert session.get_one(Message, 1).answer == "open"


def test_R59_taking_brings_it_back_into_the_queue_and_undo_out_of_it(office: PostOffice) -> None:
    session, an = office.session, contact_status(office, AN)
    conversation = session.get_one(Message, 1).conversation_id
    mei = member(session, MEI)
    taken = take_conversation(session, conversation_of(session, 1), by=mei, now=READ + 1)
    refresh(session, now=READ + 1)
    assert (an.waiting_since_at, an.waiting_conversation_id) == (T0 + 100 * DAY, conversation)
    assert reasons(office) == ["unanswered", "unanswered"]
    mei.disabled_at = READ + 2  # what a leaver took is no debt from before
    undone_at = READ + 3
    refresh(session, now=undone_at)
    assert an.waiting_since_at == T0 + 100 * DAY
    mei.disabled_at = None
    assert taken is not None
    undo(session, taken, by=mei, now=undone_at)
    refresh(session, now=undone_at)
    session.expire_all()
    assert (an.waiting_since_at, an.before_count) == (None, 1)


def test_R59_they_write_again_or_it_is_said_to_need_a_reply(office: PostOffice) -> None:
    session, an = office.session, contact_status(office, AN)
    reopen_conversation(session, conversation_of(session, 1), by=None, now=READ + 1)
    refresh(session, now=READ + 1)
    assert an.waiting_since_at == T0 + 100 * DAY
    again = office.post(AN, to=[MEI], at=READ + 2, refs=["old@donor.example"])
    office.link()
    refresh(session, now=READ + 2)
    assert conversation_of(session, again).id == conversation_of(session, 1).id
    assert (an.waiting_since_at, an.before_count) == (T0 + 100 * DAY, 0)


def test_R59_closing_in_bulk_closes_theirs_alone_and_one_undo_opens_all(office: PostOffice) -> None:
    session, mei = office.session, member(office.session, MEI)
    with pytest.raises(BadValue):
        close_before(session, reason=" ", by=mei, now=READ + 1)
    # Chu asked in the same conversation, not long ago: that is nobody's old debt.
    asked = office.post(CHU, to=[MEI], at=READ - DAY, refs=["old@donor.example"])
    other = office.post(AN, to=[MEI], at=T0 + 50 * DAY, subject="Older")
    office.link()
    refresh(session, now=READ + 1)
    session.expire_all()
    wei = member(session, WEI)
    assert close_before(session, reason="old", by=mei, now=READ + 1, member_id=wei.id) is None
    closed = close_before(session, reason="old", by=mei, now=READ + 1, member_id=mei.id)
    assert closed is not None
    assert (closed.people, closed.conversations) == (1, 2)
    refresh(session, now=READ + 1)
    session.expire_all()
    an, chu = contact_status(office, AN), contact_status(office, CHU)
    assert (an.reply_state, an.before_count, chu.reply_state) == ("quiet", 0, "needs_reply")
    assert [session.get_one(Message, each).answer for each in (1, other, asked)] == [
        "closed",
        "closed",
        "open",
    ]
    assert close_before(session, reason="old", by=mei, now=READ + 1) is None
    undo(session, closed.event, by=wei, now=READ + 2)
    refresh(session, now=READ + 2)
    session.expire_all()
    assert (an.reply_state, an.before_count, an.before_since_at) == ("needs_reply", 2, T0 + 50 * DAY)
    assert list_before(session, now=READ + 2).total == 1


def test_R59_as_of_knows_the_section_from_the_first_read_on(office: PostOffice) -> None:
    session = office.session

    def flagged(at: int) -> list[str]:
        return [flag.contact for flag in flags_as_of(session, at=at) if flag.reason == "unanswered"]

    assert flagged(READ - 1) == ["an@donor.example", "bo@donor.example"]
    assert flagged(READ) == ["bo@donor.example"]


def test_R59_a_first_read_never_moves(office: PostOffice) -> None:
    read_at(office, MEI, READ + 500 * DAY)
    assert office.session.get_one(Mailbox, office.mailbox(MEI)).first_read_at == READ
