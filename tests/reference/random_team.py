"""A made-up history: what a team and its people do in so many days, by seeded dice that love the edges of the rules.

Mails lie ten minutes, 72 hours, 7, 21 and 28 days apart to the millisecond, answers come after 16 working hours sharp
and a moment later, tasks are done at the last moment, calls are logged late, and mail arrives late or dated ahead.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from streaklike.instants import DAY, HOUR, MINUTE
from tests.reference.history import (
    Bounce,
    BoxClosed,
    BoxIn,
    BoxPerson,
    ByHand,
    DayOff,
    Fact,
    FirstRead,
    Gift,
    LeaveAlone,
    Logged,
    Mail,
    Mark,
    Task,
    TaskDone,
    TierSet,
)
from tests.reference.working_time import CLOSES, OPENS, day_of, first_over, midnight

SHARP = (
    10 * MINUTE,
    72 * HOUR,
    7 * DAY,
    28 * DAY,
    21 * DAY,
    14 * DAY,
    45 * DAY,
)
STAGES = {"stranger": 30, "supporter": 180, "new": 3, "in_progress": 14, "waiting": 14, "done": None}
PIPELINES = {"supporters": ("stranger", "supporter"), "cases": ("new", "in_progress", "waiting", "done")}
STAGE_TIERS = {"waiting": "A", "supporter": "C"}


@dataclass
class RandomTeam:
    """Throws everything that happens to `people` from `start` on for `days`; `rhythms` are days between conversations."""

    seed: int
    people: Sequence[str]
    colleagues: Sequence[str]
    start: int
    days: int
    rhythms: Sequence[int] = (4, 10, 30, 90)
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.end = self.start + self.days * DAY
        self.taken: set[int] = set()
        self.numbers = 0
        self.written: dict[str, int] = {}

    def throw(self) -> list[Fact]:
        """All facts, in the order in which the database comes to know of them."""
        position = 0
        while position < len(self.people):
            size = self.random.choices((1, 2, 3), (80, 15, 5))[0]
            household = list(self.people[position : position + size])
            position += size
            for person in household:
                self._live(person, household)
            self._boxes(household)
        self._newsletters()
        self._typhoons()
        self._first_reads()
        self.facts.sort(key=lambda fact: (fact.known_at, fact.at))
        return self.facts

    # Instants

    def _free(self, instant: int) -> int:
        """The instant, or the next millisecond at which nothing else happens."""
        while instant in self.taken:
            instant += 1
        self.taken.add(instant)
        return instant

    def _number(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.numbers}"

    def _sometime(self) -> int:
        """Any instant; often a moment at which working hours begin or end."""
        instant = self.start + self.random.randrange(self.days * DAY)
        if self.random.random() < 0.25:
            hour = self.random.choice((OPENS, CLOSES, OPENS + 1, CLOSES - 1, OPENS - 1, 0))
            return midnight(instant) + hour
        return instant

    def _gap(self, rhythm: int) -> int:
        """How long until the next: by chance, or a limit to the millisecond and just before or after it."""
        if self.random.random() < 0.25:
            return self.random.choice(SHARP) + self.random.choice((-1, 0, 0, 1))
        if self.random.random() < 0.2:
            return self.random.randrange(1, 15 * MINUTE)
        return int(self.random.expovariate(1 / (rhythm * DAY / 4))) + 1

    def _delay(self) -> int:
        """How much later the mail arrives than it is dated."""
        throw = self.random.random()
        if throw < 0.03:
            return self.random.randrange(HOUR, 3 * DAY)
        return -2 * HOUR if throw < 0.04 else 0

    # One person

    def _live(self, person: str, household: list[str]) -> None:
        kind = self.random.choices(("by hand", "stranger", "known"), (10, 10, 80))[0]
        if kind == "by hand":
            self._add_by_hand(person)
        if kind == "stranger" or (kind == "by hand" and self.random.random() < 0.5):
            self._mail(person, household, self._sometime(), is_ours=False, conversation=self._number("c"))
        if kind != "known":
            return
        rhythm = self.random.choice(self.rhythms)
        instant = self.start + self.random.randrange(min(2 * rhythm, self.days) * DAY)
        while instant < self.end:
            instant = self._talk(person, household, instant, rhythm) + self._gap(3 * rhythm)
        self._actions(person)

    def _add_by_hand(self, person: str) -> None:
        at = self._free(self._sometime())
        self.facts.append(ByHand(at, at, person))
        if self.random.random() < 0.3:
            self._log(person)

    def _talk(self, person: str, household: list[str], instant: int, rhythm: int) -> int:
        """A conversation of one to six mails; the instant of its last."""
        conversation = self._number("c")
        is_ours = self.random.random() < 0.5
        for _ in range(self.random.choices((1, 2, 3, 6), (40, 25, 20, 15))[0]):
            if instant >= self.end:
                break
            at = self._mail(person, household, instant, is_ours=is_ours, conversation=conversation)
            if self.random.random() < 0.05:
                self._mark(conversation, at)
            if not is_ours and self.random.random() < 0.25:
                instant = first_over(at, 16 * HOUR) + self.random.choice((-1, 0, 1))
            else:
                instant = at + self._gap(rhythm)
            is_ours = not is_ours if self.random.random() < 0.75 else is_ours
        return instant

    def _mail(
        self,
        person: str,
        household: list[str],
        instant: int,
        *,
        is_ours: bool,
        conversation: str,
        colleague: str = "",
    ) -> int:
        at = self._free(instant)
        others = tuple(other for other in household if other != person and self.random.random() < 0.3)
        role = self.random.choices(("to", "cc", "bcc"), (88, 8, 4))[0]
        kind, throw = "human", self.random.random()
        colleague = colleague or self.random.choice(self.colleagues)
        number = self._number("m")
        known_at = max(at + self._delay(), self.start)
        if is_ours:
            if throw < 0.08 and person in self.written:
                kind = "bulk" if throw < 0.04 else "invitation"
            touch_class = self.random.choice(("ask", "thank", "inform", "inform", "serve", "serve"))
            others_to = others if self.random.random() < 0.5 else ()
            to = (person, *others_to) if role == "to" else others_to
            cc = tuple(o for o in others if o not in others_to) + ((person,) if role == "cc" else ())
            bcc = (person,) if role == "bcc" else ()
            mail = Mail(
                number,
                at,
                known_at,
                conversation,
                colleague,
                is_ours,
                to,
                cc,
                bcc,
                kind,
                touch_class=touch_class if kind == "human" else None,
            )
            if kind == "human":
                self.written.setdefault(person, max(at, known_at))
            self._maybe_bounce(mail, person)
        else:
            kind = "automatic" if throw < 0.05 else "bulk" if throw < 0.07 else "human"
            is_addressed = role == "to" or not others
            mail = Mail(
                number,
                at,
                known_at,
                conversation,
                person,
                is_ours,
                to=others if self.random.random() < 0.3 or not is_addressed else (),
                cc=(),
                kind=kind,
                is_thanks=kind == "human" and self.random.random() < 0.12,
                colleagues_in_to=is_addressed,
            )
        self.facts.append(mail)
        if is_ours and self.random.random() < 0.15:
            self._write_again(mail, person, household)
        return at

    def _write_again(self, mail: Mail, person: str, household: list[str]) -> None:
        """The same colleague writes once more at once, in the same matter or another."""
        gap = self.random.choice((1, MINUTE, 6 * MINUTE, 10 * MINUTE, 10 * MINUTE + 1))
        matter = mail.conversation if self.random.random() < 0.5 else self._number("c")
        instant = mail.at + gap
        self._mail(person, household, instant, is_ours=True, conversation=matter, colleague=mail.sender)

    def _maybe_bounce(self, mail: Mail, person: str) -> None:
        if self.random.random() < 0.03 and mail.kind == "human":
            at = self._free(mail.at + self.random.choice((MINUTE, HOUR, 2 * DAY)))
            self.facts.append(Bounce(self._number("b"), at, max(at, mail.known_at + 1), mail.id, person))

    def _mark(self, conversation: str, after: int) -> None:
        at = self._free(after + self.random.choice((HOUR, DAY, 5 * DAY)))
        self.facts.append(Mark(at, at, conversation, is_open=False))
        if self.random.random() < 0.3:
            later = self._free(at + self.random.randrange(1, 3 * DAY))
            self.facts.append(Mark(later, later, conversation, is_open=True))

    def _actions(self, person: str) -> None:
        """Calls, gifts, tasks, tiers and wishes to be left alone."""
        share = self.days / 90
        for action, odds in (
            (self._log, 0.7),
            (self._gift, 0.5),
            (self._task, 0.6),
            (self._tier, 0.7),
            (self._leave_alone, 0.12),
        ):
            likelihood = odds * min(1.0, share)
            while self.random.random() < likelihood:
                action(person)
                likelihood /= 2

    def _log(self, person: str) -> None:
        at = self._free(self._sometime())
        known_at = at + self.random.choice((0, 0, HOUR, 2 * DAY))
        kind = self.random.choice(("call", "call", "meeting", "message", "note"))
        is_ours = self.random.random() < 0.7
        clears = kind != "note" if self.random.random() < 0.9 else kind == "note"
        colleague = self.random.choice(self.colleagues)
        odds = {"message": 0.9, "call": 0.4}.get(kind, 0) if not is_ours else 0
        wants = self.random.random() < odds
        number = self._number("e")
        self.facts.append(Logged(number, at, known_at, kind, person, colleague, is_ours, clears, wants))
        if wants and self.random.random() < 0.3:
            self._log(person)

    def _gift(self, person: str) -> None:
        """A gift, often just before somebody asks, or 28 days before it."""
        asks = [
            fact.at
            for fact in self.facts[-60:]
            if isinstance(fact, Mail) and fact.touch_class == "ask" and person in fact.to
        ]
        instant = self._sometime()
        if asks and self.random.random() < 0.7:
            instant = max(self.start, self.random.choice(asks) - self.random.choice((1, DAY, 28 * DAY - 1)))
        at = self._free(instant)
        self.facts.append(Gift(self._number("g"), at, at + self.random.choice((0, DAY)), person))

    def _task(self, person: str, box: str | None = None, *, since: int = 0) -> None:
        at = self._free(max(self._sometime(), since))
        due_at = midnight(at) + self.random.choice((1, 1, 3, 10, 30)) * DAY - 1
        task = Task(self._number("t"), at, at, due_at, None if box else person, box)
        self.facts.append(task)
        if self.random.random() < 0.7:
            throw = self.random.random()
            done_at = due_at if throw < 0.1 else self._free(at + 1 + self.random.randrange(20 * DAY))
            self.facts.append(TaskDone(task.id, max(done_at, at + 1), max(done_at, at + 1)))

    def _tier(self, person: str) -> None:
        at = self._free(self._sometime())
        self.facts.append(TierSet(at, at, person, self.random.choice(("A", "A", "B", "C", "none"))))

    def _leave_alone(self, person: str) -> None:
        at = self._free(self._sometime())
        until = self.random.choice((at + 10 * DAY, midnight(at) + 21 * DAY, at + 9999 * DAY))
        self.facts.append(LeaveAlone(at, at, person, until))
        if self.random.random() < 0.4:
            later = self._free(at + self.random.randrange(1, 30 * DAY))
            self.facts.append(LeaveAlone(later, later, person, None))

    # Boxes and newsletters

    def _boxes(self, household: list[str]) -> None:
        known = [person for person in household if person in self.written]
        if not known or self.random.random() > 0.3:
            return
        box, pipeline = self._number("box"), self.random.choice(list(PIPELINES))
        stages = PIPELINES[pipeline]
        begin = max(self._sometime(), max(self.written[person] for person in known) + 1)
        at = self._free(begin)
        self._into(box, stages[0], at)
        for person in known:
            self.facts.append(BoxPerson(at, at, box, person, is_in=True))
        place = 0
        while self.random.random() < 0.6:
            stay = self.random.choice((HOUR, 3 * DAY, 3 * DAY + 1, 10 * DAY, 14 * DAY, 40 * DAY))
            at = self._free(at + stay)
            place = self.random.choice([i for i in range(len(stages)) if i != place])
            self._into(box, stages[place], at)
        if self.random.random() < 0.3:
            self._task(known[0], box, since=begin + 1)
        self._leave_box(box, known, at)

    def _into(self, box: str, stage: str, at: int) -> None:
        self.facts.append(BoxIn(at, at, box, stage, STAGES[stage], STAGE_TIERS.get(stage)))

    def _leave_box(self, box: str, known: list[str], at: int) -> None:
        if self.random.random() < 0.3:
            at = self._free(at + self.random.randrange(1, 20 * DAY))
            self.facts.append(BoxPerson(at, at, box, known[0], is_in=False))
        if self.random.random() < 0.4:
            at = self._free(at + self.random.randrange(1, 20 * DAY))
            self.facts.append(BoxClosed(at, at, box, is_closed=True))
            if self.random.random() < 0.5:
                at = self._free(at + self.random.randrange(1, 10 * DAY))
                self.facts.append(BoxClosed(at, at, box, is_closed=False))

    def _typhoons(self) -> None:
        """Once in two months a day off, known in its morning."""
        for day in range(20, self.days, 60):
            morning = self._free(self.start + day * DAY + 6 * HOUR)
            self.facts.append(DayOff(morning, morning, day_of(morning)))

    def _first_reads(self) -> None:
        """Most mailboxes are read by the API only late, often 60 days after a mail of theirs to the millisecond."""
        theirs = [fact for fact in self.facts if isinstance(fact, Mail) and not fact.is_ours]
        for number in range(len(self.colleagues)):
            held = [mail.at for mail in theirs if int(mail.id[1:]) % len(self.colleagues) == number]
            old = [at for at in held if at + 60 * DAY < self.end - DAY]
            if not old or self.random.random() < 0.2:
                continue
            at = self._free(self.random.choice(old) + 60 * DAY + self.random.choice((-1, 0, 1, 9 * DAY)))
            self.facts.append(
                FirstRead(min(at, self.end - 1), min(at, self.end - 1), number, len(self.colleagues))
            )

    def _newsletters(self) -> None:
        """Once in two weeks a newsletter to a dozen of those whom somebody wrote to before."""
        for instant in range(self.start + 7 * DAY, self.end, 14 * DAY):
            at = self._free(instant)
            readers = sorted(person for person, since in self.written.items() if since < at)
            if len(readers) > 12:
                to = tuple(self.random.sample(readers, 12))
                self.facts.append(
                    Mail(
                        self._number("m"),
                        at,
                        at,
                        self._number("c"),
                        self.random.choice(self.colleagues),
                        is_ours=True,
                        to=to,
                        kind="bulk",
                    )
                )
