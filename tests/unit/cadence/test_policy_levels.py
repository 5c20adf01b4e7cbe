"""R48: a setting is the person's, then their tier's, then their stages', then the team's."""

import pytest

from streaklike.cadence.model.history import AUTHOR, TO, BoxFacts, Entry
from streaklike.cadence.policy.levels import find_source, find_stalled_days, find_tier, policy_for, tier_of
from streaklike.cadence.policy.policy import Policy, Tier, build_policy
from streaklike.cadence.rules.gaps import begin_runs, own_gap_days, quantile
from streaklike.instants import DAY
from tests.unit.cadence.builders import AN, BO, T0, asks, days, history, reasons, writes

EVERY_LEVEL = {
    "budget_limit": 3,
    "by_tier": {"A": {"budget_limit": 5}},
    "by_stage": {"supporters/donor": {"budget_limit": 7}},
}


def box(stage: str = "supporters/donor", tier: str | None = None, allowed: float | None = None) -> BoxFacts:
    return BoxFacts(7, "box", None, T0, allowed, tier, stage)


def limit_of(policy: Policy, **facts) -> float:
    return policy_for(policy, history([], **facts)).budget_limit


def test_R48_person_before_tier_before_stage_before_team() -> None:
    policy = build_policy(EVERY_LEVEL)
    own = {"budget_limit": 9}
    assert limit_of(policy, own=own, tier="A", boxes=[box()]) == 9
    assert limit_of(policy, tier="A", boxes=[box()]) == 5
    assert limit_of(policy, boxes=[box()]) == 7
    assert limit_of(policy, boxes=[box("supporters/stranger")]) == 3
    assert limit_of(policy) == 3


def test_R48_of_two_stages_the_stricter_holds() -> None:
    policy = build_policy(
        {
            "by_stage": {
                "a/one": {"budget_limit": 7, "collision_hours": 24},
                "a/two": {"budget_limit": 6, "collision_hours": 96},
            }
        }
    )
    story = history([], boxes=[box("a/one"), box("a/two")])
    assert policy_for(policy, story).budget_limit == 6
    assert policy_for(policy, story).collision_hours == 96


def test_R48_a_tier_that_a_stage_gives_speaks_after_the_stage() -> None:
    policy = build_policy(EVERY_LEVEL)
    assert limit_of(policy, boxes=[box("supporters/other", tier="A")]) == 5
    assert limit_of(policy, boxes=[box("supporters/donor", tier="A")]) == 7
    assert limit_of(build_policy({**EVERY_LEVEL, "default_tier": "A"})) == 5


def test_R48_every_value_tells_its_level() -> None:
    policy = build_policy(EVERY_LEVEL)
    story = history([], tier="A", boxes=[box()], own={"asks_limit": 4})
    assert find_source(policy, story, "asks_limit")[:] == (4, "person", "")
    assert find_source(policy, story, "budget_limit")[:] == (5, "tier", "A")
    assert find_source(policy, story, "asks_days")[:] == (28, "team", "")
    assert find_source(policy, history([], boxes=[box()]), "budget_limit")[:] == (
        7,
        "stage",
        "supporters/donor",
    )


def test_R48_ideal_and_maximum_at_every_level() -> None:
    policy = build_policy(
        {
            "maximum_days": 200,
            "by_tier": {"A": {"maximum_days": 25}},
            "by_stage": {"supporters/donor": {"ideal_days": 60, "maximum_days": 80}},
        }
    )
    assert find_tier(policy, history([])) == Tier(200, 200)
    assert find_tier(policy, history([], boxes=[box()])) == Tier(60, 80)
    assert find_tier(policy, history([], tier="A", boxes=[box()])) == Tier(14, 25)
    assert find_tier(policy, history([], tier="A", own={"maximum_days": 10})) == Tier(10, 10)
    assert find_tier(policy, history([], tier="none", boxes=[box()])) is None
    assert find_tier(policy, history([], tier="none", own={"maximum_days": 90})) == Tier(90, 90)
    assert find_tier(Policy(), history([])) is None


