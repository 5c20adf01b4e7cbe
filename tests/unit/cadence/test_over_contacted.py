import pytest

from streaklike.cadence.model.history import OUTBOUND_BULK, Mail
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.instants import HOUR
from tests.unit.cadence.builders import (
    AN,
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


def flag_of(reason: str, *mails: Mail, now: int, **facts: object) -> FlagFacts:
    found = [flag for flag in judge(history(mails, **facts), now).flags if flag.reason == reason]
    assert len(found) == 1
    return found[0]


def test_R46_budget_three_touches_in_28_days() -> None:
    story = [writes(0), writes(24), writes(48)]
    flag = flag_of("budget", *story, now=days(5))
    assert flag.flag == "over_contacted"
    assert (flag.since_at, flag.lapses_at) == (at(48), days(28))
    assert (flag.count, flag.limit, flag.unit) == (3, 3, "touches")
    assert flag.evidence == tuple(mail.rfc_id for mail in story)
    assert flag.owner_id == MEI
    assert "budget" in reasons(history(story), days(28) - 1)
    assert "budget" not in reasons(history(story), days(28))


def test_R46_budget_is_not_reached_by_less() -> None:
    assert reasons(history([writes(0), writes(24)]), days(5)) == []
    bulk = [writes(hours, effect=OUTBOUND_BULK) for hours in range(0, 5 * 24, 24)]
    assert reasons(history([*bulk, *[writes(0)]], since_at=T0), days(6)) == ["budget"]
    assert reasons(history(bulk), days(6)) == []


def test_R46_budget_counts_since_their_last_human_mail_of_any_kind_anywhere() -> None:
    ours = [writes(0), writes(24), writes(48)]
    assert "budget" not in reasons(history([*ours, asks(30, is_addressed=False, conversation=9)]), days(3))
    assert "budget" not in reasons(history([*ours, asks(50, is_thanks=True, conversation=9)]), days(3))


def test_R44_the_budget_counts_each_touch_since_their_last_mail() -> None:
    ours = [writes(24 * number, conversation=number) for number in range(4)]
    for hours, used in ((-1, 4), (0, 3), (12, 3), (24, 2), (60, 1), (71, 1), (72, 0)):
        contact_status = judge(history([*ours, asks(hours, conversation=9)]), days(4)).contact_status
        assert (contact_status.budget_used, contact_status.touches_28d) == (used, 4)


def test_R46_budget_stands_on_as_the_window_rolls() -> None:
    story = history([writes(0), writes(5 * 24), writes(10 * 24), writes(15 * 24)])
    flag = next(flag for flag in judge(story, days(28.5)).flags if flag.reason == "budget")
    assert (flag.since_at, flag.count, flag.lapses_at) == (days(10), 3, days(33))


def test_R45_every_colleague_and_every_channel_counts() -> None:
    story = history([writes(0), writes(200, by=WEI, conversation=2)], logged=[logs(100, WEI)])
    assert reasons(story, days(10)) == ["budget"]


def test_R46_collision_two_colleagues_within_72_hours_in_different_conversations() -> None:
    first, second = writes(0), writes(72, by=WEI, conversation=2)
    flag = flag_of("collision", first, second, now=days(4))
    assert (flag.since_at, flag.lapses_at) == (at(72), at(72) + 7 * 24 * HOUR)
    assert flag.evidence == (first.rfc_id, second.rfc_id)
    assert (flag.count, flag.limit, flag.unit) == (72, 72, "hours")
    assert flag.owner_id == WEI
    assert reasons(history([first, second]), days(10)) == []


@pytest.mark.parametrize(
    "second",
    [
        writes(72.01, by=WEI, conversation=2),
        writes(10, by=WEI, conversation=1),
        writes(10, by=MEI, conversation=2),
        writes(10, by=WEI, conversation=2, effect=OUTBOUND_BULK),
    ],
)
def test_R46_no_collision(second: Mail) -> None:
    assert reasons(history([writes(0), second]), days(4)) == []


def test_R46_a_collision_ends_when_they_write_but_not_by_mail_between_the_two() -> None:
    first, second = writes(0), writes(20, by=WEI, conversation=2)
    assert "collision" in reasons(history([first, asks(10), second]), days(1))
    assert "collision" not in reasons(history([first, second, asks(21)]), days(1))


def test_R46_a_collision_ends_though_one_of_us_writes_on() -> None:
    mails = [writes(0), writes(10, by=WEI, conversation=2), writes(5 * 24, conversation=2)]
    assert "collision" in reasons(history(mails), at(10 + 7 * 24) - 1)
    assert "collision" not in reasons(history(mails), at(10 + 7 * 24))


@pytest.mark.parametrize(("minutes", "hours"), [(20, 0.3), (100, 1.7)])
def test_R46_a_collision_tells_the_hours_between_to_a_tenth(minutes: int, hours: float) -> None:
    flag = flag_of("collision", writes(0), writes(minutes / 60, by=WEI, conversation=2), now=days(1))
    assert flag.count == hours


def test_R46_a_response_does_not_collide() -> None:
    assert reasons(history([asks(0), writes(1), writes(2, by=WEI, conversation=2)]), days(1)) == []


def test_R46_two_asks_in_28_days_or_twelve_in_a_year() -> None:
    story = [writes(0, touch_class="ask"), writes(10 * 24, touch_class="ask")]
    flag = flag_of("asks", *story, now=days(11))
    assert (flag.since_at, flag.lapses_at, flag.count, flag.limit, flag.unit) == (
        days(10),
        days(28),
        2,
        2,
        "asks",
    )
    monthly = [writes(n * 29 * 24, touch_class="ask") for n in range(12)]
    flag = flag_of("asks", *monthly, now=days(11 * 29 + 1))
    assert (flag.since_at, flag.count, flag.limit) == (days(11 * 29), 12, 12)
    assert reasons(history(monthly[1:]), days(11 * 29 + 1)) == []


def test_R46_an_ask_within_28_days_of_a_gift() -> None:
    ask = writes(10 * 24, touch_class="ask")
    flag = flag_of("ask_after_gift", ask, now=days(12), gifts=[(T0, "gift-1")])
    assert (flag.since_at, flag.lapses_at) == (days(10), days(28))
    assert flag.evidence == ("gift-1", ask.rfc_id)
    assert reasons(history([ask], gifts=[(T0, "gift-1")]), days(28)) == []
    assert reasons(history([ask], gifts=[(days(11), "gift-1")]), days(12)) == []
    assert reasons(history([ask], gifts=[(days(-19), "gift-1")]), days(12)) == []


def test_R46_the_owner_is_the_persons_own_before_whoever_wrote() -> None:
    story = [writes(0), writes(24), writes(48, by=WEI)]
    assert flag_of("budget", *story, now=days(5)).owner_id == WEI
    assert flag_of("budget", *story, now=days(5), owner_id=MEI).owner_id == MEI
    assert flag_of("budget", *story, now=days(5), who=AN).owner_id == WEI


def test_R46_budget_is_reached_anew_where_one_leaves_as_the_next_comes() -> None:
    story = history([writes(0), writes(240), writes(480), writes(28 * 24 + 1)])
    flag = next(flag for flag in judge(story, days(29)).flags if flag.reason == "budget")
    assert (flag.since_at, flag.count) == (days(28) + HOUR, 3)


def test_R46_budget_stays_reached_where_one_leaves_in_the_instant_in_which_the_next_comes() -> None:
    story = history([writes(0), writes(240), writes(480), writes(28 * 24)])
    flag = next(flag for flag in judge(story, days(29)).flags if flag.reason == "budget")
    assert (flag.since_at, flag.count) == (days(20), 3)


def test_R46_collisions_that_follow_each_other_are_one() -> None:
    story = [writes(0), writes(24, by=WEI, conversation=2), writes(90, conversation=3)]
    flag = flag_of("collision", *story, now=days(9))
    assert (flag.since_at, flag.lapses_at, flag.count) == (at(24), at(90) + 7 * 24 * HOUR, 24)
    assert flag.evidence == tuple(mail.rfc_id for mail in story)
    far_apart = [*story[:2], writes(24 * 20, conversation=3), writes(24 * 20 + 5, by=WEI, conversation=4)]
    assert flag_of("collision", *far_apart, now=days(21)).since_at == at(24 * 20 + 5)


def test_R50_a_budget_that_rolled_on_shows_what_counts_now() -> None:
    mails = [writes(0), writes(5 * 24), writes(10 * 24), writes(15 * 24)]
    flag = flag_of("budget", *mails, now=days(28.5))
    assert flag.evidence == tuple(mail.rfc_id for mail in mails[1:])


def test_R46_one_person_may_be_over_contacted_in_every_way_at_once() -> None:
    ours = [
        writes(number * 24, by=by, conversation=number + 1, touch_class="ask")
        for number, by in enumerate((MEI, WEI, MEI))
    ]
    story = history(ours, gifts=[(T0, "gift-1")])
    assert reasons(story, days(3)) == ["ask_after_gift", "asks", "budget", "collision"]


def test_R50_every_mail_of_a_burst_is_named_and_counts_once() -> None:
    burst = [writes(24 * 3 + minutes / 60, touch_class="ask") for minutes in (0, 5, 10)]
    mails = [writes(0, touch_class="ask"), writes(24, WEI, 2), *burst]
    found = {flag.reason: flag for flag in judge(history(mails), days(4)).flags}
    asked, by_wei, *rest = (mail.rfc_id for mail in mails)
    assert (found["budget"].count, found["budget"].evidence) == (3, (asked, by_wei, *rest))
    assert (found["asks"].count, found["asks"].evidence) == (2, (asked, *rest))
    assert found["collision"].evidence == (asked, by_wei, *rest)
    after_gift = judge(history(burst, gifts=[(days(2), "gift")]), days(4)).flags
    assert [flag.evidence for flag in after_gift] == [("gift", *rest)]
