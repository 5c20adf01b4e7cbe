from dataclasses import replace

import pytest

from streaklike.boxes.responsible import HoldingBox
from streaklike.cadence.model.history import OUTBOUND_BULK, BoxFacts, ContactHistory, Mail, Planned
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.instants import DAY
from tests.unit.cadence.builders import (
    AN,
    BO,
    MEI,
    T0,
    WEI,
    asks,
    at,
    days,
    history,
    judge,
    logs,
    reasons,
    writes,
)

LIMIT = at(32)  # 17:00 on Tuesday: sixteen working hours after Monday at nine
NEXT_MORNING = at(48)


def only_flag(story: ContactHistory, now: int) -> FlagFacts:
    (flag,) = judge(story, now).flags
    return flag


def test_R47_unanswered_for_more_than_two_working_days_sharp_is_not_over() -> None:
    question = asks(0)
    story = history([question])
    assert judge(story, LIMIT).flags == ()
    assert judge(story, NEXT_MORNING).flags == ()
    assert judge(story, LIMIT).due_at == NEXT_MORNING + 1
    flag = only_flag(story, NEXT_MORNING + 1)
    assert (flag.flag, flag.reason, flag.since_at) == ("ignored", "unanswered", NEXT_MORNING + 1)
    assert (flag.count, flag.limit, flag.unit, flag.lapses_at) == (16, 16, "hours", None)
    assert (flag.evidence, flag.conversation_id) == ((question.rfc_id,), 1)


def test_R47_unanswered_of_a_candidate_too_and_ended_by_an_answer() -> None:
    assert reasons(history([asks(0)], kind="candidate"), days(5)) == ["unanswered"]
    assert reasons(history([asks(0), writes(100)]), days(5)) == []


def test_R47_unanswered_flags_those_who_asked() -> None:
    mails = [asks(0, to=(BO,))]
    assert "unanswered" in reasons(history(mails), days(5))
    bystander = history(mails, who=BO)
    assert (
        judge(bystander, days(5)).contact_status.reply_state == "quiet"
    )  # R33: for their own open mail alone
    assert "unanswered" not in reasons(bystander, days(5))


def test_R37_thanks_raise_no_flag() -> None:
    assert reasons(history([asks(0, is_thanks=True)]), days(5)) == []
    assert reasons(history([asks(0), asks(1, is_thanks=True)]), days(5)) == ["unanswered"]
    assert only_flag(history([asks(0, is_thanks=True), asks(24)]), days(6)).since_at > NEXT_MORNING + 1
    assert reasons(history([asks(0, is_thanks=True), asks(1, conversation=2)]), days(5)) == ["unanswered"]


def test_R47_unanswered_by_conversation_with_its_owner() -> None:
    story = history([asks(0), asks(0, conversation=2)], owner_id=MEI)
    story.waiting = (story.waiting[0], story.waiting[1]._replace(box=HoldingBox(T0, 5, WEI)))
    flags = judge(story, days(5)).flags
    assert {(flag.conversation_id, flag.owner_id, flag.box_id) for flag in flags} == {
        (1, MEI, None),
        (2, WEI, 5),
    }


@pytest.mark.parametrize(("tier", "maximum"), [("A", 21), ("B", 45), ("C", 120)])
def test_R48_lapsed_past_the_tiers_maximum(tier: str, maximum: int) -> None:
    touch = writes(0)
    story = history([touch], tier=tier)
    assert reasons(story, days(maximum)) == []
    assert judge(story, days(maximum)).due_at == days(maximum) + 1
    flag = only_flag(story, days(maximum) + 1)
    assert (flag.reason, flag.since_at, flag.limit, flag.unit) == (
        "lapsed",
        days(maximum) + 1,
        maximum,
        "days",
    )
    assert (flag.count, flag.evidence) == (maximum, (touch.rfc_id,))


def test_R47_lapsed_counts_from_our_last_personal_word_and_names_it() -> None:
    letter, question, answer = writes(0), asks(10 * 24), writes(10 * 24 + 1)
    story = history([letter, question, answer, writes(15 * 24, effect=OUTBOUND_BULK)], tier="A")
    assert reasons(story, days(22)) == []  # a response is a word, though no touch
    limit = at(10 * 24 + 1) + 21 * DAY
    assert (reasons(story, limit), judge(story, limit).due_at) == ([], limit + 1)
    flag = only_flag(story, days(32))
    assert (flag.reason, flag.since_at, flag.evidence) == (
        "lapsed",
        limit + 1,
        (answer.rfc_id,),
    )


@pytest.mark.parametrize("kind", ["call", "meeting", "message"])
@pytest.mark.parametrize("is_outbound", [True, False])
def test_R47_what_was_logged_either_way_is_a_word(kind: str, is_outbound: bool) -> None:
    spoken = logs(10 * 24, kind=kind, is_outbound=is_outbound)
    story = history([writes(0)], tier="A", logged=[spoken])
    assert "lapsed" not in reasons(story, days(31))
    (flag,) = [flag for flag in judge(story, days(31) + 1).flags if flag.reason == "lapsed"]
    assert flag.evidence == (spoken.uid,)


