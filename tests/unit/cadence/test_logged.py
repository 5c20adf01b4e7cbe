"""What colleagues log beside mail, as touches and as last words (R45)."""

from dataclasses import replace

from streaklike.cadence.model.history import OUTBOUND_BULK, Logged
from streaklike.cadence.policy.policy import Policy, Weights
from streaklike.cadence.rules.touches import read_contacts
from tests.unit.cadence.builders import MEI, POLICY, WEI, asks, at, history, judge, logs, reasons, writes


def test_R45_two_calls_of_two_colleagues_collide_outside_of_any_conversation() -> None:
    story = history([], logged=[logs(0, MEI), logs(24, WEI)])
    flag = next(flag for flag in judge(story, at(25)).flags if flag.reason == "collision")
    assert (flag.since_at, flag.owner_id) == (at(24), WEI)
    first, second = read_contacts(story, POLICY).touches
    assert first.conversation != second.conversation
    assert max(first.conversation, second.conversation) < 0
    together = [replace_conversation(each, 7) for each in (logs(0, MEI), logs(24, WEI))]
    assert "collision" not in reasons(history([], logged=together), at(25))
    beside = history([writes(0, conversation=7)], logged=[replace_conversation(logs(24, WEI), 7)])
    assert "collision" not in reasons(beside, at(25))


def replace_conversation(logged: Logged, conversation: int) -> Logged:
    return logged._replace(conversation_id=conversation)


def test_R45_what_is_logged_keeps_who_and_what_it_was() -> None:
    asked = logs(0, None)._replace(touch_class="ask")
    (touch,) = read_contacts(history([], logged=[asked]), POLICY).touches
    assert (touch.sender, touch.touch_class, touch.is_personal, touch.weight) == (0, "ask", True, 1)
    (touch,) = read_contacts(history([], logged=[logs(0, WEI, "newsletter")]), POLICY).touches
    assert (touch.sender, touch.is_personal, touch.weight) == (WEI, False, 0.5)


def test_R45_a_channel_that_weighs_nothing_is_no_touch() -> None:
    silent = replace(POLICY, weights=Weights(logged=0))
    assert read_contacts(history([], logged=[logs(0)]), silent).touches == []
    assert "collision" not in reasons(history([], logged=[logs(0, MEI), logs(1, WEI)]), at(2), policy=silent)


def test_R45_the_last_word_is_the_latest_by_mail_or_log() -> None:
    mails = [asks(0), writes(1)]

    def word(*logged: Logged):
        return read_contacts(history(mails, logged=logged), POLICY).last_word

    assert word() == (at(1), "outbound", MEI)
    assert word(logs(2, WEI)) == (at(2), "outbound", WEI)
    assert word(logs(2, WEI, is_outbound=False)) == (at(2), "inbound", WEI)
    assert word(logs(1, WEI)) == (at(1), "outbound", WEI)
    assert word(logs(0.5, WEI)) == (at(1), "outbound", MEI)
    assert word(logs(2, WEI, "newsletter")) == (at(1), "outbound", MEI)


def test_R32_newsletters_and_bulk_mail_are_counted_by_themselves() -> None:
    story = history(
        [], logged=[logs(0, WEI, "newsletter"), logs(1, WEI, "newsletter", is_outbound=False), logs(2)]
    )
    contact_status = judge(story, at(24)).contact_status
    assert (contact_status.bulk_28d, contact_status.touches_28d) == (1, 1)
    assert judge(story, at(28 * 24)).contact_status.bulk_28d == 0
    assert judge(story, at(28 * 24) - 1).contact_status.bulk_28d == 1
    unweighed = Policy(weights=Weights(bulk=0))
    assert judge(story, at(24), policy=unweighed).contact_status.bulk_28d == 1


def test_R46_a_call_outside_of_any_conversation_collides_with_a_mail_in_any() -> None:
    for conversation in (1, 2):
        story = history([writes(0, MEI, conversation)], logged=[logs(24, WEI)])
        assert "collision" in reasons(story, at(25))


def test_R32_who_only_had_bulk_mail_had_no_touch_and_the_count_falls_as_it_ages() -> None:
    policy = Policy(weights=Weights(bulk=0))
    story = history([writes(0, effect=OUTBOUND_BULK)], kind="candidate")
    evaluation = judge(story, at(24), policy=policy)
    assert (evaluation.contact_status.touches_28d, evaluation.contact_status.bulk_28d) == (0, 1)
    assert evaluation.due_at == at(28 * 24)
    assert judge(story, at(28 * 24), policy=policy).contact_status.bulk_28d == 0
