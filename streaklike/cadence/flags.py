"""Flags (R46, R47) with their evidence (R50), for one person at one instant."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from streaklike.cadence.history import ContactHistory
from streaklike.cadence.horizon import Horizon
from streaklike.cadence.policy import Policy
from streaklike.cadence.touches import Contacts
from streaklike.cadence.work_calendar import WorkCalendar

OVER_CONTACTED: Final = "over_contacted"
IGNORED: Final = "ignored"


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """One flag.

    `since_at` is the first instant at which it stood; `lapses_at` when it ends by itself, None where a deed alone ends
    it. `count` is what it was at `since_at` for what grows with time (waiting, days), else what is counted.
    `suggested_answer` is a mail of ours in another conversation that may be the answer they wait for (R36).
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


class Question(NamedTuple):
    """All that a rule looks at."""

    history: ContactHistory
    contacts: Contacts
    policy: Policy
    calendar: WorkCalendar
    horizon: Horizon

    @property
    def now(self) -> int:
        return self.horizon.now

    @property
    def is_contact(self) -> bool:
        """R9: a contact by now, not a mere candidate."""
        return self.history.kind == "contact" and self.horizon.has_come(self.history.since_at)

    @property
    def is_left_alone(self) -> bool:
        """R49: no flag asks us to write to them."""
        until = self.history.do_not_contact_until
        return until is not None and not self.horizon.has_come(until)

    @property
    def person_owner_id(self) -> int | None:
        """Who answers for the person as a whole: the owner of one of their boxes, else their own."""
        boxes = self.history.boxes
        of_box = next((box.owner_id for box in boxes if box.owner_id is not None), None)
        return of_box if of_box is not None else self.history.owner_id