def test_R48_whose_tier_it_is_and_whence() -> None:
    boxes = [box("a/one", tier="C"), box("a/two", tier="B")]
    assert tier_of(Policy(), history([], tier="C", boxes=boxes))[:] == ("C", "person", "")
    assert tier_of(Policy(), history([], tier="none", boxes=boxes)).value is None
    assert tier_of(Policy(), history([], boxes=boxes))[:] == ("B", "stage", "a/two")
    assert tier_of(build_policy({"default_tier": "C"}), history([]))[:] == ("C", "team", "")
    then = build_policy({"by_stage": {"a/two": {"default_tier": "A"}}})
    assert tier_of(then, history([], boxes=boxes)).value == "A"


def test_R48_how_long_a_box_may_stand_is_the_persons_then_the_tiers_then_the_stages_then_the_teams() -> None:
    policy = build_policy({"stalled_days": 50, "by_tier": {"A": {"stalled_days": 20}}})
    here = box(allowed=30)
    assert find_stalled_days(policy, history([], own={"stalled_days": 5}, tier="A", boxes=[here]), here) == 5
    assert find_stalled_days(policy, history([], tier="A", boxes=[here]), here) == 20
    assert find_stalled_days(policy, history([], boxes=[here]), here) == 30
    assert find_stalled_days(policy, history([]), box()) == 50
    assert find_stalled_days(Policy(), history([]), box()) is None
    other = box("a/one", allowed=1)
    policy = build_policy({"by_stage": {"supporters/donor": {"stalled_days": 8}}})
    assert find_stalled_days(policy, history([], boxes=[here, other]), here) == 8


def test_R46_R48_a_persons_own_limit_decides_their_flag() -> None:
    mails = [writes(24 * number, conversation=number) for number in range(1, 4)]
    now = days(4)
    assert "budget" in reasons(history(mails), now)
    assert "budget" not in reasons(history(mails, own={"budget_limit": 4}), now)
    assert "budget" not in reasons(history(mails, own={"weights.one_to_one": 0.5}), now)


def test_R48_rhythm_lets_who_writes_seldom_be_silent_longer() -> None:
    seldom = [asks(24 * 60 * number) for number in range(7)] + [writes(24 * 360 + 1, conversation=2)]
    now = days(360 + 50)
    policy = build_policy({"rhythm": True})
    assert "lapsed" in reasons(history(seldom, tier="B"), now)
    assert "lapsed" not in reasons(history(seldom, tier="B"), now, policy=policy)
    assert "lapsed" in reasons(history(seldom, tier="B"), days(360 + 62), policy=policy)
    few = [asks(24 * 60 * number) for number in range(5)] + [writes(24 * 240 + 1, conversation=2)]
    assert "lapsed" in reasons(history(few, tier="B"), days(240 + 50), policy=policy)
    often = [asks(24 * 2 * number) for number in range(9)] + [writes(24 * 16 + 1, conversation=2)]
    assert "lapsed" not in reasons(history(often, tier="B"), days(16 + 40), policy=policy)


def test_R48_rhythm_without_a_rhythm_lengthens_nothing() -> None:
    policy = build_policy({"rhythm": True, "maximum_days": 0.5})
    assert "lapsed" in reasons(history([writes(0)]), days(0.6), policy=policy)


def test_R48_of_two_stages_alike_the_first_is_named() -> None:
    policy = Policy(by_stage={name: {"budget_limit": 2, "stalled_days": 9} for name in ("b/b", "c/c", "a/a")})
    story = history([], boxes=[box("b/b"), box("c/c"), box("a/a")])
    assert find_source(policy, story, "budget_limit")[:] == (2, "stage", "b/b")
    assert find_source(policy, story, "stalled_days")[:] == (9, "stage", "b/b")


def test_own_gaps_leave_out_what_follows_within_a_day() -> None:
    assert begin_runs([0, DAY, DAY + 5, 3 * DAY]) == [0, 3 * DAY]
    assert begin_runs([]) == []
    assert own_gap_days(history([asks(24 * 10 * number) for number in range(6)]).entries) == 10
    assert own_gap_days(history([asks(24 * 10 * number) for number in range(5)]).entries) is None


