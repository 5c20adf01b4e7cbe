"""The facts that the reference reads: plain records in plain lists, each with the instant when it happened.

`known_at` is when the team's database came to know of it: a call may be logged a day late, a mail may arrive late.
People are named by their addresses, colleagues too. Nothing here or beside it comes from streaklike.cadence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, TypeVar


class Mail(NamedTuple):
    """One mail. `kind` as in class of a timeline; `is_ours` that one of us sent it, `touch_class` is R52's."""

    id: str
    at: int
    known_at: int
    conversation: str
    sender: str
    is_ours: bool
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    kind: str = "human"
    touch_class: str | None = None
    is_thanks: bool = False
    colleagues_in_to: bool = False

    @property
    def is_addressed(self) -> bool:
        """R34: one of us stands in To, or no To is shown."""
        return self.colleagues_in_to or not (self.to or self.colleagues_in_to)


class Bounce(NamedTuple):
    """A mail of ours came back from one person for good (R30)."""

    id: str
    at: int
    known_at: int
    of: str
    person: str


class Logged(NamedTuple):
    """A call, meeting, message or note, written down by hand; `wants` a reply only where they came to us (R56)."""

    id: str
    at: int
    known_at: int
    kind: str
    person: str
    by: str
    is_ours: bool
    clears: bool
    wants: bool = False

    @property
    def ends_waiting(self) -> bool:
        """Whether it answers what waited before it: a message of theirs never does (R56)."""
        return self.clears and (self.is_ours or self.kind != "message")


class Gift(NamedTuple):
    id: str
    at: int
    known_at: int
    person: str


class Task(NamedTuple):
    """A promise to a person or on a box, due at an instant; done at one, or open (None)."""

    id: str
    at: int
    known_at: int
    due_at: int
    person: str | None
    box: str | None


class TaskDone(NamedTuple):
    id: str
    at: int
    known_at: int


class TierSet(NamedTuple):
    at: int
    known_at: int
    person: str
    tier: str


class LeaveAlone(NamedTuple):
    """Do not contact until an instant; None takes it off."""

    at: int
    known_at: int
    person: str
    until: int | None


class Mark(NamedTuple):
    """No reply needed in a conversation, or after all (`is_open`)."""

    at: int
    known_at: int
    conversation: str
    is_open: bool


class BoxIn(NamedTuple):
    """A box came into a stage, which allows so many days and may have a tier of its own."""

    at: int
    known_at: int
    box: str
    stage: str
    allowed_days: int | None
    tier: str | None


class BoxPerson(NamedTuple):
    """A person was put into a box or taken out of it."""

    at: int
    known_at: int
    box: str
    person: str
    is_in: bool


class BoxClosed(NamedTuple):
    """A box was closed, or opened again."""

    at: int
    known_at: int
    box: str
    is_closed: bool


class ByHand(NamedTuple):
    """Somebody was made a contact by hand."""

    at: int
    known_at: int
    person: str


class Dismissed(NamedTuple):
    """A flag was set aside (R50)."""

    at: int
    known_at: int
    person: str
    flag: str
    reason: str
    since: int


class DayOff(NamedTuple):
    """A typhoon day, added by hand (R42)."""

    at: int
    known_at: int
    day: date


class FirstRead(NamedTuple):
    """One of our mailboxes was first read by the API (R59); it is the one of `number` among `count`."""

    at: int
    known_at: int
    number: int
    count: int

    def holds(self, mail: Mail) -> bool:
        """Whether the mail lies in this mailbox."""
        return int(mail.id[1:]) % self.count == self.number


Fact = (
    Mail
    | Bounce
    | Logged
    | Gift
    | Task
    | TaskDone
    | TierSet
    | LeaveAlone
    | Mark
    | BoxIn
    | BoxPerson
    | BoxClosed
    | ByHand
    | Dismissed
    | DayOff
    | FirstRead
)

F = TypeVar("F", bound=Fact)


@dataclass
class History:
    """All facts, and for each person those that may concern them."""

    of_person: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    of_box: dict[str, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[str, list[Mark]] = field(default_factory=lambda: defaultdict(list))
    done: dict[str, TaskDone] = field(default_factory=dict)
    days_off: list[DayOff] = field(default_factory=list)
    first_reads: list[FirstRead] = field(default_factory=list)

    def add(self, fact: Fact) -> None:
        """Put a fact where it is looked for."""
        match fact:
            case Mail():
                outside = [] if fact.is_ours else [fact.sender]
                for person in dict.fromkeys([*outside, *fact.to, *fact.cc, *fact.bcc]):
                    self.of_person[person].append(fact)
            case Mark():
                self.marks[fact.conversation].append(fact)
            case DayOff():
                self.days_off.append(fact)
            case FirstRead():
                self.first_reads.append(fact)
            case TaskDone():
                self.done[fact.id] = fact
            case Task(person=None, box=str(box)) | BoxIn(box=box) | BoxClosed(box=box):
                self.of_box[box].append(fact)
            case BoxPerson():
                self.of_box[fact.box].append(fact)
                self.of_person[fact.person].append(fact)
            case _:
                self.of_person[str(fact.person)].append(fact)

    def at(self, now: int, *, known_by: int | None = None) -> "Moment":
        """What had happened by `now`, and was known by then (or by another instant: of today, for a past one)."""
        return Moment(self, now, now if known_by is None else known_by)


@dataclass
class Moment:
    """A history as it lay at an instant: what happened up to it, in order. What was looked up once is kept."""

    history: History
    now: int
    known_by: int
    kept: dict[tuple[str, object], Any] = field(default_factory=dict)

    def _by_now(self, facts: Iterable[Fact], kind: type[F]) -> list[F]:
        past = [
            fact
            for fact in facts
            if isinstance(fact, kind) and fact.at <= self.now and fact.known_at <= self.known_by
        ]
        return sorted(past, key=lambda fact: fact.at)

    def of(self, person: str, kind: type[F]) -> list[F]:
        """A person's facts of one kind, oldest first."""
        key = (person, kind)
        if key not in self.kept:
            self.kept[key] = self._by_now(self.history.of_person[person], kind)
        found: list[F] = self.kept[key]
        return found

    def of_box(self, box: str, kind: type[F]) -> list[F]:
        return self._by_now(self.history.of_box[box], kind)

    def marks(self, conversation: str) -> list[Mark]:
        return self._by_now(self.history.marks[conversation], Mark)

    def is_done(self, task: Task) -> bool:
        done = self.history.done.get(task.id)
        return done is not None and done.at <= self.now and done.known_at <= self.known_by

    def first_read_of(self, mail: Mail) -> int | None:
        """When the mailbox that holds the mail was first read, if it was by now."""
        found = [each.at for each in self._by_now(self.history.first_reads, FirstRead) if each.holds(mail)]
        return found[0] if found else None

    def days_off(self) -> set[date]:
        """Typhoon days: today's, for a past instant too."""
        return {each.day for each in self.history.days_off if each.known_at <= self.known_by}

    def boxes_of(self, person: str) -> Iterator[str]:
        """The open boxes in which the person is."""
        last = {change.box: change.is_in for change in self.of(person, BoxPerson)}
        for box, is_in in last.items():
            closings = self.of_box(box, BoxClosed)
            if is_in and not (closings and closings[-1].is_closed):
                yield box
