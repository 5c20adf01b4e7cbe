"""The thresholds of R37 and R44 to R49: one frozen policy, which a team may edit (setting `policy`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.store.models import Setting, Standing
from streaklike.store.writing import insert_for

SETTING = "policy"


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


DEFAULT_TIERS: Mapping[str, Tier] = {"A": Tier(14, 21), "B": Tier(30, 45), "C": Tier(90, 120)}


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold, its unit in its name. `default_tier` is the team's, where neither person nor stage has one."""

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
    default_tier: str | None = None
    tiers: Mapping[str, Tier] = field(default_factory=lambda: dict(DEFAULT_TIERS))
    weights: Weights = field(default_factory=Weights)

    @property
    def budget_ms(self) -> int:
        return round(self.budget_days * DAY)

    @property
    def response_ms(self) -> int:
        return round(self.response_days * DAY)

    @property
    def burst_ms(self) -> int:
        return round(self.burst_minutes * MINUTE)

    @property
    def collision_ms(self) -> int:
        return round(self.collision_hours * HOUR)

    @property
    def collision_stands_ms(self) -> int:
        return round(self.collision_stands_days * DAY)

    @property
    def bounce_ms(self) -> int:
        return round(self.bounce_days * DAY)

    @property
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
    if policy.default_tier not in (None, "none", *policy.tiers):
        raise PolicyUnreadable(f"There is no tier {policy.default_tier!r}.")
    return policy


def _read(name: str, given: Any) -> Any:
    if name == "default_tier":
        return None if given is None else str(given)
    if name == "tiers":
        read = {tier: _read_tier(tier, days) for tier, days in _mapping(name, given).items()}
        return {**DEFAULT_TIERS, **read}
    if name == "weights":
        given = _mapping(name, given)
        unknown = set(given) - {each.name for each in fields(Weights)}
        if unknown:
            raise PolicyUnreadable(f"There is no weight {min(unknown)!r}.")
        return Weights(**{key: _number(f"weights.{key}", each) for key, each in given.items()})
    return _number(name, given)


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


def load_policy(session: Session) -> Policy:
    """The team's policy: the setting over the defaults. Raises PolicyUnreadable."""
    value = session.scalar(select(Setting.value).where(Setting.name == SETTING))
    return build_policy(value or {})


def save_policy(session: Session, value: Mapping[str, Any]) -> Policy:
    """Keep what differs from the defaults, and have everybody evaluated again. Raises PolicyUnreadable."""
    policy = build_policy(value)
    save_setting(session, SETTING, dict(value))
    return policy


def save_setting(session: Session, name: str, value: dict[str, Any]) -> None:
    """Write a setting that evaluation rests on; every standing becomes due."""
    insert = insert_for(session, Setting).values(name=name, value=value)
    session.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_={"value": value})  # type: ignore[attr-defined]
    )
    session.execute(update(Standing).values(due_at=0))
