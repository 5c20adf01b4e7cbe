from datetime import date

import pytest

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import (
    ANSWERED,
    CLOSED,
    FOR_INFORMATION,
    NOBODY,
    NOTHING,
    OPEN,
    OUTBOUND_BULK,
    Mail,
    Mark,
)
from streaklike.cadence.rules.reply_state import (
    ResolvedConversation,
    Response,
    Verdict,
    build_marks,
    list_owing,
    measure,
    resolve,
    resolve_ours,
)
from streaklike.instants import HOUR, MINUTE
from tests.unit.cadence.builders import AN, BO, CALENDAR, MEI, T0, WEI, asks, at, writes


def answers(resolved: ResolvedConversation, *mails: Mail) -> list[str | None]:
    return [resolved.answers.get(mail.id) for mail in mails]


def test_R33_the_last_word_decides() -> None:
    question, reply = asks(0), writes(1)
    assert resolve([]).state == "quiet"
    assert resolve([question]).state == "needs_reply"
    assert resolve([question]).needs_reply_at == T0
    assert resolve([question, reply]).state == "awaiting_reply"
    assert resolve([question, reply]).needs_reply_at is None
    assert resolve([question, reply, asks(2)]).state == "needs_reply"


def test_R29_R31_R32_machines_and_bulk_have_no_effect() -> None:
    question = asks(0)
    resolved = resolve([question, writes(1, effect=OUTBOUND_BULK), writes(2, effect=NOTHING)])
    assert resolved.state == "needs_reply"
    assert answers(resolved, question) == [OPEN]


def test_R34_cc_alone_is_for_information_and_neither_makes_nor_ends_a_debt() -> None:
    question, aside = asks(0), asks(1, is_addressed=False)
    assert answers(resolve([aside]), aside) == [FOR_INFORMATION]
    assert resolve([aside]).state == "quiet"
    resolved = resolve([question, aside])
    assert answers(resolved, question, aside) == [OPEN, FOR_INFORMATION]
    assert resolve([question, writes(0.5), aside]).state == "awaiting_reply"


def test_R34_a_machine_is_owed_nothing() -> None:
    notice = asks(0, by=NOBODY)
    assert answers(resolve([notice]), notice) == [FOR_INFORMATION]


def test_R34_whom_we_put_in_cc_or_bcc_alone_owes_nothing() -> None:
    in_cc = writes(0, to=(), cc=(AN,), is_addressed=False)
    assert resolve([in_cc]).state == "quiet"
    undisclosed_but_cc = writes(0, to=(), cc=(AN,), is_addressed=True)
    assert resolve([undisclosed_but_cc]).state == "awaiting_reply"
    assert list_owing(undisclosed_but_cc) == (AN,)
    assert list_owing(in_cc) == ()
    assert list_owing(writes(0, to=(AN,), cc=(3,), bcc=(BO,))) == (AN,)


def test_R34_a_machine_or_a_list_owes_nothing() -> None:
    to_a_machine = writes(0, to=(NOBODY,), cc=(AN,))
    assert list_owing(to_a_machine) == ()
    assert resolve([to_a_machine]).state == resolve_ours([to_a_machine]).state == "quiet"
    assert list_owing(writes(0, to=(NOBODY, AN))) == (AN,)


def test_R35_a_reply_to_all_askers_clears_them_all_and_is_credited() -> None:
    first, second = asks(0), asks(1, by=BO)
    resolved = resolve([first, second, writes(2, by=WEI, to=(AN, BO))])
    assert answers(resolved, first, second) == [ANSWERED, ANSWERED]
    assert {response.by for response in resolved.responses} == {WEI}


def test_R35_a_reply_to_some_clears_theirs_alone_in_to_or_cc() -> None:
    first, second = asks(0), asks(1, by=BO)
    resolved = resolve([first, second, writes(2, to=(), cc=(AN,))])
    assert answers(resolved, first, second) == [ANSWERED, OPEN]
    assert resolved.state == "needs_reply"
    assert resolved.state_of(BO) == "needs_reply"
    assert resolved.needs_reply_at == at(1)


def test_R35_a_reply_to_others_clears_nothing() -> None:
    question = asks(0)
    assert answers(resolve([question, writes(1, to=(BO,))]), question) == [OPEN]
    assert answers(resolve([question, writes(1, to=(), bcc=(AN,))]), question) == [OPEN]