def test_own_gaps_are_those_of_what_they_wrote_themselves() -> None:
    theirs = [asks(24 * 10.25 * number) for number in range(6)]
    ours = [writes(24 * 10.25 * number + 100, conversation=2) for number in range(6)]
    copied = [asks(24 * 10.25 * number + 50, by=BO, to=(AN,)) for number in range(6)]
    seen = history(theirs + ours + copied)
    beside = [Entry(mail.at, mail.rfc_id, TO, mail.effect, 1) for mail in copied]
    beside += [Entry(mail.at, mail.rfc_id, AUTHOR, mail.effect, 2) for mail in ours]
    assert own_gap_days(sorted([*seen.entries, *beside])) == 10.2


def test_R48_a_level_speaks_where_it_is_the_only_one() -> None:
    by_tier = build_policy({"by_tier": {"A": {"budget_limit": 5, "stalled_days": 20}}})
    here = box(allowed=30)
    assert limit_of(by_tier, tier="A") == 5
    assert limit_of(Policy(), own={"budget_limit": 9}) == 9
    assert find_stalled_days(Policy(), history([], own={"stalled_days": 5}), here) == 5
    assert find_stalled_days(by_tier, history([], tier="A"), here) == 20
    assert find_stalled_days(Policy(), history([]), here) == 30
    assert find_stalled_days(build_policy({"stalled_days": 50}), history([]), here) == 30
    assert find_stalled_days(build_policy({"stalled_days": 50}), history([]), box()) == 50
    assert find_tier(Policy(), history([], tier="A", own={"maximum_days": 10})) == Tier(10, 10)
    assert find_tier(build_policy({"maximum_days": 200}), history([])) == Tier(200, 200)
    assert find_tier(build_policy({"maximum_days": 200}), history([], tier="none")) is None
    stage = {"by_stage": {"supporters/donor": {"maximum_days": 20}}, "default_tier": "C"}
    assert find_tier(build_policy(stage), history([], boxes=[box()])) == Tier(20, 20)
    assert find_tier(build_policy({"default_tier": "C"}), history([])) == Tier(90, 120)


def test_R48_a_tier_that_is_no_more_limits_nothing() -> None:
    policy = Policy(default_tier="Z")
    assert tier_of(policy, history([]))[:] == (None, "team", "")
    assert find_source(policy, history([], tier="Z"), "maximum_days")[:] == (None, "tier", "none")
    assert find_source(policy, history([], tier="none"), "ideal_days")[:] == (None, "tier", "none")
    assert find_source(policy, history([], tier="none"), "budget_limit")[:] == (3, "team", "")


def test_R48_a_stage_whose_tier_is_no_more_leaves_the_teams() -> None:
    policy = Policy(default_tier="C", by_stage={"a/one": {"default_tier": "Z"}})
    story = history([writes(0)], boxes=[box("a/one")])
    assert policy_for(policy, story).default_tier == "C"
    assert "lapsed" in reasons(story, days(121), policy=policy)


def test_R48_of_two_stages_tiers_the_shorter_holds_whatever_its_name() -> None:
    policy = Policy(tiers={"A": Tier(90, 120), "Z": Tier(7, 10)})
    boxes = [box("a/one", tier="A"), box("a/two", tier="Z")]
    assert tier_of(policy, history([], boxes=boxes))[:] == ("Z", "stage", "a/two")
    assert find_source(policy, history([], boxes=boxes), "maximum_days")[:] == (10, "tier", "Z")
    assert find_source(policy, history([], tier="A"), "ideal_days")[:] == (90, "tier", "A")


def test_R48_of_two_stages_one_without_a_limit_is_the_milder() -> None:
    policy = Policy(by_stage={"a/one": {"stalled_days": None}, "a/two": {"stalled_days": 9}})
    boxes = [box("a/one"), box("a/two")]
    assert find_source(policy, history([], boxes=boxes), "stalled_days")[:] == (9, "stage", "a/two")
    assert find_source(policy, history([], boxes=boxes[:1]), "stalled_days")[:] == (None, "stage", "a/one")


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([1], 0.9, 1),
        ([1, 3], 0.5, 2),
        ([4, 1, 3, 2], 0.25, 2),
        ([9, 1, 2], 0.25, 2),
        ([10, 20, 30, 40, 50], 0.9, 46),
    ],
)
def test_quantiles(values: list[int], share: float, expected: int) -> None:
    assert quantile(values, share) == expected
