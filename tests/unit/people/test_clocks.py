"""R52: each class has a clock of its own, for each person."""

from streaklike.instants import DAY, HOUR
from streaklike.people.clocks import last_by_class
from streaklike.people.events import record_event, undo_event
from streaklike.people.finding import get_contact
from streaklike.store.database import Database
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice


def test_R52_only_mail_that_went_to_them_winds_their_clocks(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0, touch_class="thank")
        office.post(MEI, [BO], bcc=[AN], at=T0 + HOUR, touch_class="serve")
        later = {"at": T0 + DAY, "touch_class": "thank"}
        office.post(MEI, [BO], **later)
        office.post(MEI, [BO], cc=[AN], **later)
        office.post(WEI, [AN], seen_by=[MEI], **later)
        office.post(AN, [MEI], **later)
        trashed = office.post(MEI, [AN], **later)
        office.link()
        office.trash(trashed)
        office.link()
        last = last_by_class(session, [get_contact(session, AN).id])
        assert list(last.items()) == [("thank", T0), ("serve", T0 + HOUR)]
        assert last_by_class(session, [get_contact(session, BO).id]) == {
            "thank": T0 + DAY,
            "serve": T0 + HOUR,
        }


def test_R52_an_ask_that_was_logged_winds_the_clock_of_asks(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN, BO], at=T0 + 2 * DAY, touch_class="ask")
        office.link()
        an, bo = (get_contact(session, each).id for each in (AN, BO))

        def log(kind: str, contact_id: int, day: int):
            at = T0 + day * DAY
            return record_event(session, kind, at=at, now=at, author_id=None, contact_id=contact_id)

        log("ask", an, 1)
        assert last_by_class(session, [an]) == {"ask": T0 + 2 * DAY}
        log("ask", an, 4)
        log("ask", an, 3)
        log("ask", bo, 6)
        log("call", an, 7)
        undo_event(session, log("ask", an, 8), by=None, now=T0)
        assert last_by_class(session, [an]) == {"ask": T0 + 4 * DAY}
        assert last_by_class(session, [an, bo]) == {"ask": T0 + 6 * DAY}