def test_R33_a_person_is_needs_reply_for_open_mail_of_their_own_alone() -> None:
    resolved = resolve([asks(0), writes(1), asks(2, by=BO, to=(3,))])
    assert resolved.state == "needs_reply"
    assert resolved.state_of(AN) == "awaiting_reply"
    assert resolved.state_of(BO) == "needs_reply"
    assert resolved.state_of(3) == "quiet"


def test_R33_a_bystander_is_awaited_where_they_stand_in_to_of_ours_and_else_quiet() -> None:
    resolved = resolve([asks(0), writes(1, to=(AN, BO), cc=(3,))])
    assert resolved.state_of(AN) == resolved.state_of(BO, owes=True) == "awaiting_reply"
    assert resolved.state_of(3) == "quiet"
    again = resolve([asks(0), writes(1, to=(AN, BO)), asks(2)])
    assert (again.state_of(AN), again.state_of(BO, owes=True)) == ("needs_reply", "awaiting_reply")


LIST, OTHER_LIST = 71, 72


def test_R35_a_reply_to_the_outside_list_through_which_they_asked_clears_theirs_alone() -> None:
    through, directly = asks(0, lists=(LIST,)), asks(0.5, by=BO)
    to_the_list = writes(1, to=(NOBODY,), lists=(LIST,))
    resolved = resolve([through, directly, to_the_list])
    assert answers(resolved, through, directly) == [ANSWERED, OPEN]
    assert resolved.responses == [Response(AN, T0, at(1), MEI)]
    assert (resolved.state_of(AN), resolved.state_of(BO)) == ("quiet", "needs_reply")
    elsewhere = resolve([through, writes(1, to=(NOBODY,), lists=(OTHER_LIST,))])
    assert answers(elsewhere, through) == [OPEN]


def test_R40_whose_mail_was_closed_is_quiet_while_another_waits() -> None:
    closed = build_marks([Verdict(at(1), is_closing=True, key=AN)])
    resolved = resolve([asks(0), asks(0.5, by=BO)], closed)
    assert resolved.state_of(AN) == "quiet"
    assert (resolved.state_of(BO), resolved.state_of(3)) == ("needs_reply", "quiet")


def test_R40_who_asked_waits_whatever_we_asked_of_them() -> None:
    assert resolve([asks(0)]).state_of(AN, owes=True) == "needs_reply"
    assert resolve([asks(0)]).state_of(BO) == "quiet"


@pytest.mark.parametrize(
    ("mails", "state"),
    [
        ([], "quiet"),
        ([writes(0)], "awaiting_reply"),
        ([writes(0, to=(), bcc=(AN,))], "quiet"),
        ([writes(0, to=(), cc=(AN,), is_addressed=False)], "quiet"),
        ([writes(0, effect=OUTBOUND_BULK)], "quiet"),
        ([writes(0, effect=OUTBOUND_BULK), writes(1)], "awaiting_reply"),
        ([writes(0), writes(1, effect=OUTBOUND_BULK)], "awaiting_reply"),
    ],
)
def test_R33_where_nobody_asked_the_short_way_says_the_same(mails: list[Mail], state: str) -> None:
    for resolved in (resolve(mails), resolve_ours(mails)):
        assert (resolved.state, resolved.runs, resolved.answers) == (state, {}, {})


def test_R36_a_logged_call_answers_what_came_up_to_it() -> None:
    before, after = asks(0), asks(3)
    call = Mark(at(2), ANSWERED, AN)
    resolved = resolve([before, after], [call])
    assert answers(resolved, before, after) == [ANSWERED, OPEN]
    assert resolved.needs_reply_at == at(3)
    assert answers(resolve([asks(0, by=BO)], [call])) == []
    assert resolve([before], [Mark(T0, ANSWERED, AN)]).state == "quiet"


def test_R37_no_reply_needed_holds_until_their_next_mail() -> None:
    question, again = asks(0), asks(5)
    closed = build_marks([Verdict(at(1), is_closing=True)])
    assert resolve([question], closed).state == "quiet"
    resolved = resolve([question, again], closed)
    assert answers(resolved, question, again) == [CLOSED, OPEN]


def test_R37_reopened_takes_the_closing_back() -> None:
    question = asks(0)
    verdicts = [Verdict(at(1), is_closing=True), Verdict(at(2), is_closing=False)]
    assert answers(resolve([question], build_marks(verdicts)), question) == [OPEN]
    again = build_marks([*verdicts, Verdict(at(3), is_closing=True)])
    assert answers(resolve([question], again), question) == [CLOSED]


