"""When we wait for somebody: only where we asked something, and for three times their usual time."""

import pytest

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.model.history import AWAITING_REPLY, NEEDS_REPLY, QUIET
from streaklike.cadence.rules.expecting import LEAST_DAYS, TIMES, USUAL_DAYS, shown_state, waits_for_them
from streaklike.companion.view import build_companion
from streaklike.instants import DAY, HOUR
from streaklike.mail.questions import asks_for_reply
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus
from tests.factories import AN, MEI, T0, PostOffice
from tests.unit.cadence.cadence_fixtures import member, person


@pytest.mark.parametrize(
    "text",
    [
        "請問您週三方便嗎？",
        "麻煩您提供收據抬頭，謝謝。",
        "請回覆是否參加。",
        "Could you send us your address?",
        "Please let us know by Friday.",
        "Looking forward to hearing from you.",
        "想邀請您來成果發表會。",
    ],
)
def test_a_question_or_a_request_asks(text: str) -> None:
    assert asks_for_reply(text)


@pytest.mark.parametrize(
    "text",
    [
        "謝謝您的捐款，收據已寄出。",
        "感謝您！如有任何問題請與我們聯絡。",
        "Thank you so much for your gift.",
        "Here is your receipt. If you have any questions, please write to us.",
        "Please find the minutes attached.",
        "最近好嗎？謝謝您上次的幫忙。",
        "See https://ngo.example/?page=2 for the pictures.",
        "",
    ],
)
def test_thanks_receipts_and_courtesy_ask_nothing(text: str) -> None:
    assert not asks_for_reply(text)


def test_the_shown_state_fades() -> None:
    assert shown_state(AWAITING_REPLY, 10, 9) == AWAITING_REPLY
    assert shown_state(AWAITING_REPLY, 10, 10) == QUIET
    assert shown_state(AWAITING_REPLY, None, 9) == QUIET
    assert shown_state(NEEDS_REPLY, None, 9) == NEEDS_REPLY
    assert not waits_for_them(QUIET, 10, 9)


def _shown(database: Database, now: int) -> tuple[str, str]:
    with database.begin() as session:
        refresh(session, now=now)
        contact_status = session.get_one(ContactStatus, person(session, AN).id)
        shown = build_companion(session, email=AN, now=now, viewer_id=member(session, MEI).id)
        assert shown.shown_state == shown_state(
            contact_status.reply_state, contact_status.awaiting_until_at, now
        )
        return contact_status.reply_state, shown.shown_state


def test_we_do_not_wait_for_an_answer_to_our_thanks(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0, text="謝謝您的捐款，收據已寄出。", touch_class="thank")
        office.link()
    assert _shown(database, T0 + HOUR) == (AWAITING_REPLY, QUIET), "the state of R33 stays as it is"


def test_we_wait_three_times_as_long_as_is_usual(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0, text="請問您週三方便嗎？", touch_class="serve")
        office.post(MEI, to=[AN], at=T0 + HOUR, text="謝謝您上次的幫忙。", touch_class="thank")
        office.link()
    assert _shown(database, T0 + TIMES * USUAL_DAYS * DAY - 1) == (AWAITING_REPLY, AWAITING_REPLY)
    assert _shown(database, T0 + TIMES * USUAL_DAYS * DAY) == (AWAITING_REPLY, QUIET)


def test_who_answers_at_once_is_waited_for_a_week(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        at = T0
        for _ in range(6):
            at += 7 * DAY
            asked = office.post(MEI, to=[AN], at=at, text="請問您方便嗎？", touch_class="serve")
            office.post(AN, to=[MEI], at=at + HOUR, refs=[asked], is_thanks=True)
            office.post(MEI, to=[AN], at=at + 2 * HOUR, refs=[asked], text="好的。", touch_class="serve")
        at += 7 * DAY
        office.post(MEI, to=[AN], at=at, text="請問您方便嗎？", touch_class="ask")
        office.link()
    assert _shown(database, at + LEAST_DAYS * DAY - 1)[1] == AWAITING_REPLY
    assert _shown(database, at + LEAST_DAYS * DAY) == (AWAITING_REPLY, QUIET)
