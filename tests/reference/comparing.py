"""Lets the clock tick over what the dice threw, and holds every answer against the reference."""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.store.database import Database
from streaklike.store.models import Address, ContactStatus, Flag
from tests.reference.flags import find_flags
from tests.reference.history import Dismissed, Fact, History
from tests.reference.ignored import state_of
from tests.reference.over_contacted import Stands
from tests.reference.random_team import RandomTeam
from tests.reference.telling import Teller

COUNTED = ("budget", "asks")
OVER_CONTACTED = ("budget", "asks", "ask_after_gift", "collision")
REASONS = (*OVER_CONTACTED, "unanswered", "lapsed", "never_contacted", "promise_overdue", "stalled")


@dataclass
class Tally:
    """What was seen: flags raised and lowered by reason, answers compared, and those that differ."""

    ticks: int = 0
    evaluated: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    lowered: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    past_compared: int = 0
    apart: int = 0
    differences: list[str] = field(default_factory=list)

    def show(self) -> str:
        """A few lines to print."""
        reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(self.raised.items()))
        return (
            f"{self.ticks:,} ticks, {self.evaluated:,} evaluations, {self.raised.total():,} flags raised ({reasons}), "
            f"{self.lowered.total():,} lowered, {self.compared:,} answers compared as they stood, "
            f"{self.past_compared:,} of past instants, {self.apart:,} times debts from before, {len(self.differences)} differences"
        )


