"""R36: mail of ours in another conversation answers a question once a person says so, and not before."""

from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.instants import DAY, HOUR
from streaklike.people.marks import accept_answer
from streaklike.store.database import Database
from streaklike.store.models import Message
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import answer_of, conversation_of, member, person, reasons_of

NOW = T0 + 7 * DAY


def _fill(session: Session) -> tuple[PostOffice, int, Message]:
    """An and Bo asked in one conversation; Wei wrote to An in another a day later."""
    office = PostOffice(session)
    office.user(WEI)
    asked = office.post(AN, to=[MEI], cc=[BO], at=T0, subject="The van")
    also = office.post(BO, to=[MEI], cc=[AN], at=T0 + HOUR, refs=[asked], subject="Re: The van")
    given = office.post(WEI, to=[AN], at=T0 + DAY, subject="About your question")
    office.link()
    refresh(session, now=NOW)
    assert conversation_of(session, asked).id == conversation_of(session, also).id
    return office, asked, session.get_one(Message, given)


def test_R36_a_suggested_answer_that_is_taken_clears_that_asker_alone_and_undo_asks_again(
    database: Database,
) -> None:
    with database.begin() as session:
        _, asked, given = _fill(session)
        flags = [flag for flag in list_flags(session, now=NOW) if flag.reason == "unanswered"]
        assert {flag.contact[:2]: flag.suggested_answer for flag in flags} == {"an": given.rfc_id, "bo": None}
        assert answer_of(session, asked) == "open", "suggested, not assumed"
        an, conversation = person(session, AN), conversation_of(session, asked)
        event = accept_answer(session, an, conversation, given, by=member(session, WEI), now=NOW)
        assert "unanswered" not in reasons_of(session, AN, now=NOW)
        assert answer_of(session, asked) == "answered"
        assert "unanswered" in reasons_of(session, BO, now=NOW), "Bo's own question still waits"
        past = {flag.contact[:2] for flag in flags_as_of(session, at=NOW - 1) if flag.reason == "unanswered"}
        assert past == {"an", "bo"}, "before the click it was not answered (R51)"
        assert {flag.contact[:2] for flag in flags_as_of(session, at=NOW) if flag.reason == "unanswered"} == {"bo"}  # fmt: skip
        undo(session, event, by=member(session, WEI), now=NOW + HOUR)
        assert "unanswered" in reasons_of(session, AN, now=NOW + HOUR)
        assert answer_of(session, asked) == "open"


def test_R36_an_answer_taken_from_elsewhere_reaches_only_what_was_written_before_it(
    database: Database,
) -> None:
    with database.begin() as session:
        office, asked, given = _fill(session)
        later = office.post(AN, to=[MEI], at=given.at + HOUR, refs=[asked], subject="Re: The van")
        office.link()
        refresh(session, now=NOW)
        accept_answer(session, person(session, AN), conversation_of(session, asked), given, by=member(session, WEI), now=NOW)  # fmt: skip
        refresh(session, now=NOW)
        assert (answer_of(session, asked), answer_of(session, later)) == ("answered", "open")
