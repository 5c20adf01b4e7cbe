"""The thresholds of R37 and R44 to R49: one frozen policy, which a team may edit (setting `policy`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import SETTING, read_thresholds, save_setting
from streaklike.instants import DAY, HOUR, MINUTE


class PolicyUnreadable(ValueError):
    """A value of the policy has the wrong form. The sentence names it."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Days between touches (R48): past `ideal_days` is a hint, past `maximum_days` a flag."""

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
    """Every threshold, its unit in its name. `default_tier` is the team's, where neither person nor stage has one.

    `ideal_days`, `maximum_days` and `stalled_days` are the team's own, where no tier and no stage speaks; None is no
    limit. `rhythm` lets a person's own gaps stretch the maximum; `gone_quiet_flag` makes R57's hint a flag.
    `queue_urgency` orders the queue by points (`cadence.urgency`). `by_tier` and `by_stage` hold what a tier, or a stage
    (`pipeline/stage`), has otherwise, by the names of these fields (R48; `policy_levels` says what holds for whom).
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
    """The defaults with what `value` names changed: `{"budget_limit": 4, "tiers": {"A": [10, 15]}}`.

    Raises PolicyUnreadable for an unknown name, or a value that is no number of 0 or more.
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
    """The tiers with what `by_tier` says of their days."""
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
    """The team's policy: the setting over the defaults. Raises PolicyUnreadable."""
    return build_policy(read_thresholds(session))


def save_policy(session: Session, value: Mapping[str, Any]) -> Policy:
    """Keep what differs from the defaults, and have everybody evaluated again. Raises PolicyUnreadable.

    It leaves no event: who edits a threshold does it through `policy_changes`.
    """
    policy = build_policy(value)
    save_setting(session, SETTING, dict(value))
    return policy
