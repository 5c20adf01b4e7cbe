from streaklike.cadence.responses import list_responses
from streaklike.instants import DAY, HOUR
from streaklike.store.database import Database
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cast import member, person


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
