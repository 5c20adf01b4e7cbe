import pytest

from streaklike.cadence.policy.policy import (
    Policy,
    PolicyUnreadable,
    Tier,
    build_policy,
    load_policy,
    save_policy,
)
from streaklike.store.database import Database


def test_R44_to_R48_the_defaults_are_the_rules_own() -> None:
    policy = Policy()
    assert (policy.budget_limit, policy.budget_days, policy.asks_limit, policy.asks_long_limit) == (
        3,
        28,
        2,
        12,
    )
    assert (policy.collision_hours, policy.collision_stands_days, policy.response_days) == (72, 7, 7)
    assert (policy.unanswered_work_hours, policy.never_contacted_days, policy.burst_minutes) == (16, 14, 10)
    assert policy.tiers == {"A": Tier(14, 21), "B": Tier(30, 45), "C": Tier(90, 120)}
    assert (policy.weights.one_to_one, policy.weights.bulk, policy.weights.cc) == (1, 0.5, 0)


def test_R48_a_team_changes_what_it_names_and_no_more() -> None:
    policy = build_policy({"budget_limit": 5, "tiers": {"A": [7, 10]}, "weights": {"bulk": 0}})
    assert policy.budget_limit == 5
    assert policy.tiers["A"] == Tier(7, 10)
    assert policy.tiers["B"] == Tier(30, 45)
    assert policy.weights.bulk == 0
    assert policy.weights.one_to_one == 1


@pytest.mark.parametrize(
    "value",
    [
        {"budget": 3},
        {"budget_limit": "3"},
        {"budget_limit": True},
        {"budget_days": -1},
        {"tiers": {"A": [21, 14]}},
        {"tiers": {"A": 5}},
        {"tiers": [1]},
        {"weights": {"fax": 1}},
        {"default_tier": "Z"},
    ],
)
def test_a_policy_that_cannot_be_read_says_why(value: dict[str, object]) -> None:
    with pytest.raises(PolicyUnreadable):
        build_policy(value)


def test_R48_the_edited_policy_is_kept(database: Database) -> None:
    with database.begin() as session:
        assert load_policy(session) == Policy()
        save_policy(session, {"budget_limit": 4, "default_tier": "C"})
        save_policy(session, {"budget_limit": 5})
        assert load_policy(session) == build_policy({"budget_limit": 5})


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"budget": 3}, "budget"),
        ({"budget_limit": "3"}, "budget_limit"),
        ({"budget_limit": 1e6}, "budget_limit"),
        ({"tiers": {"A": [21, 14]}}, "A"),
        ({"tiers": {"A": 5}}, "A"),
        ({"tiers": {"A": ["x", 5]}}, "tiers.A"),
        ({"tiers": [1]}, "tiers"),
        ({"weights": {"fax": 1}}, "fax"),
        ({"weights": {"cc": -1}}, "weights.cc"),
        ({"weights": 3}, "weights"),
        ({"default_tier": "Z"}, "Z"),
        ({"budget_limit": None}, "budget_limit"),
        ({"by_tier": 3}, "by_tier"),
        ({"by_stage": {"supporters/donor": 3}}, "by_stage"),
        ({"by_tier": {"A": {"ideal_days": 22}}}, "A"),
    ],
)
def test_what_cannot_be_read_of_a_policy_is_named(value: dict[str, object], named: str) -> None:
    with pytest.raises(PolicyUnreadable, match=f"'{named}'"):
        build_policy(value)


def test_R48_a_tier_may_be_given_by_its_names_and_ideal_and_maximum_may_be_one() -> None:
    policy = build_policy({"tiers": {"A": {"ideal_days": 7, "maximum_days": 9}, "B": [30, 30]}})
    assert (policy.tiers["A"], policy.tiers["B"]) == (Tier(7, 9), Tier(30, 30))


def test_R48_a_tiers_ideal_or_maximum_alone_leaves_the_other() -> None:
    policy = build_policy(
        {"by_tier": {"A": {"ideal_days": 7}, "B": {"maximum_days": 60}, "C": {"asks_limit": 1}}}
    )
    assert policy.tiers == {"A": Tier(7, 21), "B": Tier(30, 60), "C": Tier(90, 120)}
    both = build_policy({"tiers": {"A": [5, 8]}, "by_tier": {"A": {"ideal_days": 6, "maximum_days": 9}}})
    assert both.tiers["A"] == Tier(6, 9)


def test_R48_no_limit_at_all_may_be_set() -> None:
    policy = build_policy({"ideal_days": None, "maximum_days": None, "stalled_days": None})
    assert (policy.ideal_days, policy.maximum_days, policy.stalled_days) == (None, None, None)


def test_R48_a_team_may_have_no_tier_or_none_on_purpose() -> None:
    assert build_policy({"default_tier": None}).default_tier is None
    assert build_policy({"default_tier": "none"}).default_tier == "none"
    assert build_policy({"budget_limit": 999_999}).budget_limit == 999_999


def test_a_policy_that_cannot_be_read_is_not_kept(database: Database) -> None:
    with database.begin() as session:
        with pytest.raises(PolicyUnreadable):
            save_policy(session, {"budget": 3})
        assert load_policy(session) == Policy()
        assert save_policy(session, {"budget_limit": 4}).budget_limit == 4
