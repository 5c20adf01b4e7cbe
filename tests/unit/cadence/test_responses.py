from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.responses import list_responses
from streaklike.instants import DAY, HOUR
from streaklike.people.merging import merge
from streaklike.store.database import Database
from tests.factories import AN, BO, CHU, DAO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import member, person


def test_R40_response_times_by_asker_credited_to_who_replied(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], cc=[BO], at=T0 + 8 * HOUR)
        again = office.post(AN, to=[MEI], at=T0 + 9 * HOUR, refs=[first])
        second = office.post(BO, to=[MEI], at=T0 + 9 * HOUR, refs=[again])
        office.post(WEI, to=[AN], at=T0 + DAY + HOUR, refs=[second])
        office.post(BO, to=[MEI], at=T0 + DAY, subject="Never answered")
        office.link()
        (line,) = list_responses(session, now=T0 + 7 * DAY)
        assert (line.contact_id, line.user_id) == (person(session, AN).id, member(session, WEI).id)
        assert (line.first_at, line.raw_ms, line.working_ms) == (T0 + 8 * HOUR, 17 * HOUR, HOUR)
        assert list_responses(session, now=T0 + DAY) == []
        assert list_responses(session, now=T0 + 7 * DAY, contact_id=person(session, BO).id) == []


def test_R40_answers_come_oldest_first_and_only_since_an_instant(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.user(WEI)
        for who, asked_at, answered_at in ((BO, 2, 30), (AN, 3, 28), (CHU, 1, 30), (DAO, 4, 52)):
            asked = office.post(who, to=[MEI], at=T0 + asked_at * HOUR, subject=who)
            office.post(MEI, to=[who], at=T0 + answered_at * HOUR, refs=[asked], subject=f"Re: {who}")
        office.post(MEI, to=[AN], at=T0 + 70 * HOUR, subject="News")
        office.link()
        now = T0 + 7 * DAY
        refresh(session, now=now)
        everybody = [person(session, who).id for who in (AN, CHU, BO, DAO)]
        assert [line.contact_id for line in list_responses(session, now=now)] == everybody
        for since, left in ((28, 4), (30, 3), (52, 1), (53, 0)):
            lines = list_responses(session, now=now, since=T0 + since * HOUR)
            assert [line.contact_id for line in lines] == everybody[4 - left :]
        (line,) = list_responses(session, now=now, contact_id=person(session, BO).id)
        assert (line.first_at, line.replied_at) == (T0 + 2 * HOUR, T0 + 30 * HOUR)
        assert len(list_responses(session, now=T0 + 30 * HOUR)) == 3
        assert len(list_responses(session, now=T0 + 30 * HOUR - 1)) == 1


def test_R4_an_answer_to_a_merged_person_is_told_of_the_root_once(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN, BO], at=T0 + HOUR, refs=[asked])
        office.link()
        merge(session, person(session, BO), person(session, AN), by=None, now=T0)
        (line,) = list_responses(session, now=T0 + DAY)
        assert line.contact_id == person(session, BO).id
