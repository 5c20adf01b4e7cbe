"""Which value of a threshold applies (R48): the person's own, then their tier's, their stages', the team's.

A tier inherited from a stage or the team ranks below the stages. Of two stages, the stricter value applies.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

from streaklike.boxes.policy_store import PERSON, STAGE, TEAM, TIER
from streaklike.cadence.model.history import BoxFacts, ContactHistory
from streaklike.cadence.policy.keys import KEYS, field_of
from streaklike.cadence.policy.policy import NO_LIMIT, Policy, Tier

FIELDS = frozenset(each.name for each in fields(Policy))


class Source(NamedTuple):
    """A value and the level it comes from; `name` is the tier or stage."""

    value: Any
    level: str
    name: str = ""


def policy_for(policy: Policy, history: ContactHistory) -> Policy:
    """Return the policy in effect for one person, except tier and stage days, which are looked up separately."""
    if not (history.own or policy.by_tier or policy.by_stage):
        return policy
    named = set(history.own)
    for levels in (policy.by_tier, policy.by_stage):
        for values in levels.values():
            named.update(values)
    changes: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    for name in named - NO_LIMIT - {"default_tier"}:
        value = find_source(policy, history, name).value
        group, dot, part = name.partition(".")
        if dot:
            weights[part] = value
        elif group in FIELDS:
            changes[group] = value
    if weights:
        changes["weights"] = replace(policy.weights, **weights)
    return replace(policy, **changes) if changes else policy


def find_source(policy: Policy, history: ContactHistory, name: str) -> Source:
    """Return the threshold's value in effect for the person, and its source."""
    for group in _iter_groups(policy, history):
        given = [source for source in (_value_in(*layer, name) for layer in group) if source is not None]
        if given:
            return _strictest(given, name)
    return Source(field_of(policy, name), TEAM)


def find_tier(policy: Policy, history: ContactHistory) -> Tier | None:
    """Return the days between touches for the person (R48); None if there is no limit."""
    if not (history.own or policy.by_stage):
        tier = tier_of(policy, history)
        if tier.value is not None or tier.level == PERSON:
            return policy.tiers.get(tier.value or "")
        if policy.maximum_days is None:
            return None
    maximum = find_source(policy, history, "maximum_days").value
    if maximum is None:
        return None
    ideal = find_source(policy, history, "ideal_days").value
    return Tier(maximum if ideal is None else min(ideal, maximum), maximum)


def find_stalled_days(policy: Policy, history: ContactHistory, box: BoxFacts) -> float | None:
    """Return how many days this box of the person may stay in its stage (R47); None means no limit."""
    if not (history.own or policy.by_stage or policy.by_tier):
        return policy.stalled_days if box.allowed_days is None else box.allowed_days
    alone = _with_boxes(history, [box])
    days: float | None = find_source(policy, alone, "stalled_days").value
    return days


def tier_of(policy: Policy, history: ContactHistory) -> Source:
    """Return the person's tier: their own, the strictest of their stages', or the team's.

    Its value may be None.
    """
    if history.tier is not None:
        return Source(None if history.tier == "none" else history.tier, PERSON)
    given = [
        Source(tier, STAGE, box.stage)
        for box in history.boxes
        if (tier := _stage_tier(policy, box)) in policy.tiers
    ]
    if given:
        return min(given, key=lambda source: policy.tiers[source.value].maximum_days)
    return Source(policy.default_tier if policy.default_tier in policy.tiers else None, TEAM)


Layer = tuple[str, str, Mapping[str, Any]]


def _iter_groups(policy: Policy, history: ContactHistory) -> Iterator[Sequence[Layer]]:
    """Yield the applicable levels for the person, most specific first."""
    if history.own:
        yield [(PERSON, "", history.own)]
    tier = tier_of(policy, history)
    of_tier = _tier_layer(policy, tier.value) if tier.value is not None else None
    if tier.level == PERSON:
        yield [of_tier or (TIER, "none", {"ideal_days": None, "maximum_days": None})]
    if history.boxes:
        yield [(STAGE, box.stage, _stage_values(policy, box)) for box in history.boxes]
    if tier.level != PERSON and of_tier is not None:
        yield [of_tier]


def _tier_layer(policy: Policy, name: str) -> Layer | None:
    tier = policy.tiers.get(name)
    if tier is None:
        return None
    days = {"ideal_days": tier.ideal_days, "maximum_days": tier.maximum_days}
    return TIER, name, {**policy.by_tier.get(name, {}), **days}


def _stage_values(policy: Policy, box: BoxFacts) -> Mapping[str, Any]:
    own = policy.by_stage.get(box.stage, {})
    if box.allowed_days is None or "stalled_days" in own:
        return own
    return {**own, "stalled_days": box.allowed_days}


def _stage_tier(policy: Policy, box: BoxFacts) -> str | None:
    own = policy.by_stage.get(box.stage, {})
    tier: str | None = own.get("default_tier", box.tier)
    return tier


def _value_in(level: str, layer: str, values: Mapping[str, Any], name: str) -> Source | None:
    return Source(values[name], level, layer) if name in values else None


def _strictest(given: Sequence[Source], name: str) -> Source:
    limits = [source for source in given if source.value is not None]
    if not limits:
        return given[0]
    choose = min if KEYS[name].is_lower_stricter else max
    return choose(limits, key=lambda source: source.value)


def _with_boxes(history: ContactHistory, boxes: Sequence[BoxFacts]) -> ContactHistory:
    """Return the person reduced to what levels depend on, with only these boxes."""
    return ContactHistory(history.contact_id, tier=history.tier, boxes=list(boxes), own=history.own)