def test_R47_a_logged_newsletter_is_no_word() -> None:
    story = history([writes(0)], tier="A", logged=[logs(10 * 24, kind="newsletter")])
    assert reasons(story, days(22)) == ["lapsed"]
    only_letters = history([], tier="A", logged=[logs(10 * 24, kind="newsletter")])
    assert reasons(only_letters, days(22)) == ["lapsed", "never_contacted"]


def test_R47_an_answer_in_cc_is_a_word_and_other_cc_mail_is_none() -> None:
    in_cc = {"to": (BO,), "cc": (AN,)}
    answered = history([writes(0), asks(240), writes(241, **in_cc)], tier="A")
    assert reasons(answered, days(22)) == []
    informed = history([writes(0), writes(241, **in_cc)], tier="A")
    assert reasons(informed, days(22)) == ["lapsed"]


def test_R48_never_touched_lapses_from_when_they_became_a_contact() -> None:
    assert reasons(history([], tier="A"), days(21) + 1) == ["lapsed", "never_contacted"]
    assert reasons(history([], tier="none"), days(200)) == ["never_contacted"]


def test_R48_person_before_stage_before_team() -> None:
    box = BoxFacts(7, "box", None, T0, None, "A")
    team = Policy(default_tier="C")
    touched = history([writes(0)])
    assert reasons(touched, days(121), policy=team) == ["lapsed"]
    assert reasons(replace(touched, tier="none"), days(121), policy=team) == []
    assert reasons(replace(touched, boxes=[box]), days(22), policy=team) == ["lapsed"]
    assert reasons(replace(touched, boxes=[box], tier="B"), days(22), policy=team) == []


def test_R47_a_task_ahead_holds_off_lapsed_and_stalled_until_it_is_due() -> None:
    box = BoxFacts(7, "box", MEI, T0, 5, None)
    story = history([writes(0)], tier="A", boxes=[box])
    assert reasons(story, days(22)) == ["lapsed", "stalled"]
    on_person = replace(story, tasks=[Planned("t", days(30), None, WEI)])
    assert reasons(on_person, days(22)) == []
    assert judge(on_person, days(22)).due_at == days(28)  # the touch leaves the window
    assert judge(on_person, days(29)).due_at == days(30) + 1
    assert reasons(on_person, days(30) + 1) == ["lapsed", "promise_overdue", "stalled"]
    assert reasons(replace(story, tasks=[Planned("t", days(30), 7, WEI)]), days(22)) == []
    assert reasons(replace(story, tasks=[Planned("t", days(30), 8, WEI)]), days(22)) == ["stalled"]


def test_R47_never_contacted_after_14_days() -> None:
    assert reasons(history([asks(0, is_thanks=True)]), days(14) - 1) == []
    assert reasons(history([asks(0, is_thanks=True)]), days(14)) == ["never_contacted"]
    assert reasons(history([], kind="candidate"), days(40)) == []
    assert reasons(history([writes(0, to=(BO,), cc=(AN,))]), days(40)) == []
    assert reasons(history([writes(0, effect=OUTBOUND_BULK)]), days(40)) == ["never_contacted"]
    assert reasons(history([], logged=[logs(0)]), days(40)) == []
    assert reasons(history([], since_at=days(50)), days(40)) == []


def test_R47_a_promise_past_due() -> None:
    story = history([writes(0)], tasks=[Planned("task-1", days(2), None, WEI)], owner_id=MEI)
    assert reasons(story, days(2)) == []
    flag = only_flag(story, days(2) + 1)
    assert (flag.reason, flag.evidence, flag.owner_id) == ("promise_overdue", ("task-1",), WEI)
    assert (flag.count, flag.limit, flag.unit) == (0, 0, "days")


def test_R47_a_box_longer_in_its_stage_than_the_stage_allows() -> None:
    box = BoxFacts(7, "box-uid", MEI, T0, 14, None)
    story = history([writes(0)], boxes=[box])
    assert reasons(story, days(14)) == []
    flag = only_flag(story, days(14) + 1)
    assert (flag.reason, flag.box_id, flag.owner_id, flag.since_at) == ("stalled", 7, MEI, days(14) + 1)
    assert (flag.count, flag.limit, flag.unit) == (14, 14, "days")
    assert flag.evidence == ("box-uid",)
    assert reasons(history([writes(0)], boxes=[box._replace(allowed_days=None)]), days(400)) == []


