"""Who is a contact, and since when (R9): contacts spread along the human mail they share. Pure.

A person is a contact from the earliest instant at which it held: the first mail that we wrote to them, the day they were
added by hand, or a mail that a contact was on with them, once both were so. That is a shortest path from the people we
wrote to, where a mail of instant `at` leads from one who is a contact since `s` to the others at max(at, s).
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SharedMail:
    """A human mail that several people outside are on."""

    at: int
    people: frozenset[int]


@dataclass(slots=True)
class ContactGraph:
    """The people and shared mails looked at so far. `since` says from when each is a contact; who is not in it is none."""

    since: dict[int, int] = field(default_factory=dict)
    mails: dict[int, SharedMail] = field(default_factory=dict)
    _by_person: dict[int, list[SharedMail]] = field(default_factory=dict)

    def add_mails(self, mails: Mapping[int, SharedMail]) -> None:
        for key, mail in mails.items():
            if key in self.mails or len(mail.people) < 2:
                continue
            self.mails[key] = mail
            for person in mail.people:
                self._by_person.setdefault(person, []).append(mail)

    def lower(self, person: int, since: int) -> bool:
        """Whether this is an earlier instant for the person than was known; it is then theirs."""
        if since >= self.since.get(person, since + 1):
            return False
        self.since[person] = since
        return True

    def spread(self) -> set[int]:
        """Follow every mail until nobody becomes a contact earlier; those who did."""
        lowered: set[int] = set()
        heap = [(self.since[person], person) for person in self._by_person if person in self.since]
        heapq.heapify(heap)
        while heap:
            since, person = heapq.heappop(heap)
            if since > self.since[person]:
                continue
            for mail in self._by_person[person]:
                reached = max(mail.at, since)
                for other in mail.people:
                    if self.lower(other, reached):
                        lowered.add(other)
                        heapq.heappush(heap, (reached, other))
        return lowered


def find_dependants(
    doubted: Iterable[int], mails: Iterable[SharedMail], stored: Mapping[int, set[int]]
) -> set[int]:
    """The people whose instant may rest on a doubted person's: reached by a mail exactly when they became contacts.

    `stored` has the instants that each was kept with; more than one for a person just merged or taken apart.
    """
    found = set(doubted)
    for mail in mails:
        starts = {max(mail.at, since) for person in mail.people & found for since in stored.get(person, ())}
        found |= {person for person in mail.people if stored.get(person, set()) & starts}
    return found
