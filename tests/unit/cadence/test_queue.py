import pytest
from sqlalchemy import event

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.queue import SNOOZED, Queue, QueueTotals, list_queue
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact, set_owner
from streaklike.people.errors import BadValue
from streaklike.people.marks import assign_conversation
from streaklike.people.snoozes import list_snooze_ends, list_snoozed, snooze
from streaklike.store.database import Database
from streaklike.store.models import Flag
from tests.factories import AN, BO, CHU, DAO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import conversation_of, member, person

NOW = T0 + 7 * DAY
WEI_KEY = "wei@ngo.example"


def _fill(office: PostOffice) -> int:
    """An waits longest, Bo less long, Chu had too much, Dao said thanks; the id of Bo's question."""
    office.user(WEI)
    office.post(AN, to=[MEI], at=T0)
    asked = office.post(BO, to=[MEI], at=T0 + HOUR)
    for number in range(3):
        office.post(WEI, to=[CHU], at=T0 + number * DAY, subject=f"S{number}")
    office.post(DAO, to=[MEI], at=T0 - DAY, is_thanks=True)
    office.link()
    return asked


def test_the_queue_is_ordered_by_who_needs_us_most(database: Database) -> None:
    with database.begin() as session:
        _fill(PostOffice(session))
        refresh(session, now=NOW)
        queue = list_queue(session, now=NOW)
        assert [(row.section, row.address) for row in queue.rows] == [
            ("needs_us", "an@donor.example"),
            ("needs_us", "bo@donor.example"),
            ("too_much", "chu@volunteer.example"),
            ("thanks", "dao@press.example"),
        ]
        assert queue.totals == QueueTotals(needs_us=2, too_much=1, forgotten=0, thanks=1)
        assert queue.totals.all == 4
        an, _, chu, dao = queue.rows
        assert (an.name, an.waiting_since_at, an.last_touch_direction) == ("An Chen", T0, "inbound")
        assert [(flag.reason, flag.limit) for flag in an.flags] == [("unanswered", 16)]
        assert (chu.owner, chu.flags[0].owner) == (None, "wei@ngo.example"), "who wrote last can hold back"
        assert (chu.last_touch_by, chu.flags[0].count) == ("阿偉", 3)
        assert (dao.is_thanks_only, dao.flags) == (True, ())


def test_the_queue_comes_in_pages_and_sections(database: Database) -> None:
    with database.begin() as session:
        _fill(PostOffice(session))
        refresh(session, now=NOW)
        page = list_queue(session, now=NOW, limit=2, offset=1)
        assert [row.address for row in page.rows] == ["bo@donor.example", "chu@volunteer.example"]
        assert page.totals.all == 4
        too_much = list_queue(session, now=NOW, section="too_much")
        assert [row.address for row in too_much.rows] == ["chu@volunteer.example"]
        assert list_queue(session, now=NOW, offset=99).rows == ()


def test_the_queue_of_one_colleague(database: Database) -> None:
    with database.begin() as session:
        asked = _fill(PostOffice(session))
        assign_conversation(session, conversation_of(session, asked), member(session, MEI), by=None, now=NOW)
        refresh(session, now=NOW)
        mine = list_queue(session, now=NOW, user_id=member(session, MEI).id)
        # Nobody is responsible for An and Dao, and they wrote to Mei alone (R58).
        assert [(row.address, row.owner) for row in mine.rows] == [
            ("an@donor.example", None),
            ("bo@donor.example", "mei@ngo.example"),
            ("dao@press.example", None),
        ]
        theirs = list_queue(session, now=NOW, user_id=member(session, WEI).id)
        assert [row.address for row in theirs.rows] == ["chu@volunteer.example"]
        assert theirs.totals == QueueTotals(needs_us=0, too_much=1, forgotten=0, thanks=0)


