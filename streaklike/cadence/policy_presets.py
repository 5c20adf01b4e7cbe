"""Sets of thresholds to begin from, for what an NGO mostly does. Why each number is so stands in the texts `preset`."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from streaklike.boxes.thresholds import TEAM, TIER, Change
from streaklike.cadence.policy_changes import Place, apply_changes, plan_change
from streaklike.cadence.policy_keys import PolicyRefused
from streaklike.store.models import Event, User


class Wish(NamedTuple):
    """One value of a preset, as it would be typed; for one tier, or for the team."""

    key: str
    value: str
    tier: str | None = None

    @property
    def place(self) -> Place:
        return Place(TEAM) if self.tier is None else Place(TIER, self.tier)

    @property
    def text(self) -> str:
        """The name of its reason among the texts."""
        name = self.key.replace(".", "_")
        return name if self.tier is None else f"{name}_{self.tier}"


PRESETS: Final[Mapping[str, tuple[Wish, ...]]] = {
    "small_donors": (
        Wish("default_tier", "C"),
        Wish("maximum_days", "150", "C"),
        Wish("budget_limit", "3"),
        Wish("asks_limit", "2"),
        Wish("asks_days", "60"),
        Wish("asks_long_limit", "6"),
        Wish("ask_after_gift_days", "45"),
        Wish("unanswered_work_hours", "16"),
    ),
    "major_donors": (
        Wish("default_tier", "B"),
        Wish("rhythm", "on"),
        Wish("budget_limit", "4"),
        Wish("asks_limit", "2"),
        Wish("asks_days", "90"),
        Wish("asks_long_limit", "4"),
        Wish("ask_after_gift_days", "90"),
        Wish("collision_hours", "168"),
        Wish("unanswered_work_hours", "8"),
    ),
    "volunteers": (
        Wish("default_tier", "B"),
        Wish("budget_limit", "6"),
        Wish("weights.bulk", "0.25"),
        Wish("asks_limit", "4"),
        Wish("asks_long_limit", "24"),
        Wish("collision_hours", "24"),
        Wish("never_contacted_days", "5"),
        Wish("unanswered_work_hours", "16"),
    ),
    "advocacy": (
        Wish("default_tier", "none"),
        Wish("budget_limit", "5"),
        Wish("budget_days", "14"),
        Wish("asks_limit", "4"),
        Wish("collision_hours", "24"),
        Wish("never_contacted_days", "30"),
        Wish("response_days", "3"),
        Wish("unanswered_work_hours", "4"),
    ),
}


def get_preset(name: str) -> tuple[Wish, ...]:
    """The preset of this name. Raises PolicyRefused."""
    if name not in PRESETS:
        raise PolicyRefused(
            "no_preset", f"There is no preset {name!r}; there are {', '.join(PRESETS)}.", value=name
        )
    return PRESETS[name]


def plan_preset(session: Session, name: str) -> list[Change]:
    """What the preset would change, and no more. Raises PolicyRefused."""
    changes = [plan_change(session, wish.key, wish.value, wish.place) for wish in get_preset(name)]
    return [change for change in changes if change.before != change.after]


def apply_preset(session: Session, name: str, *, by: User | None, now: int) -> Event | None:
    """Set all values of the preset as one deed; None where all were so already. Raises PolicyRefused."""
    return apply_changes(session, plan_preset(session, name), by=by, now=now, facts={"preset": name})
