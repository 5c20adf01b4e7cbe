"""Presets: sets of thresholds to start from, by an NGO's main activity.

The texts in `preset` explain each number.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import TEAM, TIER, ThresholdChange
from streaklike.cadence.editing.policy_changes import Scope, apply_changes, plan_change
from streaklike.cadence.policy.keys import PolicyRefused
from streaklike.store.models import Event, User


class PresetValue(NamedTuple):
    """One value of a preset as a person would type it, for `tier` or, if None, for the team."""

    key: str
    value: str
    tier: str | None = None

    @property
    def place(self) -> Scope:
        return Scope(TEAM) if self.tier is None else Scope(TIER, self.tier)

    @property
    def text(self) -> str:
        """The key of its explanation in the texts."""
        name = self.key.replace(".", "_")
        return name if self.tier is None else f"{name}_{self.tier}"


PRESETS: Final[Mapping[str, tuple[PresetValue, ...]]] = {
    "small_donors": (
        PresetValue("default_tier", "C"),
        PresetValue("maximum_days", "150", "C"),
        PresetValue("budget_limit", "3"),
        PresetValue("asks_limit", "2"),
        PresetValue("asks_days", "60"),
        PresetValue("asks_long_limit", "6"),
        PresetValue("ask_after_gift_days", "45"),
        PresetValue("unanswered_work_hours", "16"),
    ),
    "major_donors": (
        PresetValue("default_tier", "B"),
        PresetValue("rhythm", "on"),
        PresetValue("budget_limit", "4"),
        PresetValue("asks_limit", "2"),
        PresetValue("asks_days", "90"),
        PresetValue("asks_long_limit", "4"),
        PresetValue("ask_after_gift_days", "90"),
        PresetValue("collision_hours", "168"),
        PresetValue("unanswered_work_hours", "8"),
    ),
    "volunteers": (
        PresetValue("default_tier", "B"),
        PresetValue("budget_limit", "6"),
        PresetValue("weights.bulk", "0.25"),
        PresetValue("asks_limit", "4"),
        PresetValue("asks_long_limit", "24"),
        PresetValue("collision_hours", "24"),
        PresetValue("never_contacted_days", "5"),
        PresetValue("unanswered_work_hours", "16"),
    ),
    "advocacy": (
        PresetValue("default_tier", "none"),
        PresetValue("budget_limit", "5"),
        PresetValue("budget_days", "14"),
        PresetValue("asks_limit", "4"),
        PresetValue("collision_hours", "24"),
        PresetValue("never_contacted_days", "30"),
        PresetValue("response_days", "3"),
        PresetValue("unanswered_work_hours", "4"),
    ),
}


def get_preset(name: str) -> tuple[PresetValue, ...]:
    """Return the preset of this name. Raises PolicyRefused."""
    if name not in PRESETS:
        raise PolicyRefused(
            "no_preset", f"There is no preset {name!r}; there are {', '.join(PRESETS)}.", value=name
        )
    return PRESETS[name]


def plan_preset(session: Session, name: str) -> list[ThresholdChange]:
    """Return the changes that applying the preset would make. Raises PolicyRefused."""
    changes = [plan_change(session, value.key, value.value, value.place) for value in get_preset(name)]
    return [change for change in changes if change.before != change.after]


def apply_preset(session: Session, name: str, *, by: User | None, now: int) -> Event | None:
    """Apply the preset as one event; None if nothing differs. Raises PolicyRefused."""
    return apply_changes(session, plan_preset(session, name), by=by, now=now, facts={"preset": name})
