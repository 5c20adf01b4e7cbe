"""Who has gone quiet (R57): numbers, edges, and what keeps the hint away."""

import random
from itertools import pairwise
from statistics import median

import pytest

from streaklike.cadence.model.history import INBOUND, Logged, Planned
from streaklike.cadence.policy.policy import build_policy
from streaklike.cadence.rules.gone_quiet import overdue_days_of, usual_days_of
from streaklike.instants import DAY
from tests.unit.cadence.builders import asks, at, days, history, judge, logs, writes

HABIT = (0, 20, 40, 60, 80, 100)
DUE_DAY = 100 + 20 + 60
WITH_FLAG = build_policy({"gone_quiet_flag": True})


def story(written=HABIT, ours=101, **facts):
    return history([*(asks(24 * day) for day in written), writes(24 * ours)], **facts)


def quiet_at(told, now):
    return judge(told, now).contact_status.gone_quiet_at


def test_R57_a_broken_habit_is_hinted_with_its_numbers() -> None:
    assert quiet_at(story(), days(DUE_DAY) - 1) is None
    contact_status = judge(story(), days(DUE_DAY)).contact_status
    assert (contact_status.gone_quiet_at, contact_status.gone_quiet_last_at) == (days(DUE_DAY), days(100))
    assert (contact_status.gone_quiet_days, contact_status.gone_quiet_gaps) == (20, 5)
    assert "gone_quiet" not in [flag.reason for flag in judge(story(), days(DUE_DAY)).flags]


def test_R57_it_is_a_flag_only_where_the_policy_says_so() -> None:
    told = story(owner_id=7)
    found = judge(told, days(DUE_DAY + 3), policy=WITH_FLAG)
    (flag,) = [flag for flag in found.flags if flag.reason == "gone_quiet"]
    assert (flag.flag, flag.since_at, flag.lapses_at, flag.owner_id) == ("ignored", days(DUE_DAY), None, 7)
    assert (flag.count, flag.limit, flag.unit) == (80, 80, "days")
    wrote = [entry.rfc_id for entry in told.entries if entry.effect == INBOUND]
    assert flag.evidence == tuple(wrote), "every word that was counted"
    assert found.contact_status.gone_quiet_at is None, "a flag is no hint besides"
    assert judge(told, days(DUE_DAY) - 1, policy=WITH_FLAG).flags == judge(told, days(DUE_DAY) - 1).flags


def test_R57_the_flag_is_set_aside_and_switched_for_one_person() -> None:
    set_aside = story(dismissed=frozenset({("ignored", "gone_quiet", days(DUE_DAY))}))
    found = judge(set_aside, days(DUE_DAY), policy=WITH_FLAG)
    assert "gone_quiet" not in [flag.reason for flag in found.flags]
    assert found.contact_status.gone_quiet_at is None
    alone = judge(story(own={"gone_quiet_flag": False}), days(DUE_DAY), policy=WITH_FLAG)
    assert "gone_quiet" not in [flag.reason for flag in alone.flags]
    assert alone.contact_status.gone_quiet_at == days(DUE_DAY)


@pytest.mark.parametrize("usual", [1, 5, 10, 20, 90.5])
def test_R57_a_flag_is_told_with_the_usual_gap(usual: float) -> None:
    assert usual_days_of(overdue_days_of(usual)) == usual


def test_R57_it_wakes_by_itself() -> None:
    now = days(DUE_DAY) - 1
    due_at = judge(story(tier="none"), now).due_at
    assert due_at is not None
    assert due_at <= days(DUE_DAY)


@pytest.mark.parametrize(
    "told",
    [
        story(HABIT[:5]),
        story((0, 16, 32, 48, 64, 80)),
        story(ours=99),
        story(do_not_contact_until=days(1000)),
        story(tasks=[Planned("task", days(1000), None, None)]),
        story(logged=[logs(24 * 102, kind="message", is_outbound=False)]),
    ],
)
def test_R57_too_little_a_debt_a_wish_a_plan_or_their_word_keep_it_away(told) -> None:
    assert quiet_at(told, days(400)) is None


def test_R57_thirty_days_at_least_and_two_mails_of_one_day_are_one() -> None:
    often = story((0, 0.1, 20, 40, 60, 80, 95, 95.1), ours=96)
    assert judge(often, days(400)).contact_status.gone_quiet_gaps == 5
    weekly = story(tuple(range(0, 99, 7)), ours=99)
    assert quiet_at(weekly, days(98 + 7 + 30)) == days(98 + 7 + 30)
    assert quiet_at(weekly, days(98 + 7 + 30) - 1) is None


def plain(written: list[int], ours: list[int], now: int, logged: list[Logged]) -> bool:
    """R57 once more, by itself: slow and plain, for mail to and from one person in conversations of their own."""
    texts = [each.at for each in logged if not each.is_outbound]
    wrote = sorted([one for one in [*written, *texts] if one <= now])
    taipei_days = sorted({(one + 8 * 3_600_000) // DAY for one in wrote})
    gaps = [after - before for before, after in pairwise(taipei_days)]
    if len(gaps) < 5 or taipei_days[-1] - taipei_days[0] < 90:
        return False
    late = (now - wrote[-1]) / DAY - median(gaps)
    return late >= 30 and late >= 3 * median(gaps) and any(wrote[-1] < one <= now for one in ours)


def test_R57_equals_a_plain_reading_of_the_rule() -> None:
    rng, hinted = random.Random(57), 0
    for _ in range(300):
        written = sorted(rng.sample(range(400), rng.choice((4, 6, 9, 14))))
        ours = sorted(rng.sample(range(400), 6))
        mails = [asks(24 * day + 1, conversation=1) for day in written]
        mails += [writes(24 * day + 2, conversation=1) for day in ours]
        for day in (150, 300, 450, 600):
            now = days(day)
            past = history([mail for mail in mails if mail.at <= now])
            expected = plain([at(24 * d + 1) for d in written], [at(24 * d + 2) for d in ours], now, [])
            assert (quiet_at(past, now) is not None) == expected
            hinted += expected
    assert hinted > 50