def test_R49_do_not_contact_outranks_what_asks_us_to_write() -> None:
    box = BoxFacts(7, "box", None, T0, 5, None)
    task = Planned("task-1", days(2), None, None)
    story = history([asks(0)], tier="A", boxes=[box], tasks=[task])
    assert reasons(story, days(30)) == [
        "lapsed",
        "never_contacted",
        "promise_overdue",
        "stalled",
        "unanswered",
    ]
    story.do_not_contact_until = days(40)
    assert reasons(story, days(30)) == []
    assert judge(story, days(39)).due_at == days(40)
    assert len(reasons(story, days(40))) == 5


def test_R49_do_not_contact_leaves_the_warning_that_we_wrote_too_much() -> None:
    story = history([writes(0), writes(24), writes(48)], do_not_contact_until=days(99))
    assert reasons(story, days(3)) == ["budget"]


def test_R47_a_limit_of_the_teams_own() -> None:
    story = history([asks(0)])
    hurried = Policy(unanswered_work_hours=4)
    assert reasons(story, at(4), policy=hurried) == []
    assert reasons(story, at(4) + 1, policy=hurried) == ["unanswered"]


def test_R36_our_first_mail_to_them_elsewhere_within_the_week_is_suggested() -> None:
    def suggested(*mails: Mail) -> str | None:
        (flag,) = [
            flag for flag in judge(history([asks(0), *mails]), days(20)).flags if flag.reason == "unanswered"
        ]
        return flag.suggested_answer

    elsewhere, later = writes(24, conversation=2), writes(48, conversation=3)
    assert suggested(later, elsewhere) == elsewhere.rfc_id
    assert suggested(writes(-1, conversation=2)) is None
    assert suggested(writes(0, conversation=2)) is None
    assert suggested(sharp := writes(7 * 24, conversation=2)) == sharp.rfc_id
    assert suggested(writes(7 * 24 + 0.001, conversation=2)) is None
    assert suggested(copied := writes(1, conversation=2, to=(BO,), cc=(AN,))) == copied.rfc_id
    assert suggested(writes(1, conversation=2, to=(BO,), bcc=(AN,))) is None
    assert suggested(writes(1, conversation=2, effect=OUTBOUND_BULK)) is None
    assert suggested(asks(1, conversation=1)) is None
    assert suggested(writes(1, to=(BO,), bcc=(AN,))) is None


def test_R47_each_promise_past_due_is_a_flag_of_its_own_with_its_box_and_owner() -> None:
    tasks = [
        Planned("late", days(2), None, None),
        Planned("ahead", days(50), None, MEI),
        Planned("boxed", days(3), 7, WEI),
    ]
    box = BoxFacts(7, "box", MEI, T0, None, None)
    flags = [
        flag
        for flag in judge(history([writes(0)], boxes=[box], tasks=tasks), days(9)).flags
        if flag.reason == "promise_overdue"
    ]
    assert [(flag.evidence, flag.since_at, flag.box_id, flag.owner_id) for flag in flags] == [
        (("late",), days(2) + 1, None, MEI),
        (("boxed",), days(3) + 1, 7, WEI),
    ]


def test_R47_a_stalled_box_without_an_owner_is_its_persons() -> None:
    box = BoxFacts(7, "box", None, T0, 5, None)
    (flag,) = [
        flag
        for flag in judge(history([writes(0)], boxes=[box], owner_id=WEI), days(9)).flags
        if flag.reason == "stalled"
    ]
    assert (flag.owner_id, flag.unit, flag.limit, flag.box_id) == (WEI, "days", 5, 7)


def test_R47_a_young_question_hides_no_old_one() -> None:
    story = history([asks(0, conversation=2), asks(100, conversation=1)])
    for waiting in (story.waiting, story.waiting[::-1]):
        (flag,) = judge(replace(story, waiting=waiting), days(5)).flags
        assert (flag.reason, flag.conversation_id) == ("unanswered", 2)


def test_R48_of_several_stages_the_strictest_holds_and_an_unknown_tier_none() -> None:
    def lapsed_after(*tiers: str) -> list[int]:
        boxes = [BoxFacts(number, "box", None, T0, None, tier) for number, tier in enumerate(tiers, 1)]
        story = history([writes(0)], boxes=boxes)
        return [maximum for maximum in (21, 45, 120) if "lapsed" in reasons(story, days(maximum) + 1)][:1]

    assert lapsed_after("C", "A") == lapsed_after("A", "C") == [21]
    assert lapsed_after("gone", "B") == lapsed_after("B", "gone") == [45]
    assert lapsed_after("gone") == []


def test_R50_whom_we_owe_a_mail_stands_with_their_owner() -> None:
    story = history([], tier="A", owner_id=WEI)
    lapsed, never = judge(story, days(22)).flags
    assert (lapsed.reason, lapsed.owner_id, lapsed.evidence) == ("lapsed", WEI, ())
    assert (never.reason, never.owner_id, never.evidence) == ("never_contacted", WEI, ())
    assert (never.count, never.limit, never.unit, never.lapses_at) == (14, 14, "days", None)
