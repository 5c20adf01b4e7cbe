"""The whole of one person's evaluation, on histories that nobody thought of."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaklike.cadence.model.history import OUTBOUND_BULK, BoxFacts, ContactHistory, Mail, Mark, Planned
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.evaluation import Evaluation
from streaklike.instants import DAY, HOUR
from tests.unit.cadence import reference
from tests.unit.cadence.builders import (
    AN,
    BO,
    CALENDAR,
    MEI,
    T0,
    WEI,
    asks,
    at,
    days,
    history,
    judge,
    logs,
    writes,
)

HOURS = st.one_of(
    st.integers(0, 60 * 24), st.floats(0, 60 * 24), st.sampled_from([0, 24 * 7, 24 * 28, 72, 1 / 6])
)
CONVERSATIONS = st.integers(1, 3)
TIGHT = Policy(budget_limit=2, never_contacted_days=3)


@st.composite
def mails(draw: st.DrawFn) -> list[Mail]:
    """Mail between An and two colleagues, Bo on the side, in three conversations over sixty days."""
    drawn = []
    for hours in draw(st.lists(HOURS, max_size=14)):
        conversation = draw(CONVERSATIONS)
        if draw(st.booleans()):
            is_addressed, is_thanks = draw(st.sampled_from([(True, False), (True, True), (False, False)]))
            author = draw(st.sampled_from([AN, AN, BO]))
            drawn.append(asks(hours, author, conversation, is_addressed=is_addressed, is_thanks=is_thanks))
        else:
            to, cc = draw(st.sampled_from([((AN,), ()), ((AN,), (BO,)), ((BO,), (AN,)), ((BO,), ())]))
            drawn.append(writes(hours, draw(st.sampled_from([MEI, WEI])), conversation, to, cc=cc))
    return sorted(drawn, key=lambda mail: (mail.at, mail.rfc_id))


NOWS = st.integers(0, 100 * 24 * 60).map(lambda minutes: T0 + minutes * 60_000)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mails(), NOWS)
def test_R33_to_R50_equal_a_plain_reading_of_the_rules(drawn: list[Mail], now: int) -> None:
    known = [mail for mail in drawn if mail.at <= now]
    answer = judge(history(known, since_at=T0), now)
    flags = {flag.reason: flag for flag in answer.flags if flag.reason != "unanswered"}
    assert answer.contact_status.budget_used == reference.budget_used(known, AN, now)
    since = reference.budget_since(known, AN, now)
    assert (flags["budget"].since_at if "budget" in flags else None) == since
    if since is not None:
        assert flags["budget"].lapses_at == reference.budget_frees(known, AN, now)
        assert set(flags["budget"].evidence) == reference.budget_evidence(known, AN, now)
    lapses = reference.collision_lapses(known, AN, now)
    assert (flags["collision"].lapses_at if "collision" in flags else None) == lapses
    assert answer.contact_status.reply_state == reference.person_state(known, AN)
    waited = reference.unanswered(known, AN, now, CALENDAR)
    assert {flag.conversation_id for flag in answer.flags if flag.reason == "unanswered"} == set(waited)


@st.composite
def stories(draw: st.DrawFn) -> ContactHistory:
    """A history with everything in it that time can change."""
    drawn = draw(mails())
    marks = [Mark(days(draw(st.integers(0, 50))), "closed")] if draw(st.booleans()) else []
    story = history(drawn, marks=marks, since_at=days(draw(st.integers(0, 30))))
    story.tier = draw(st.sampled_from([None, "A", "B", "none"]))
    story.kind = draw(st.sampled_from(["contact", "candidate"]))
    story.do_not_contact_until = draw(st.none() | st.integers(0, 90).map(days))
    story.logged = sorted(
        logs(draw(HOURS), kind=draw(st.sampled_from(["call", "ask"]))) for _ in range(draw(st.integers(0, 3)))
    )
    story.logged = [
        each._replace(touch_class=each.kind if each.kind == "ask" else None) for each in story.logged
    ]
    story.gifts = [(days(draw(st.integers(0, 50))), "gift") for _ in range(draw(st.integers(0, 1)))]
    box = BoxFacts(7, "box", None, days(draw(st.integers(0, 40))), draw(st.sampled_from([None, 10])), "C")
    story.boxes = [box] if draw(st.booleans()) else []
    story.tasks = [
        Planned(f"task{n}", days(draw(st.integers(0, 90))), draw(st.sampled_from([None, 7])), None)
        for n in range(draw(st.integers(0, 2)))
    ]
    return story


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(stories(), st.integers(60, 120), st.floats(0, 1))
def test_R51_nothing_changes_before_the_deadline(story: ContactHistory, day: int, share: float) -> None:
    now = days(day)
    answer = judge(story, now, policy=TIGHT)
    end = answer.due_at if answer.due_at is not None else now + 400 * DAY
    assert end > now
    for instant in (now + round((end - 1 - now) * share), end - 1):
        again = judge(story, instant, policy=TIGHT)
        assert (again.contact_status, again.flags) == (answer.contact_status, answer.flags)
        assert again.due_at == answer.due_at


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(stories(), st.integers(60, 120))
def test_R50_a_flag_stands_from_since_until_it_lapses(story: ContactHistory, day: int) -> None:
    now = days(day)
    for flag in judge(story, now).flags:
        assert flag.since_at <= now
        assert flag.limit <= flag.count or flag.reason in ("collision", "ask_after_gift")
        if flag.lapses_at is not None:
            assert flag.lapses_at > now
            later = [(each.reason, each.since_at) for each in judge(story, flag.lapses_at).flags]
            assert (flag.reason, flag.since_at) not in later or flag.reason == "ask_after_gift"


def test_R50_a_dismissed_flag_is_gone_and_a_new_one_of_its_kind_is_not() -> None:
    story = history([asks(0)])
    (flag,) = judge(story, days(5)).flags
    story.dismissed = {(flag.flag, flag.reason, flag.since_at)}
    assert judge(story, days(5)).flags == ()
    story.dismissed = {(flag.flag, flag.reason, flag.since_at - 1)}
    assert judge(story, days(5)).flags == (flag,)


def test_R33_a_persons_state_is_their_most_urgent() -> None:
    def state(*mails: Mail) -> str:
        return judge(history(mails), days(1)).contact_status.reply_state

    assert state() == "quiet"
    assert state(writes(0)) == "awaiting_reply"
    assert state(writes(0), asks(1, conversation=2)) == "needs_reply"
    assert state(writes(0, effect=OUTBOUND_BULK)) == "quiet"


def test_R37_the_standing_tells_thanks_from_what_waits() -> None:
    def contact_status(*mails: Mail) -> Evaluation:
        return judge(history(mails), days(1))

    thanks = contact_status(asks(0, is_thanks=True)).contact_status
    assert (thanks.waiting_since_at, thanks.is_thanks_only) == (T0, True)
    both = contact_status(asks(0, is_thanks=True), asks(2, conversation=2)).contact_status
    assert (both.waiting_since_at, both.waiting_conversation_id, both.is_thanks_only) == (
        T0 + 2 * HOUR,
        2,
        False,
    )
    nobody = contact_status(writes(0)).contact_status
    assert (nobody.waiting_since_at, nobody.waiting_conversation_id, nobody.is_thanks_only) == (
        None,
        None,
        False,
    )


def test_R44_the_standing_tells_the_last_mail_each_way_and_the_last_word() -> None:
    contact_status = judge(history([asks(0), writes(1)], logged=[logs(2, WEI)]), days(1)).contact_status
    assert (contact_status.last_inbound_at, contact_status.last_outbound_at) == (at(0), at(1))
    assert (
        contact_status.last_touch_at,
        contact_status.last_touch_direction,
        contact_status.last_touch_user_id,
    ) == (
        at(2),
        "outbound",
        WEI,
    )
    empty = judge(history([]), days(1)).contact_status
    assert (empty.last_inbound_at, empty.last_outbound_at, empty.last_touch_at) == (None, None, None)
    assert (empty.last_touch_direction, empty.last_touch_user_id) == (None, None)


def test_R45_the_budget_says_when_it_is_free_again() -> None:
    story = history([writes(0), writes(24), writes(48, by=WEI, conversation=1)])
    contact_status = judge(story, days(3)).contact_status
    assert (contact_status.budget_used, contact_status.budget_limit, contact_status.budget_frees_at) == (
        3,
        3,
        days(28),
    )
    assert judge(story, days(28)).contact_status.budget_frees_at is None
    assert judge(history([writes(0)]), days(1)).contact_status.budget_frees_at is None
    resting = replace(story, entries=[*story.entries, *history([asks(60)]).entries])
    contact_status = judge(resting, days(3)).contact_status
    assert (contact_status.budget_used, contact_status.touches_28d) == (0, 3)


def test_R51_what_is_dated_later_is_a_deadline() -> None:
    assert judge(history([], next_at=days(9), since_at=days(-100)), days(1)).due_at == days(9)
    assert judge(history([writes(0)], since_at=days(-100)), days(40)).due_at is None
