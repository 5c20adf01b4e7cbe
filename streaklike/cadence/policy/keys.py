"""Every editable threshold: its name, unit, allowed values, and the levels at which it can be set (R48)."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from streaklike.boxes.policy_store import PERSON, STAGE, TEAM, TIER
from streaklike.cadence.policy.policy import DEFAULT_TIERS, Policy, PolicyUnreadable, build_policy

EVERYWHERE: Final = (TEAM, STAGE, TIER, PERSON)
TEAM_ALONE: Final = (TEAM,)
A_DECADE: Final = 3_650
SWITCH: Final = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}  # fmt: skip


class PolicyRefused(PolicyUnreadable):
    """The value cannot be used.

    `reason` is the key of the web text for it, `facts` are that text's parameters.
    """

    def __init__(self, reason: str, sentence: str, **facts: Any) -> None:
        super().__init__(f"{sentence} Nothing was changed.")
        self.reason = reason
        self.facts = facts


class PolicyKey(NamedTuple):
    """One threshold.

    `unit` is days, hours, minutes, touches, asks, people, weight, points, clock, tier or switch.

    `least` is the minimum, exclusive if `is_open`; `most` the maximum. `is_lower_stricter` says which value
    wins for a person in two stages. `may_be_none`: "none" means no limit.
    """

    name: str
    group: str
    unit: str
    least: float = 0
    most: float = A_DECADE
    is_open: bool = True
    is_whole: bool = False
    is_lower_stricter: bool = True
    may_be_none: bool = False
    levels: tuple[str, ...] = EVERYWHERE

    def read(self, text: str) -> Any:
        """Parse a typed value. Raises PolicyRefused."""
        plain = text.strip()
        if self.unit == "switch":
            return self._read_switch(plain)
        if self.unit == "tier":
            return self._read_tier(plain)
        if self.may_be_none and plain.lower() == "none":
            return None
        number = _as_number(plain)
        if number is None:
            raise PolicyRefused(
                "no_number", f"{self.name} needs a number, not {plain!r}.", key=self.name, value=plain
            )
        return self.check(int(number) if number.is_integer() else number)

    def check(self, number: float) -> float:
        """Return `number` if it is allowed for this threshold. Raises PolicyRefused."""
        if self.is_whole and number != int(number):
            raise PolicyRefused(
                "no_whole", f"{self.name} needs a whole number, not {number:g}.", key=self.name
            )
        is_low = number <= self.least if self.is_open else number < self.least
        if is_low:
            bound = "above" if self.is_open else "at least"
            reason = "not_above" if self.is_open else "too_low"
            raise PolicyRefused(
                reason, f"{self.name} must be {bound} {self.least:g}.", key=self.name, least=self.least
            )
        # Negated, so that NaN is refused too.
        if not number <= self.most:
            raise PolicyRefused(
                "too_high", f"{self.name} must be at most {self.most:g}.", key=self.name, most=self.most
            )
        return number

    def _read_switch(self, plain: str) -> bool:
        if plain.lower() not in SWITCH:
            raise PolicyRefused(
                "no_switch", f"{self.name} is on or off, not {plain!r}.", key=self.name, value=plain
            )
        return SWITCH[plain.lower()]

    def _read_tier(self, plain: str) -> str | None:
        if plain.lower() == "none":
            return None
        if plain.upper() not in DEFAULT_TIERS:
            raise PolicyRefused(
                "no_tier", f"There is no tier {plain!r}; choose A, B, C or none.", value=plain
            )
        return plain.upper()


def _as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _weight(name: str) -> PolicyKey:
    return PolicyKey(f"weights.{name}", "weights", "weight", most=10, is_open=False)


def _points(sign: str) -> PolicyKey:
    return PolicyKey(f"urgent_{sign}_points", "urgency", "points", most=10, is_open=False, levels=TEAM_ALONE)


KEYS: Final[Mapping[str, PolicyKey]] = {
    key.name: key
    for key in (
        PolicyKey("default_tier", "tiers", "tier", may_be_none=True, levels=(TEAM, STAGE)),
        PolicyKey("ideal_days", "tiers", "days", may_be_none=True),
        PolicyKey("maximum_days", "tiers", "days", may_be_none=True),
        PolicyKey("rhythm", "tiers", "switch", is_lower_stricter=True),
        PolicyKey("budget_limit", "budget", "touches", most=100),
        PolicyKey("budget_days", "budget", "days", is_lower_stricter=False),
        PolicyKey("asks_limit", "asks", "asks", least=1, most=100, is_open=False, is_whole=True),
        PolicyKey("asks_days", "asks", "days", is_lower_stricter=False),
        PolicyKey("asks_long_limit", "asks", "asks", least=1, most=400, is_open=False, is_whole=True),
        PolicyKey("asks_long_days", "asks", "days", is_lower_stricter=False),
        PolicyKey("ask_after_gift_days", "asks", "days", is_open=False, is_lower_stricter=False),
        PolicyKey("collision_hours", "collision", "hours", is_lower_stricter=False),
        PolicyKey("collision_stands_days", "collision", "days", is_lower_stricter=False),
        PolicyKey("unanswered_work_hours", "ignored", "work_hours"),
        PolicyKey("never_contacted_days", "ignored", "days"),
        PolicyKey("before_days", "ignored", "days", is_open=False, levels=TEAM_ALONE),
        PolicyKey("gone_quiet_flag", "ignored", "switch", is_lower_stricter=False),
        PolicyKey("stalled_days", "ignored", "days", is_whole=True, may_be_none=True),
        PolicyKey("response_days", "counting", "days", is_open=False),
        PolicyKey("burst_minutes", "counting", "minutes", most=1440, is_open=False),
        PolicyKey("invitation_people", "counting", "people", most=100, is_open=False, is_whole=True),
        PolicyKey("bounce_days", "counting", "days", levels=TEAM_ALONE),
        _weight("one_to_one"),
        _weight("invitation"),
        _weight("bulk"),
        _weight("cc"),
        _weight("logged"),
        PolicyKey("queue_urgency", "urgency", "switch", levels=TEAM_ALONE),
        _points("date"),
        _points("word"),
        _points("case"),
        _points("waiting"),
        _points("tier"),
        PolicyKey(
            "work_start_hour", "hours", "clock", most=23, is_open=False, is_whole=True, levels=TEAM_ALONE
        ),
        PolicyKey(
            "work_end_hour",
            "hours",
            "clock",
            least=1,
            most=24,
            is_open=False,
            is_whole=True,
            levels=TEAM_ALONE,
        ),
    )
}
"""By name, in display order."""

GROUPS: Final = tuple(dict.fromkeys(key.group for key in KEYS.values()))


def get_key(name: str) -> PolicyKey:
    """Return the threshold of this name. Raises PolicyRefused."""
    if name not in KEYS:
        listed = ", ".join(KEYS)
        raise PolicyRefused("no_key", f"The policy has no {name!r}; it has {listed}.", key=name)
    return KEYS[name]


def default_of(name: str) -> Any:
    """Return the built-in default at the team's level."""
    return field_of(Policy(), name)


