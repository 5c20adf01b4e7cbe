"""Who is a contact, and since when (R9): contact status spreads along shared human mail.

Pure.

A person is a contact from the earliest of: our first mail to them, the day they were added manually, or a
mail shared with a contact once both hold. This is a shortest path from the people we wrote to: a mail at `at`
leads from a contact since `s` to its other people at max(at, s).
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SharedMail:
    """A human mail with several outside people."""

    at: int
    people: frozenset[int]


@dataclass(slots=True)
class ContactGraph:
    """The people and shared mails seen so far. `since` maps contacts to instants; others are not contacts."""

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
        """Set the person's instant if `since` is earlier than the known one. Returns whether it was."""
        if since >= self.since.get(person, since + 1):
            return False
        self.since[person] = since
        return True

    def spread(self) -> set[int]:
        """Follow every mail until nobody becomes a contact earlier (Dijkstra). Returns those whose instant changed."""
        lowered: set[int] = set()
        heap = [(self.since[person], person) for person in self._by_person if person in self.since]
        heapq.heapify(heap)
        while heap:
            since, person = heapq.heappop(heap)
            # A stale heap entry: this person was lowered after it was pushed.
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
    rechecked: Iterable[int], mails: Iterable[SharedMail], stored: Mapping[int, set[int]]
) -> set[int]:
    """Return the people whose instant may derive from a doubted person's.

    That is: it equals the instant at which a shared mail would have made them a contact.

    `stored` are each person's stored instants; more than one for somebody just merged or unmerged.
    """
    found = set(rechecked)
    for mail in mails:
        starts = {max(mail.at, since) for person in mail.people & found for since in stored.get(person, ())}
        found |= {person for person in mail.people if stored.get(person, set()) & starts}
    return found