def test_R37_closed_or_reopened_for_one_asker_alone() -> None:
    first, second = asks(0), asks(0.5, by=BO)
    for_an = build_marks([Verdict(at(1), is_closing=True, key=AN)])
    assert answers(resolve([first, second], for_an), first, second) == [CLOSED, OPEN]
    but_bo = build_marks([Verdict(at(1), is_closing=True), Verdict(at(2), is_closing=False, key=BO)])
    assert answers(resolve([first, second], but_bo), first, second) == [CLOSED, OPEN]


def test_R37_thanks_need_a_reply_but_are_told_apart() -> None:
    thanks = asks(0, is_thanks=True)
    run = resolve([thanks]).run_of(AN)
    assert run is not None
    assert (run.since_at, run.asked_at) == (T0, None)
    question = asks(1)
    run = resolve([thanks, question, asks(2, is_thanks=True)]).run_of(AN)
    assert run is not None
    assert run.asked_at == at(1)
    assert run.rfc_ids[0] == question.rfc_id


def test_R40_a_run_counts_once_from_its_first_mail_and_each_asker_has_a_clock() -> None:
    resolved = resolve([asks(0), asks(1), asks(2, by=BO), writes(3), writes(4, to=(BO,)), writes(5)])
    assert resolved.responses == [Response(AN, T0, at(3), MEI), Response(BO, at(2), at(4), MEI)]


def test_R40_R41_raw_and_working_time_are_both_kept() -> None:
    evening = asks(9)  # 18:00 in Taipei
    reply = writes(24.5)
    (time,) = measure(resolve([evening, reply]).responses, CALENDAR)
    assert time.raw_ms == round(15.5 * HOUR)
    assert time.working_ms == 30 * MINUTE
    typhoon = WorkCalendar("Asia/Taipei", days_off=[date(2026, 3, 3)])
    assert measure(resolve([evening, reply]).responses, typhoon)[0].working_ms == 0


def test_R33_what_was_closed_by_hand_waits_for_nobody() -> None:
    closed = build_marks([Verdict(at(2), is_closing=True)])
    resolved = resolve([writes(0), asks(1)], closed)
    assert resolved.state == "quiet"
    assert resolved.state_of(AN) == "quiet"
    assert resolve([writes(0), asks(1), writes(3)], closed).state_of(AN) == "awaiting_reply"


def test_R37_closed_and_reopened_in_one_moment_is_closed_first() -> None:
    question = asks(0)
    both = [Verdict(at(1), is_closing=False), Verdict(at(1), is_closing=True)]
    assert answers(resolve([question], build_marks(both)), question) == [OPEN]


def test_R37_reopening_takes_back_what_was_closed_before_it_alone() -> None:
    question = asks(0)
    verdicts = [
        Verdict(at(1), is_closing=False),
        Verdict(at(2), is_closing=True),
        Verdict(at(3), is_closing=True),
    ]
    assert len(build_marks(verdicts)) == 2
    assert answers(resolve([question], build_marks(verdicts)), question) == [CLOSED]


def test_R37_one_asker_reopened_leaves_what_was_closed_for_another() -> None:
    first, second = asks(0), asks(0.5, by=BO)
    verdicts = [
        Verdict(at(1), is_closing=True, key=AN),
        Verdict(at(1), is_closing=True, key=BO),
        Verdict(at(2), is_closing=False, key=AN),
    ]
    assert answers(resolve([first, second], build_marks(verdicts)), first, second) == [OPEN, CLOSED]


def test_R40_a_measured_time_names_its_response() -> None:
    resolved = resolve([asks(0), writes(1)])
    assert [timed.response for timed in measure(resolved.responses, CALENDAR)] == resolved.responses


def test_R21_marks_count_in_the_order_of_their_instants() -> None:
    first, second = asks(0), asks(2)
    marks = [Mark(at(1), ANSWERED, AN), Mark(at(3), CLOSED, AN)]
    for given in (marks, marks[::-1]):
        assert answers(resolve([first, second], given), first, second) == [ANSWERED, CLOSED]
    together = [Mark(at(1), ANSWERED, AN), Mark(at(1), ANSWERED)]
    for given in (together, together[::-1]):
        assert answers(resolve([first], given), first) == [ANSWERED]
