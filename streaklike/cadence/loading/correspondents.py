"""The people of a batch of conversations.

Looks up who an address belongs to, failed deliveries, and events that clear waiting mail.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from streaklike.boxes.notes import is_clearing
from streaklike.cadence.loading.fetching import fetch_raw
from streaklike.cadence.loading.people_facts import CLEARING, find_members, list_events
from streaklike.cadence.loading.undelivered import find_undelivered
from streaklike.cadence.model.history import ANSWERED, NOBODY, Key, Mark
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Contact, Event

_KEY = case(
    (Contact.id.is_not(None), func.coalesce(Contact.root_id, Contact.id)),
    (Address.kind.in_(("machine", "list")), literal(NOBODY)),
    else_=-Address.id,
)


class Correspondents:
    """Facts at `now` about the people met so far, each looked up once for all conversations.

    `keys` maps address ids to Keys; `lists` are addresses of outside lists; `undelivered` are (Message-ID,
    address id) of failed deliveries (R30); `clearing` are calls and the like that clear waiting mail (R36).
    `bounce_ms` is the policy's.
    """

    def __init__(self, session: Session, *, now: int, bounce_ms: int) -> None:
        self._session = session
        self._now = now
        self._bounce_ms = bounce_ms
        self._roots: set[Key] = set()
        self.keys: dict[int, Key] = {}
        self.lists: set[int] = set()
        self.undelivered: set[tuple[str, int]] = set()
        self.clearing: dict[Key, list[Mark]] = defaultdict(list)

    def meet(self, address_ids: Collection[int]) -> list[tuple[Key, int]]:
        """Look up addresses not met before.

        Returns (Key, instant) of deliveries that fail later than `now`.
        """
        new = set(address_ids).difference(self.keys)
        if not new:
            return []
        statement = (
            select(Address.id, _KEY, Address.kind)
            .outerjoin(Contact, Contact.id == Address.contact_id)
            .where(in_values(self._session, Address.id, new))
        )
        for address_id, key, kind in fetch_raw(self._session, statement):
            self.keys[address_id] = key
            if key == NOBODY and kind == "list":
                self.lists.add(address_id)
        self._load_clearing({self.keys[each] for each in new})
        found = find_undelivered(self._session, new, now=self._now, within_ms=self._bounce_ms)
        self.undelivered |= found.pairs
        return [(self.keys[address_id], at) for address_id, at in found.later.items()]

    def _load_clearing(self, keys: Iterable[Key]) -> None:
        roots = {key for key in keys if key > 0} - self._roots
        self._roots |= roots
        if not roots:
            return
        members = find_members(self._session, roots)
        for event in list_events(
            self._session, in_values(self._session, Event.contact_id, members), CLEARING
        ):
            if is_clearing(event.kind, event.data) and event.counts_at(self._now):
                root_id = members[event.contact_id or 0]
                self.clearing[root_id].append(Mark(event.at, ANSWERED, root_id))
