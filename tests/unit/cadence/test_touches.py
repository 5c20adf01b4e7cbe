from dataclasses import replace

import pytest

from streaklike.cadence.model.history import OUTBOUND_BULK, OUTBOUND_INVITATION, Mail
from streaklike.cadence.policy.policy import Weights
from streaklike.cadence.rules.touches import Touch, read_contacts
from tests.unit.cadence.builders import AN, BO, MEI, POLICY, T0, WEI, asks, at, history, logs, writes


def touches(*mails: Mail, **facts: object) -> list[Touch]:
    return read_contacts(history(mails, **facts), POLICY).touches


def weights(*mails: Mail, **facts: object) -> list[float]:
    return [touch.weight for touch in touches(*mails, **facts)]


def test_R44_a_mail_with_the_person_in_to_is_a_touch() -> None:
    assert weights(writes(0)) == [1]
    assert weights(writes(0, to=(BO,), cc=(AN,))) == []
    assert weights(writes(0, to=(BO,), bcc=(AN,))) == []


def test_R44_several_within_ten_minutes_of_the_first_are_one_at_its_time_and_place() -> None:
    first, second, third = writes(0), writes(0.1, conversation=2), writes(10 / 60, conversation=3)
    (touch,) = touches(first, second, third)
    assert (touch.at, touch.conversation, touch.evidence) == (T0, 1, first.rfc_id)
    assert touch.named == (first.rfc_id, second.rfc_id, third.rfc_id)
    assert weights(first, second, third, writes(10 / 60 + 0.001)) == [1, 1]


def test_R44_a_burst_is_measured_from_its_first_and_by_sender() -> None:
    assert len(touches(writes(0), writes(8 / 60), writes(16 / 60))) == 2
    assert len(touches(writes(0), writes(0.05, by=WEI))) == 2


def test_R44_if_any_of_a_burst_is_a_touch_so_is_the_whole() -> None:
    response, more = writes(2), writes(2.1)
    (touch,) = touches(asks(0), response, more)
    assert (touch.at, touch.evidence) == (at(2), response.rfc_id)
    (elsewhere,) = touches(asks(0), response, writes(2.1, conversation=9))
    assert elsewhere.conversation == 1


@pytest.mark.parametrize(("days_later", "number"), [(7, 0), (7.001, 1)])
def test_R44_the_first_reply_within_seven_days_is_a_response(days_later: float, number: int) -> None:
    assert len(touches(asks(0), writes(days_later * 24))) == number


def test_R44_the_days_run_from_the_last_mail_of_their_unanswered_run() -> None:
    assert touches(asks(0), asks(5 * 24), writes(11 * 24)) == []
    assert len(touches(asks(0), writes(1), asks(2), writes(10 * 24))) == 1


def test_R44_a_second_reply_to_what_is_answered_is_a_touch() -> None:
    assert len(touches(asks(0), writes(1), writes(2))) == 1
    assert len(touches(asks(0), writes(1, by=WEI), writes(2))) == 1
    assert len(touches(asks(0), writes(9 * 24), writes(9 * 24 + 1))) == 2


def test_R44_a_reply_in_another_conversation_is_a_touch() -> None:
    assert len(touches(asks(0), writes(1, conversation=2))) == 1


def test_R44_a_reply_to_a_mail_for_information_is_a_response_too() -> None:
    assert touches(asks(0, is_addressed=False), writes(1)) == []


def test_R44_a_reply_in_cc_answers_as_well() -> None:
    assert len(touches(asks(0), writes(1, to=(BO,), cc=(AN,)), writes(2))) == 1


def test_R44_weights() -> None:
    assert weights(writes(0, effect=OUTBOUND_BULK)) == [0.5]
    assert weights(writes(0, effect=OUTBOUND_BULK, to=(), bcc=(AN,))) == [0.5]
    assert weights(writes(0, effect=OUTBOUND_BULK, to=(), cc=(AN,))) == []
    policy = replace(POLICY, weights=Weights(one_to_one=2, cc=0.25))
    story = history([writes(0), writes(1, to=(), cc=(AN,))])
    assert [touch.weight for touch in read_contacts(story, policy).touches] == [2, 0.25]


def test_R31_an_invitation_to_one_to_three_people_is_a_touch() -> None:
    assert weights(writes(0, effect=OUTBOUND_INVITATION, to=(AN, BO, 3))) == [1]
    assert weights(writes(0, effect=OUTBOUND_INVITATION, to=(AN, BO, 3, 4))) == []


def test_R31_what_follows_an_invitation_to_many_is_read_on() -> None:
    assert weights(writes(0, effect=OUTBOUND_INVITATION, to=(AN, BO, 3, 4)), writes(1)) == [1]


def test_R45_what_was_logged_is_a_touch_unless_they_came_to_us() -> None:
    story = history(
        [writes(0)], logged=[logs(1, WEI), logs(2, kind="newsletter"), logs(3, is_outbound=False)]
    )
    assert [(touch.weight, touch.is_personal) for touch in read_contacts(story, POLICY).touches] == [
        (1, True),
        (1, True),
        (0.5, False),
    ]


