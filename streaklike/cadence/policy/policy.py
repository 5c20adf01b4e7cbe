"""The thresholds of R37 and R44 to R49: one frozen policy, which a team may edit (setting `policy`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import SETTING, read_thresholds, save_setting
from streaklike.instants import DAY, HOUR, MINUTE


class PolicyUnreadable(ValueError):
    """A policy value has the wrong form; the message names it."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Days between touches (R48): a hint after `ideal_days`, a flag after `maximum_days`."""

    ideal_days: float
    maximum_days: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What one touch weighs (R44). 0 is no touch."""

    one_to_one: float = 1.0
    invitation: float = 1.0
    bulk: float = 0.5
    cc: float = 0.0
    logged: float = 1.0


Levels = Mapping[str, Mapping[str, Any]]
NO_LIMIT = frozenset({"ideal_days", "maximum_days", "stalled_days"})
DEFAULT_TIERS: Mapping[str, Tier] = {"A": Tier(14, 21), "B": Tier(30, 45), "C": Tier(90, 120)}


@dataclass(frozen=True)
class Policy:
    """Every threshold; the unit is part of its name.

    `default_tier` applies if neither person nor stage has a tier.

    `ideal_days`, `maximum_days` and `stalled_days` are the team's, if no tier or stage sets them; None is no
    limit. `rhythm` lets a person's usual gaps stretch the maximum; `gone_quiet_flag` makes R57's hint a flag.
    `queue_urgency` orders the queue by points (`cadence.rules.urgency`). `by_tier` and `by_stage` (keys
    `pipeline/stage`) override these fields by name (R48; see `cadence.policy.levels`).
    """

    budget_limit: float = 3.0
    budget_days: float = 28
    asks_limit: int = 2
    asks_days: float = 28
    asks_long_limit: int = 12
    asks_long_days: float = 365
    ask_after_gift_days: float = 28
    collision_hours: float = 72
    collision_stands_days: float = 7
    response_days: float = 7
    burst_minutes: float = 10
    invitation_people: int = 3
    bounce_days: float = 3
    unanswered_work_hours: float = 16
    never_contacted_days: float = 14
    before_days: float = 60
    gone_quiet_flag: bool = False
    default_tier: str | None = None
    tiers: Mapping[str, Tier] = field(default_factory=lambda: dict(DEFAULT_TIERS))
    weights: Weights = field(default_factory=Weights)
    ideal_days: float | None = None
    maximum_days: float | None = None
    stalled_days: float | None = None
    rhythm: bool = False
    queue_urgency: bool = True
    urgent_date_points: float = 4
    urgent_word_points: float = 5
    urgent_case_points: float = 2
    urgent_waiting_points: float = 2
    urgent_tier_points: float = 1
    work_start_hour: int = 9
    work_end_hour: int = 17
    by_tier: Levels = field(default_factory=dict)
    by_stage: Levels = field(default_factory=dict)

    @cached_property
    def budget_ms(self) -> int:
        return round(self.budget_days * DAY)

    @cached_property
    def response_ms(self) -> int:
        return round(self.response_days * DAY)

    @cached_property
    def burst_ms(self) -> int:
        return round(self.burst_minutes * MINUTE)

    @cached_property
    def collision_ms(self) -> int:
        return round(self.collision_hours * HOUR)

    @cached_property
    def collision_stands_ms(self) -> int:
        return round(self.collision_stands_days * DAY)

    @cached_property
    def bounce_ms(self) -> int:
        return round(self.bounce_days * DAY)

    @cached_property
    def before_ms(self) -> int:
        return round(self.before_days * DAY)

    @cached_property
    def unanswered_ms(self) -> int:
        return round(self.unanswered_work_hours * HOUR)


def build_policy(value: Mapping[str, Any]) -> Policy:
    """Build the defaults overridden by `value`, such as `{"budget_limit": 4, "tiers": {"A": [10, 15]}}`.

    Raises PolicyUnreadable for an unknown name or an invalid value.
    """
    known = {each.name for each in fields(Policy)}
    changes: dict[str, Any] = {}
    for name, given in value.items():
        if name not in known:
            raise PolicyUnreadable(f"The policy has no {name!r}. Take it out of the setting.")
        changes[name] = _read(name, given)
    policy = replace(Policy(), **changes)
    policy = replace(policy, tiers=_with_levels(policy))
    if policy.default_tier not in (None, "none", *policy.tiers):
        raise PolicyUnreadable(f"There is no tier {policy.default_tier!r}.")
    return policy


def _with_levels(policy: Policy) -> Mapping[str, Tier]:
    """Return the tiers with the days overridden by `by_tier`."""
    tiers = dict(policy.tiers)
    for name, tier in policy.tiers.items():
        own = policy.by_tier.get(name, {})
        if "ideal_days" in own or "maximum_days" in own:
            days = [own.get("ideal_days", tier.ideal_days), own.get("maximum_days", tier.maximum_days)]
            tiers[name] = _read_tier(name, days)
    return tiers


def _read(name: str, given: Any) -> Any:
    if name in READERS:
        return READERS[name](name, given)
    if name in NO_LIMIT and given is None:
        return None
    return _number(name, given)


def _read_levels(name: str, given: Any) -> Levels:
    return {each: dict(_mapping(name, values)) for each, values in _mapping(name, given).items()}


def _read_tiers(name: str, given: Any) -> Mapping[str, Tier]:
    return {**DEFAULT_TIERS, **{tier: _read_tier(tier, days) for tier, days in _mapping(name, given).items()}}


def _read_weights(name: str, given: Any) -> Weights:
    given = _mapping(name, given)
    unknown = set(given) - {each.name for each in fields(Weights)}
    if unknown:
        raise PolicyUnreadable(f"There is no weight {min(unknown)!r}.")
    return Weights(**{key: _number(f"weights.{key}", each) for key, each in given.items()})


def _read_tier(name: str, given: Any) -> Tier:
    if isinstance(given, Mapping):
        given = [given.get("ideal_days"), given.get("maximum_days")]
    if not isinstance(given, list | tuple) or len(given) != 2:
        raise PolicyUnreadable(f"Tier {name!r} needs two numbers of days: the ideal and the maximum.")
    ideal, maximum = (_number(f"tiers.{name}", days) for days in given)
    if ideal > maximum:
        raise PolicyUnreadable(f"Tier {name!r}: the ideal lies past the maximum.")
    return Tier(ideal, maximum)


def _mapping(name: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise PolicyUnreadable(f"{name!r} of the policy needs names and values.")
    return given


def _number(name: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < 1e6:
        raise PolicyUnreadable(f"{name!r} of the policy needs a number of 0 or more, not {given!r}.")
    return given


READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "default_tier": lambda _name, given: None if given is None else str(given),
    "rhythm": lambda _name, given: bool(given),
    "queue_urgency": lambda _name, given: bool(given),
    "gone_quiet_flag": lambda _name, given: bool(given),
    "tiers": _read_tiers,
    "weights": _read_weights,
    "by_tier": _read_levels,
    "by_stage": _read_levels,
}


def load_policy(session: Session) -> Policy:
    """Load the team's policy: the stored setting over the defaults. Raises PolicyUnreadable."""
    return build_policy(read_thresholds(session))


def save_policy(session: Session, value: Mapping[str, Any]) -> Policy:
    """Save the values that differ from the defaults, and mark everybody for reevaluation.

    Raises PolicyUnreadable.

    Records no event; edits of thresholds go through `cadence.editing.policy_changes`.
    """
    policy = build_policy(value)
    save_setting(session, SETTING, dict(value))
    return policy
