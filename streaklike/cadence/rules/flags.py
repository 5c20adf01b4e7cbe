"""Flags (R46, R47) with their evidence (R50), for one person at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from streaklike.boxes.responsible import choose_responsible
from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import ContactHistory, Waiting
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.touches import Contacts

OVER_CONTACTED: Final = "over_contacted"
IGNORED: Final = "ignored"


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """One flag.

    `since_at` is when it was first raised; `lapses_at` when it ends by itself, None if only an action ends
    it. `count` is the value at `since_at` if it grows with time (waiting, days), else the number counted.
    `suggested_answer` is mail of ours, in another conversation or only to a team group, that may be the
    answer they wait for (R35, R36).
    """

    flag: str
    reason: str
    since_at: int
    lapses_at: int | None
    count: float
    limit: float
    unit: str
    evidence: tuple[str, ...]
    conversation_id: int | None = None
    box_id: int | None = None
    owner_id: int | None = None
    suggested_answer: str | None = None


class EvaluationContext(NamedTuple):
    """The inputs of a rule."""

    history: ContactHistory
    contacts: Contacts
    policy: Policy
    calendar: WorkCalendar
    next_change: NextChange

    @property
    def now(self) -> int:
        return self.next_change.now

    @property
    def is_contact(self) -> bool:
        """R9: a contact at this instant, not a candidate."""
        return self.history.kind == "contact" and self.next_change.has_come(self.history.since_at)

    @property
    def is_left_alone(self) -> bool:
        """R49: no flag asks us to write to them."""
        until = self.history.do_not_contact_until
        return until is not None and not self.next_change.has_come(until)

    @property
    def person_owner_id(self) -> int | None:
        """R58 for the person as a whole: who is responsible for what waits longest, else for the person."""
        return find_responsible(self.history)


def find_responsible(history: ContactHistory) -> int | None:
    """Return who is responsible for what waits longest with a person (R58), as their status has it."""
    _, conversation_id, _ = find_waiting(history)
    waiting = next((each for each in history.waiting if each.conversation_id == conversation_id), None)
    return responsible_for(history, waiting)


def responsible_for(history: ContactHistory, waiting: Waiting | None) -> int | None:
    """Return who is responsible for one waiting conversation, or for the person (R58)."""
    return choose_responsible(
        waiting.taker_id if waiting is not None else None,
        [waiting.box] if waiting is not None and waiting.box is not None else [],
        [box.held_by for box in history.boxes],
        history.owner_id,
    )


def find_waiting(history: ContactHistory) -> tuple[int | None, int | None, bool]:
    """Return (since, conversation id, is thanks only) of the oldest waiting mail. Thanks count only if alone (R37)."""
    return find_oldest(history.waiting)


def find_oldest(waiting: Sequence[Waiting]) -> tuple[int | None, int | None, bool]:
    """Return the same as `find_waiting`, for the given conversations."""
    if not waiting:
        return None, None, False
    asking, thanking = [], []
    for each in waiting:
        if each.run.asked_at is not None:
            asking.append((each.run.asked_at, each.conversation_id))
        else:
            thanking.append((each.run.since_at, each.conversation_id))
    since_at, conversation_id = min(asking or thanking, key=lambda each: (each[0], each[1] or 0))
    return since_at, conversation_id, not asking
