"""What was logged as coming from them, and whom it leaves waiting (R56): a pure function."""

import pytest

from streaklike.cadence.model.history import (
    CLOSED,
    OUTBOUND_BULK,
    OUTBOUND_INVITATION,
    Logged,
    Mail,
    Mark,
)
from streaklike.cadence.rules.touches import read_contacts
from tests.unit.cadence.builders import (
    AN,
    BO,
    MEI,
    POLICY,
    asks,
    at,
    days,
    history,
    judge,
    logs,
    reasons,
    writes,
)


def wants(hours: float, kind: str = "message", **facts: object) -> Logged:
    entry = logs(hours, MEI, kind, is_outbound=False)
    return entry._replace(wants_reply=True, is_answer=kind == "call", **facts)


def test_R56_a_message_of_theirs_waits_as_a_mail_does() -> None:
    question = wants(0)
    story = history([], logged=[question], owner_id=MEI)
    answer = judge(story, days(5))
    assert (answer.contact_status.reply_state, answer.contact_status.waiting_since_at) == (
        "needs_reply",
        at(0),
    )
    assert answer.contact_status.waiting_conversation_id is None
    assert answer.logged_places == ((question.uid, "open"),)
    flag = next(flag for flag in answer.flags if flag.reason == "unanswered")
    assert (flag.evidence, flag.since_at, flag.owner_id) == ((question.uid,), at(48) + 1, MEI)
    assert flag.conversation_id is None


@pytest.mark.parametrize(
    "word",
    [
        logs(1),
        logs(1, kind="meeting"),
        logs(1, kind="message"),
        logs(1, is_outbound=False),
        logs(1, kind="meeting", is_outbound=False),
    ],
)
def test_R56_any_word_of_ours_that_is_logged_answers_it(word: Logged) -> None:
    answer = judge(history([], logged=[wants(0), word]), days(5))
    assert answer.contact_status.reply_state == "quiet"
    assert [place for _, place in answer.logged_places] == ["answered"]


@pytest.mark.parametrize(
    "mail",
    [
        writes(1, conversation=7),
        writes(1, to=(BO,), cc=(AN,)),
        writes(1, effect=OUTBOUND_INVITATION),
    ],
)
def test_R56_mail_of_ours_in_any_conversation_answers_it(mail: Mail) -> None:
    assert "unanswered" not in reasons(history([mail], logged=[wants(0)]), days(5))


@pytest.mark.parametrize(
    "mail",
    [
        writes(1, effect=OUTBOUND_BULK),
        writes(1, to=(BO,), bcc=(AN,)),
        writes(-1),
        asks(1),
        writes(1, effect=OUTBOUND_INVITATION, to=(AN, 2, 3, 4)),
    ],
)
def test_R56_what_is_no_later_word_to_them_answers_nothing(mail: Mail) -> None:
    assert "unanswered" in reasons(history([mail], logged=[wants(0)]), days(5))


def test_R56_a_further_message_of_theirs_answers_nothing_and_is_one_run_with_the_first() -> None:
    first, second = wants(0), wants(30)
    (flag,) = [
        flag
        for flag in judge(history([], logged=[first, second]), days(5)).flags
        if flag.reason == "unanswered"
    ]
    assert (flag.evidence, flag.since_at) == ((first.uid, second.uid), at(48) + 1)


def test_R56_a_call_that_wants_a_reply_answers_what_came_before_and_not_itself() -> None:
    question, call = wants(0), wants(3, "call")
    assert judge(history([], logged=[question, call]), at(4)).logged_places == (
        (question.uid, "answered"),
        (call.uid, "open"),
    )
    called_back = logs(3, MEI)
    assert judge(history([], logged=[call, called_back]), at(4)).logged_places == ((call.uid, "answered"),)


def test_R56_thanks_raise_no_flag_and_what_was_closed_is_closed() -> None:
    assert "unanswered" not in reasons(history([], logged=[wants(0, is_thanks=True)]), days(5))
    thanked = judge(history([], logged=[wants(0, is_thanks=True)]), days(5)).contact_status
    assert (thanked.reply_state, thanked.is_thanks_only) == ("needs_reply", True)
    closed = history([], logged=[wants(0)], marks=())
    closed.marks = [Mark(at(1), CLOSED)]
    assert [place for _, place in judge(closed, days(5)).logged_places] == ["closed"]


def test_R56_what_is_dated_later_is_open_and_waits_only_then() -> None:
    story = history([], logged_later=["event-later"])
    answer = judge(story, at(0))
    assert (answer.logged_places, answer.contact_status.reply_state) == ((("event-later", "open"),), "quiet")


@pytest.mark.parametrize("kind", ["call", "meeting", "message"])
def test_R46_R56_what_came_from_them_is_no_touch_and_renews_the_budget(kind: str) -> None:
    touches = [logs(0), logs(100), logs(200)]
    assert "budget" in reasons(history([], logged=touches), at(201))
    came = logs(150, kind=kind, is_outbound=False)
    story = history([], logged=sorted([*touches, came]))
    assert "budget" not in reasons(story, at(201))
    contacts = read_contacts(story, POLICY)
    assert (len(contacts.touches), contacts.renewed_at) == (3, at(150))
    assert judge(story, at(201)).contact_status.budget_used == 1


def test_R46_R56_what_came_from_them_ends_a_collision() -> None:
    two = [logs(0, 11), logs(1, 12)]
    assert "collision" in reasons(history([], logged=two), at(3))
    assert "collision" not in reasons(history([], logged=[*two, logs(2, is_outbound=False)]), at(3))
