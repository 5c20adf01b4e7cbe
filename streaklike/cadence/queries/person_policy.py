"""The thresholds in effect for one person, and the level each comes from (R48)."""

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from streaklike.cadence.loading.box_facts import add_boxes
from streaklike.cadence.loading.people_facts import load_people
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.model.history import ContactHistory
from streaklike.cadence.policy.keys import KEYS
from streaklike.cadence.policy.levels import Source, find_source, find_tier, policy_for, tier_of
from streaklike.cadence.policy.policy import Policy, load_policy
from streaklike.store.models import Contact


class EffectiveThreshold(NamedTuple):
    """A threshold in effect for the person; `name` is the tier or stage it comes from."""

    key: str
    value: Any
    level: str
    name: str


def list_holding(session: Session, contact: Contact, *, now: int) -> list[EffectiveThreshold]:
    """List every threshold that can be set per person (a root), in display order."""
    policy, history = load_policy(session), load_levels(session, contact, now=now)
    tier = tier_of(policy, history)
    days = find_tier(policy, history)
    found = [EffectiveThreshold("tier", tier.value, tier.level, tier.name)]
    for name, key in KEYS.items():
        if len(key.levels) == 1 or name == "default_tier":
            continue
        source = find_source(policy, history, name)
        if name == "ideal_days" and days is not None:
            source = Source(days.ideal_days, source.level, source.name)
        found.append(EffectiveThreshold(name, *source))
    return found


def find_policy_of(session: Session, contact: Contact, *, now: int) -> Policy:
    """Return the policy in effect for one person (a root)."""
    return policy_for(load_policy(session), load_levels(session, contact, now=now))


def load_levels(session: Session, contact: Contact, *, now: int) -> ContactHistory:
    """Load what a person's levels depend on: tier, boxes, own values."""
    people = load_people(session, [contact.id], now=now, is_past=False)
    add_boxes(session, people, load_team_directory(session), now=now, is_past=False)
    return people.histories[contact.id]
