"""What a digest is made of, as plain values: all that was read, before a word of it is said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from streaklike.cadence.queries.audit import Audit
from streaklike.cadence.queries.dead_addresses import DeadAddress
from streaklike.cadence.queries.due import Due
from streaklike.cadence.queries.thanks_due import ThankDue
from streaklike.insights.load import AnswerPace, ColleagueLoad
from streaklike.people.refusals import Proposal
from streaklike.wording.freshness import Freshness
from streaklike.wording.reasons import Reason


@dataclass(frozen=True, slots=True)
class DigestPerson:
    """Somebody outside, and why they are told of. `subject` is that of the conversation that waits, if one does.

    `is_back` tells that the reader's snooze of them has just ended by its own instant. `dead` is an address of theirs that
    returns mail (R60). What waits is named by `conversation_id` (0 for none) and `waiting_since_at`.
    """

    contact_id: int
    name: str
    address: str
    reasons: tuple[Reason, ...]
    subject: str = ""
    is_back: bool = False
    dead: DeadAddress | None = None
    conversation_id: int = 0
    waiting_since_at: int | None = None


@dataclass(frozen=True, slots=True)
class StageMove:
    """A box that stands in another stage than at the last digest, with stage names by language."""

    name: str
    came_from: Mapping[str, str]
    went_to: Mapping[str, str]
    at: int
    by: str | None
    path: str


class Thanks(NamedTuple):
    """A gift that nobody thanked for yet: the member's to do, or `is_nobodys`."""

    due: ThankDue
    is_nobodys: bool


@dataclass(frozen=True, slots=True)
class Daily:
    """A member's day: who waits for them, longest first, and the rest in the order in which it is told.

    `promises` are their tasks, `reminders` what else comes back by a date of theirs, `back` whose snooze ended and who
    stand in no other list. `dealt` are those whom nobody has taken on and who fell to the reader today, of
    `unassigned_total` in all; `unassigned` are those who fell to nobody, or all of them for a reader to whom nobody is
    dealt. `forgotten`, `gone_quiet` (R57) and `dead` (R60) are people for whom the reader is responsible. No person stands
    in two of these lists. Of a past instant what only today's rows tell is left out: `audit` and `freshness` are None.
    """

    now: int
    waiting: tuple[DigestPerson, ...]
    promises: tuple[Due, ...]
    reminders: tuple[Due, ...]
    back: tuple[DigestPerson, ...]
    thanks: tuple[Thanks, ...]
    refusals: tuple[Proposal, ...]
    dealt: tuple[DigestPerson, ...]
    too_much: tuple[DigestPerson, ...]
    forgotten: tuple[DigestPerson, ...]
    gone_quiet: tuple[DigestPerson, ...]
    dead: tuple[DigestPerson, ...]
    moved: tuple[StageMove, ...]
    unassigned: tuple[DigestPerson, ...]
    unassigned_total: int
    audit: Audit | None
    freshness: Freshness | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say. Mail that no place accounts for is something (R39)."""
        mine = self.waiting, self.promises, self.reminders, self.back, self.thanks
        kept = self.forgotten, self.gone_quiet, self.dead
        told = *mine, self.refusals, self.dealt, self.too_much, *kept, self.moved, self.unassigned
        return not any(told) and not (self.audit and self.audit.unaccounted)


@dataclass(frozen=True, slots=True)
class Weekly:
    """The week for leads: `won` became contacts within it, `lost` lapsed within it (R47).

    `loads` are those of `now`; as only present statuses know them, a past week has none. `pace` is the week's own.
    """

    now: int
    from_at: int
    to_at: int
    loads: tuple[ColleagueLoad, ...]
    pace: AnswerPace | None
    unassigned: int
    won: tuple[DigestPerson, ...]
    lost: tuple[DigestPerson, ...]
    audit: Audit | None
    freshness: Freshness | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say of the week."""
        is_idle = not any(load.answers or load.touches for load in self.loads)
        told = self.pace, self.won, self.lost, self.unassigned
        return is_idle and not any(told) and not (self.audit and self.audit.unaccounted)