def test_R47_what_counts_as_having_been_contacted() -> None:
    def was_contacted(*mails: Mail, **facts: object) -> bool:
        return read_contacts(history(mails, **facts), POLICY).was_contacted

    assert not was_contacted(asks(0))
    assert not was_contacted(writes(0, effect=OUTBOUND_BULK))
    assert was_contacted(asks(0), writes(1))
    assert was_contacted(writes(0, to=(BO,), cc=(AN,)))
    assert was_contacted(logged=[logs(0, is_outbound=False)])
    assert not was_contacted(logged=[logs(0, kind="message", is_outbound=False)])


def test_the_last_word_is_either_sides() -> None:
    contacts = read_contacts(history([writes(0), asks(1)]), POLICY)
    assert contacts.last_word == (at(1), "inbound", None)
    assert (contacts.last_inbound_at, contacts.last_outbound_at) == (at(1), T0)
    assert read_contacts(history([asks(0), writes(1)]), POLICY).last_word == (at(1), "outbound", MEI)
    called = read_contacts(history([asks(0)], logged=[logs(5, WEI)]), POLICY)
    assert called.last_word == (at(5), "outbound", WEI)


@pytest.mark.parametrize(
    ("classes", "touch_class"),
    [
        (("thank", "ask"), "ask"),
        (("ask", "thank"), "ask"),
        (("thank", "inform"), "thank"),
        ((None, "inform"), "inform"),
        (("inform", None), "inform"),
        ((None, None), None),
    ],
)
def test_R46_a_burst_that_asks_is_an_ask(classes: tuple[str | None, ...], touch_class: str | None) -> None:
    mails = [writes(number / 60, touch_class=each) for number, each in enumerate(classes)]
    assert [touch.touch_class for touch in touches(*mails)] == [touch_class]


def test_R46_what_a_response_asks_is_asked_by_the_burst_it_is_part_of() -> None:
    answer = writes(0.5, touch_class="ask")
    again = writes(0.6, touch_class="thank", conversation=2)
    assert [touch.touch_class for touch in touches(asks(0), answer, again)] == ["ask"]


def test_R44_bulk_is_no_part_of_a_burst() -> None:
    newsletter, letter = writes(0, effect=OUTBOUND_BULK), writes(0.1, conversation=2)
    assert [(touch.evidence, touch.weight) for touch in touches(newsletter, letter)] == [
        (newsletter.rfc_id, 0.5),
        (letter.rfc_id, 1.0),
    ]


def test_R44_a_burst_begins_with_its_first_touch() -> None:
    in_cc, to_them = writes(0, to=(BO,), cc=(AN,)), writes(0.1)
    assert [touch.evidence for touch in touches(in_cc, to_them)] == [to_them.rfc_id]


@pytest.mark.parametrize(
    ("to", "cc", "bcc", "number"),
    [
        ((AN,), (BO,), (3,), 1),
        ((AN,), (BO,), (3, 4), 0),
        ((AN,), (BO, 3, 4), (), 0),
        ((AN,), (), (BO, 3, 4), 0),
    ],
)
def test_R31_everybody_invited_counts(
    to: tuple[int, ...], cc: tuple[int, ...], bcc: tuple[int, ...], number: int
) -> None:
    assert len(touches(writes(0, effect=OUTBOUND_INVITATION, to=to, cc=cc, bcc=bcc))) == number


def test_R21_touches_of_one_instant_come_in_one_order() -> None:
    mail, call = writes(0, rfc_id="z@post.example"), logs(0)._replace(conversation_id=7)
    assert [touch.evidence for touch in touches(mail, logged=[call])] == [call.uid, mail.rfc_id]


def test_R45_touches_by_mail_and_by_log_come_in_the_order_of_time() -> None:
    mail, call = writes(0, rfc_id="z@post.example"), logs(5)
    assert [touch.evidence for touch in touches(mail, logged=[call])] == [mail.rfc_id, call.uid]


def test_R47_a_meeting_is_contact_whoever_came_and_who_only_wrote_was_never_written_to() -> None:
    met = read_contacts(history([], logged=[logs(0, kind="meeting", is_outbound=False)]), POLICY)
    assert met.was_contacted
    assert read_contacts(history([asks(0)]), POLICY).last_outbound_at is None


@pytest.mark.parametrize(("by", "known"), [(1, 1), (0, None), (-5, None)])
def test_the_last_word_is_by_a_colleague_whom_we_know(by: int, known: int | None) -> None:
    assert read_contacts(history([writes(0, by=by)]), POLICY).last_word == (T0, "outbound", known)


def test_R32_bulk_by_mail_and_by_log_are_counted_together() -> None:
    story = history([writes(0, effect=OUTBOUND_BULK)], logged=[logs(1, kind="newsletter")])
    assert read_contacts(story, POLICY).bulk_at == [at(0), at(1)]