class Year:
    """One run: the dice's facts, told step by step; `stored` is what the tables say of each person."""

    def __init__(self, database: Database, rng: RandomTeam) -> None:
        self.database = database
        self.rng = rng
        self.facts = rng.throw()
        self.history = History()
        self.tally = Tally()
        self.random = random.Random(rng.seed + 1)
        self.stored: dict[str, list[Stands]] = {}
        self.person_of: dict[int, str] = {}
        self._told = 0
        self.now = rng.start
        with database.begin() as session:
            self.teller = Teller(session, rng.colleagues, rng.start)

    # Telling and ticking

    def next_fact_at(self, limit: int) -> int:
        """When the database comes to know of something again, `limit` at the latest."""
        return min(limit, self.facts[self._told].known_at) if self._told < len(self.facts) else limit

    def next_due_at(self, limit: int, watched: Collection[str] | None = None) -> int:
        """When time alone changes the answer for somebody, or for one of those watched; `limit` at the latest."""
        query = select(func.min(ContactStatus.due_at)).where(ContactStatus.due_at > self.now)
        if watched is not None:
            query = query.where(ContactStatus.contact_id.in_(self._ids_of(watched)))
        with self.database.read() as session:
            return min(limit, session.scalar(query) or limit)

    def _ids_of(self, people: Collection[str]) -> list[int]:
        return [contact_id for contact_id, person in self.person_of.items() if person in people]

    def tick(self, now: int, watched: Collection[str] | None = None) -> set[str]:
        """Tell what is known by now, evaluate who is due; the people evaluated, each held against the reference.

        What stood until now of those `watched` (None: of all) is held against the millisecond before as well: so no
        flag of theirs came or went late.
        """
        before, known_by, self.now = dict(self.stored), self.now, now
        with self.database.begin() as session:
            self.teller.office.session = session
            while self._told < len(self.facts) and self.facts[self._told].known_at <= now:
                fact = self.facts[self._told]
                self._told += 1
                self._tell(fact)
            self.teller.link(now)
            self.tally.evaluated += refresh(session, now=now)
            rows = session.execute(
                select(ContactStatus.contact_id, Address.key, ContactStatus.reply_state)
                .join(Address, Address.contact_id == ContactStatus.contact_id)
                .where(ContactStatus.evaluated_at == now)
            ).all()
            self.person_of.update((contact_id, key) for contact_id, key, _ in rows)
            people = {key for _, key, _ in rows}
            apart = ContactStatus.evaluated_at == now, ContactStatus.before_count > 0
            self.tally.apart += session.scalar(select(func.count()).where(*apart)) or 0
            if people:
                self._read_stored(session, [contact_id for contact_id, _, _ in rows])
        self.tally.ticks += 1
        old = before.keys() & (people if watched is None else people & set(watched))
        self.compare(old, now - 1, stored=before, known_by=known_by)
        self.compare(people, now)
        self._compare_states({key: state for _, key, state in rows}, now)
        return people

    def _tell(self, fact: Fact) -> None:
        if self.teller.tell(fact):
            self.history.add(fact)

    def dismiss_one(self, person: str, now: int) -> None:
        """Set one of the person's flags aside."""
        flag = self.random.choice(self.stored[person])
        kind = "over_contacted" if flag.reason in OVER_CONTACTED else "ignored"
        with self.database.begin() as session:
            self.teller.office.session = session
            self._tell(Dismissed(now, now, person, kind, flag.reason, flag.since))

    def _read_stored(self, session: Session, contact_ids: Sequence[int]) -> None:
        found: dict[int, list[Stands]] = {contact_id: [] for contact_id in contact_ids}
        for start in range(0, len(contact_ids), 500):
            chunk = contact_ids[start : start + 500]
            for flag in session.scalars(select(Flag).where(Flag.contact_id.in_(chunk))):
                found[flag.contact_id].append(
                    self._as_stands(flag.reason, flag.since_at, flag.lapses_at, flag.evidence, flag.count)
                )
        for contact_id, flags in found.items():
            person = self.person_of[contact_id]
            before = {(flag.reason, flag.since, flag.evidence[-1:]) for flag in self.stored.get(person, [])}
            after = {(flag.reason, flag.since, flag.evidence[-1:]) for flag in flags}
            names_before = {(reason, since) for reason, since, _ in before}
            names_after = {(reason, since) for reason, since, _ in after}
            self.tally.raised.update(reason for reason, _ in names_after - names_before)
            self.tally.lowered.update(reason for reason, _ in names_before - names_after)
            self.stored[person] = sorted(flags)

    def _as_stands(
        self, reason: str, since: int, lapses_at: int | None, evidence: Iterable[str], count: float
    ) -> Stands:
        names = tuple(self.teller.names.get(each, each) for each in evidence)
        return Stands(reason, since, lapses_at, names, count if reason in COUNTED else None)

    # Comparing

    def compare(
        self,
        people: Collection[str],
        now: int,
        *,
        stored: Mapping[str, list[Stands]] | None = None,
        known_by: int | None = None,
    ) -> None:
        """Hold what is stored of these people against the reference at this instant."""
        moment = self.history.at(now, known_by=known_by)
        stored = self.stored if stored is None else stored
        for person in people:
            self.tally.compared += 1
            self._hold(person, now, stored.get(person, []), sorted(find_flags(moment, person)), "")

    def _compare_states(self, states: Mapping[str, str], now: int) -> None:
        """Hold the reply states of those evaluated against the reference (R33)."""
        moment = self.history.at(now)
        for person, state in states.items():
            self.tally.compared += 1
            expected = state_of(moment, person)
            if state != expected:
                self.tally.differences.append(f"{now} {person} is {state}, expected {expected}")

    def compare_past(self, instant: int, people: Collection[str] | None = None) -> None:
        """Hold `flags --as-of` the instant against the reference with all that is known today."""
        found: dict[str, list[Stands]] = {}
        with self.database.read() as session:
            for flag in flags_as_of(session, at=instant):
                stands = self._as_stands(flag.reason, flag.since, flag.lapses_at, flag.evidence, flag.count)
                found.setdefault(flag.contact, []).append(stands)
        moment = self.history.at(instant, known_by=1 << 62)
        for person in self.rng.people if people is None else people:
            self.tally.past_compared += 1
            expected = sorted(find_flags(moment, person))
            self._hold(person, instant, sorted(found.get(person, [])), expected, "as of ")

    def _hold(self, person: str, now: int, found: list[Stands], expected: list[Stands], how: str) -> None:
        if found != expected:
            self.tally.differences.append(f"{how}{now} {person}\n  stored   {found}\n  expected {expected}")
