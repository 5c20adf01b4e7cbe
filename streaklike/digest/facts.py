"""What a digest is made of, as plain values: all that was read, before a word of it is said."""

from collections.abc import Mapping
from dataclasses import dataclass

from streaklike.cadence.audit import Audit
from streaklike.wording.freshness import Freshness
from streaklike.wording.reasons import Reason


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside, and why they are told of. `subject` is that of the conversation that waits, if one does."""

    contact_id: int
    name: str
    address: str
    reasons: tuple[Reason, ...]
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A task of the member's that is due: `about` names whom or what it is for, `path` the page that shows it."""

    text: str
    due_at: int
    is_overdue: bool
    about: str
    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """A box that stands in another stage than at the last digest, with stage names by language."""

    name: str
    came_from: Mapping[str, str]
    went_to: Mapping[str, str]
    at: int
    by: str | None
    path: str


@dataclass(frozen=True, slots=True)
class Daily:
    """A member's day: who waits for them, longest first, and the rest in the order in which it is told."""

    now: int
    waiting: tuple[Person, ...]
    promises: tuple[Promise, ...]
    too_much: tuple[Person, ...]
    moved: tuple[Move, ...]
    unassigned: tuple[Person, ...]
    audit: Audit
    freshness: Freshness

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say. Mail that no place accounts for is something (R39)."""
        told = self.waiting, self.promises, self.too_much, self.moved, self.unassigned
        return not any(told) and self.audit.unaccounted == 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast answers came: how many, and the medians of raw and working time in milliseconds (R40, R41)."""

    answers: int
    raw_ms: int
    working_ms: int


@dataclass(frozen=True, slots=True)
class Load:
    """What one colleague carries now, and the pace of their answers within the week (None: they gave none)."""

    name: str
    waiting: int
    overdue: int
    pace: Pace | None


@dataclass(frozen=True, slots=True)
class Weekly:
    """The week for leads: `won` became contacts within it, `lost` lapsed within it (R47)."""

    now: int
    from_at: int
    to_at: int
    loads: tuple[Load, ...]
    pace: Pace | None
    unassigned: int
    won: tuple[Person, ...]
    lost: tuple[Person, ...]
    audit: Audit
    freshness: Freshness

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say of the week."""
        is_idle = not any(load.waiting or load.overdue for load in self.loads)
        return (
            is_idle
            and self.pace is None
            and not (self.won or self.lost or self.unassigned)
            and self.audit.unaccounted == 0
        )