def test_the_queue_takes_the_same_few_statements_for_any_number_of_people(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        counts = []
        for batch in range(2):
            for number in range(1 + 20 * batch):
                office.post(f"p{batch}x{number}@donor.example", to=[MEI], at=T0)
            office.link()
            refresh(session, now=NOW)
            statements: list[str] = []
            listen = _listener(statements)
            event.listen(database.engine, "before_cursor_execute", listen)
            list_queue(session, now=NOW)
            event.remove(database.engine, "before_cursor_execute", listen)
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 10


def _listener(statements: list[str]):
    def listen(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    return listen


def test_an_empty_queue(database: Database) -> None:
    with database.begin() as session:
        queue = list_queue(session, now=NOW)
        assert (queue.rows, queue.totals.all) == ((), 0)


def test_R38_a_snooze_is_ones_own_and_ends_when_its_time_has_come(database: Database) -> None:
    with database.begin() as session:
        asked = _fill(PostOffice(session))
        mei, wei, bo = member(session, MEI), member(session, WEI), person(session, BO)
        assign_conversation(session, conversation_of(session, asked), wei, by=wei, now=NOW)
        refresh(session, now=NOW)
        event = snooze(session, bo, until=NOW + DAY, by=wei, now=NOW)
        assert _addresses(list_queue(session, now=NOW, user_id=wei.id)) == ["chu@volunteer.example"]
        assert list_queue(session, now=NOW, user_id=wei.id).totals.all == 1
        assert "bo@donor.example" in _addresses(list_queue(session, now=NOW))
        assert list_snoozed(session, mei.id, now=NOW) == set()
        assert list_snoozed(session, wei.id, now=NOW + DAY - 1) == {bo.id}
        assert list_snoozed(session, wei.id, now=NOW + DAY) == set()
        snooze(session, bo, until=NOW + 3 * DAY, by=wei, now=NOW + 1)
        assert list_snoozed(session, wei.id, now=NOW + 2 * DAY) == {bo.id}
        undo(session, event, by=wei, now=NOW + 2)
        assert list_snoozed(session, wei.id, now=NOW + 2 * DAY) == {bo.id}
        with pytest.raises(BadValue, match="past"):
            snooze(session, bo, until=NOW, by=wei, now=NOW)


def test_R38_a_snooze_ends_early_when_they_write(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        _fill(office)
        wei, bo = member(session, WEI), person(session, BO)
        refresh(session, now=NOW)
        snooze(session, bo, until=NOW + 9 * DAY, by=wei, now=NOW)
        office.post(BO, to=[MEI], at=NOW + HOUR, kind="automatic")
        office.link()
        refresh(session, now=NOW + DAY)
        assert list_snoozed(session, wei.id, now=NOW + DAY) == {bo.id}
        office.post(BO, to=[MEI], at=NOW + 2 * HOUR)
        office.link()
        refresh(session, now=NOW + DAY)
        assert list_snoozed(session, wei.id, now=NOW + DAY) == set()


def test_the_forgotten_come_oldest_first_after_whom_we_wrote_too_much(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        _fill(office)
        for who, days in (("new@donor.example", 21), ("old@donor.example", 29)):
            add_contact(session, who, by=None, now=NOW - days * DAY)
        office.post("both@donor.example", to=[MEI], at=NOW - 5 * DAY)
        add_contact(session, "both@donor.example", by=None, now=NOW - 40 * DAY)
        for number in range(3):
            office.post(WEI, to=["late@donor.example"], at=T0 + number * DAY + HOUR, subject=f"L{number}")
        office.link()
        refresh(session, now=NOW)
        queue = list_queue(session, now=NOW)
        assert [(row.section, row.address.partition("@")[0]) for row in queue.rows] == [
            ("needs_us", "an"),
            ("needs_us", "bo"),
            ("needs_us", "both"),
            ("too_much", "chu"),
            ("too_much", "late"),
            ("forgotten", "old"),
            ("forgotten", "new"),
            ("thanks", "dao"),
        ]
        assert queue.totals == QueueTotals(needs_us=3, too_much=2, forgotten=2, thanks=1)
        assert queue.totals.all == 8
        assert (
            list_queue(session, now=NOW, section="forgotten", limit=1).rows[0].address == "old@donor.example"
        )
        assert [flag.reason for flag in queue.rows[5].flags] == ["never_contacted"]


def test_who_had_too_much_and_thanked_is_whom_to_leave_alone(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        _fill(office)
        office.post(CHU, to=[MEI], at=T0 - DAY, is_thanks=True)
        office.link()
        refresh(session, now=NOW)
        assert [
            row.section for row in list_queue(session, now=NOW).rows if row.address.startswith("chu")
        ] == ["too_much"]


def test_what_is_a_colleagues_by_the_person_the_conversation_or_the_flag(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = _fill(office)
        mei, wei = member(session, MEI), member(session, WEI)
        set_owner(session, person(session, AN), wei, by=None, now=NOW)
        assign_conversation(session, conversation_of(session, asked), wei, by=None, now=NOW)
        set_owner(session, person(session, BO), mei, by=None, now=NOW)
        refresh(session, now=NOW)
        rows = {row.address[:2]: row for row in list_queue(session, now=NOW).rows}
        assert (rows["an"].owner, rows["bo"].owner, rows["da"].owner) == (WEI_KEY, WEI_KEY, None)
        theirs = list_queue(session, now=NOW, user_id=wei.id)
        assert [row.address[:2] for row in theirs.rows] == ["an", "bo", "ch"]
        mine = list_queue(session, now=NOW, user_id=mei.id)
        assert [row.address[:2] for row in mine.rows] == ["da"], "written to Mei, and nobody's (R58)"


def test_R38_whom_one_snoozed_sleeps_for_them_alone(database: Database) -> None:
    with database.begin() as session:
        asked = _fill(PostOffice(session))
        wei, an, bo = member(session, WEI), person(session, AN), person(session, BO)
        set_owner(session, an, wei, by=None, now=NOW)
        assign_conversation(session, conversation_of(session, asked), wei, by=wei, now=NOW)
        refresh(session, now=NOW)
        snooze(session, bo, until=NOW + DAY, by=wei, now=NOW)
        own = list_queue(session, now=NOW, user_id=wei.id)
        assert _addresses(own) == ["an@donor.example", "chu@volunteer.example"]
        assert own.totals == QueueTotals(needs_us=1, too_much=1, forgotten=0, thanks=0, snoozed=1)
        (asleep,) = list_queue(session, now=NOW, user_id=wei.id, section=SNOOZED).rows
        assert (asleep.address, asleep.section, asleep.snoozed_until) == (
            "bo@donor.example",
            "needs_us",
            NOW + DAY,
        )
        for reader in (wei.id, None):
            every = list_queue(session, now=NOW, reader_id=reader)
            assert (len(every.rows), every.totals.snoozed) == (4, 0)
            until = {row.address: row.snoozed_until for row in every.rows}
            assert until["bo@donor.example"] == (NOW + DAY if reader else None)
            assert list_queue(session, now=NOW, reader_id=reader, section=SNOOZED).rows == ()
        assert len(list_queue(session, now=NOW + DAY, user_id=wei.id).rows) == 3


def test_who_neither_waits_nor_is_flagged_stands_nowhere(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        _fill(office)
        office.post(MEI, to=["quiet@donor.example"], at=NOW - DAY)
        office.link()
        refresh(session, now=NOW)
        assert list_queue(session, now=NOW).totals.all == 4


def test_a_question_of_today_is_its_owners_before_it_is_flagged(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=NOW - HOUR)
        office.post(BO, to=[MEI], at=NOW - 2 * HOUR)
        office.link()
        mei, wei = member(session, MEI), office.user(WEI)
        assign_conversation(session, conversation_of(session, asked), member(session, WEI), by=None, now=NOW)
        set_owner(session, person(session, BO), mei, by=None, now=NOW)
        refresh(session, now=NOW)
        assert [(row.address[:2], row.owner, row.flags) for row in list_queue(session, now=NOW).rows] == [
            ("bo", "mei@ngo.example", ()),
            ("an", WEI_KEY, ()),
        ]
        assert _addresses(list_queue(session, now=NOW, user_id=wei)) == ["an@donor.example"]
        assert _addresses(list_queue(session, now=NOW, user_id=mei.id)) == ["bo@donor.example"]


def test_of_several_flags_the_oldest_gives_the_place_and_any_the_owner(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for who in (AN, BO, CHU, DAO):
            office.post(MEI, to=[who], at=NOW - HOUR)
        office.link()
        refresh(session, now=NOW)
        mei, wei = member(session, MEI).id, office.user(WEI)
        flags = [
            (AN, "over_contacted", 5, None),
            (AN, "over_contacted", 2, wei),
            (BO, "over_contacted", 3, mei),
            (BO, "over_contacted", 4, wei),
            (BO, "ignored", 1, None),
            (CHU, "ignored", 4, None),
            (CHU, "ignored", 9, None),
            (DAO, "ignored", 5, None),
            (DAO, "ignored", 8, mei),
        ]
        for who, flag, since_at, owner_id in flags:
            session.add(
                Flag(
                    contact_id=person(session, who).id,
                    flag=flag,
                    reason=f"r{since_at}",
                    since_at=since_at,
                    count=1,
                    limit=1,
                    unit="days",
                    evidence=[],
                    owner_id=owner_id,
                )
            )
        session.flush()
        queue = list_queue(session, now=NOW)
        assert [(row.section, row.address[:2], row.owner) for row in queue.rows] == [
            ("too_much", "an", None),
            ("too_much", "bo", None),
            ("forgotten", "ch", None),
            ("forgotten", "da", None),
        ], "whose flag it is makes nobody responsible (R58)"
        assert [row.address[:2] for row in list_queue(session, now=NOW, user_id=wei).rows] == ["an", "bo"]
        assert [row.address[:2] for row in list_queue(session, now=NOW, user_id=mei).rows] == ["bo", "da"]


def test_R38_a_snooze_counts_from_its_deed_until_it_is_taken_back(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        _fill(office)
        office.post(AN, to=[MEI], at=NOW)
        office.link()
        refresh(session, now=NOW)
        wei, an, chu = member(session, WEI), person(session, AN), person(session, CHU)
        snooze(session, an, until=NOW + 2 * DAY, by=wei, now=NOW)
        snooze(session, chu, until=NOW + DAY, by=wei, now=NOW)
        last = snooze(session, an, until=NOW + DAY, by=wei, now=NOW)
        assert list_snooze_ends(session, wei.id, now=NOW - 1) == {}
        assert list_snooze_ends(session, wei.id, now=NOW) == {an.id: NOW + DAY, chu.id: NOW + DAY}
        undo(session, last, by=wei, now=NOW)
        assert list_snooze_ends(session, wei.id, now=NOW) == {an.id: NOW + 2 * DAY, chu.id: NOW + DAY}
        office.post(AN, to=[MEI], at=NOW + 1)
        office.link()
        refresh(session, now=NOW + 1)
        assert list_snooze_ends(session, wei.id, now=NOW + 1) == {chu.id: NOW + DAY}


def _addresses(queue: Queue) -> list[str]:
    return [row.address for row in queue.rows]