def field_of(policy: Policy, name: str) -> Any:
    """Return the team's value of a threshold, by name."""
    group, dot, part = name.partition(".")
    return getattr(policy.weights, part) if dot else getattr(policy, group)


def check_whole(kept: Mapping[str, Any], *, stages: Iterable[str] = ()) -> Policy:
    """Return the stored policy if its values are consistent.

    Raises PolicyRefused.

    At every level the ideal is at most the maximum; the asks window is at most the long one; the working day
    begins before it ends.
    """
    for name, own in (kept.get("by_tier") or {}).items():
        _check_pair(*_tier_days(name, own), name)
    policy = build_policy(kept)
    _check_pair(policy.ideal_days, policy.maximum_days, TEAM)
    for name in {*policy.by_stage, *stages}:
        own = policy.by_stage.get(name, {})
        _check_pair(own.get("ideal_days"), own.get("maximum_days"), name)
    if policy.asks_days > policy.asks_long_days:
        raise PolicyRefused("asks_windows", "asks_days must not be longer than asks_long_days.")
    if policy.work_start_hour >= policy.work_end_hour:
        raise PolicyRefused("hours_reversed", "The working day must begin before it ends.")
    return policy


def check_person(own: Mapping[str, Any]) -> None:
    """Check that one person's own values are consistent. Raises PolicyRefused."""
    _check_pair(own.get("ideal_days"), own.get("maximum_days"), PERSON)


def _tier_days(name: str, own: Mapping[str, Any]) -> tuple[float, float]:
    tier = DEFAULT_TIERS[name]
    return own.get("ideal_days", tier.ideal_days), own.get("maximum_days", tier.maximum_days)


def _check_pair(ideal: float | None, maximum: float | None, where: str) -> None:
    if ideal is not None and maximum is not None and ideal > maximum:
        raise PolicyRefused(
            "ideal_past_maximum",
            f"The ideal of {ideal:g} days lies past the maximum of {maximum:g} ({where}). Raise the maximum first.",
            ideal=ideal,
            maximum=maximum,
        )
