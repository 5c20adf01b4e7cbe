"""Who of us looks today at those whom nobody has taken on: dealt out by tie and load, pure, the same in every process."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from streaklike.insights.ties import Ties


class Unowned(NamedTuple):
    """Somebody who waits and for whom nobody is responsible; `address` names them in every process alike."""

    contact_id: int
    address: str
    since_at: int


def deal_out(
    waiting: Iterable[Unowned],
    members: Mapping[int, str],
    *,
    ties: Ties,
    loads: Mapping[int, int],
    asleep: Mapping[int, Collection[int]],
    day: str,
) -> dict[int, int]:
    """By person, the one member who is to look at them on this day; nobody where every member let them sleep.

    `members` are those who may be dealt to, by id, with their addresses; `loads` how many wait for each already, `asleep`
    whom each has snoozed. The longest waiting are dealt first, each to the strongest tie among those who carry no more
    than their share; who is tied to none of them goes to whoever carries least, and among equals the day decides.
    """
    ordered = sorted(waiting, key=lambda each: (each.since_at, each.address, each.contact_id))
    carried = Counter({user_id: loads.get(user_id, 0) for user_id in members})
    share = (sum(carried.values()) + len(ordered)) / max(1, len(members))
    dealt: dict[int, int] = {}
    for each in ordered:
        able = {user_id for user_id in members if each.contact_id not in asleep.get(user_id, ())}
        if not able:
            continue
        tied = (tie.user_id for tie in ties.get(each.contact_id, ()) if tie.user_id in able)
        chosen = next((user_id for user_id in tied if carried[user_id] < share), None)
        if chosen is None:
            lots = {user_id: _draw_lot(day, each.address, members[user_id]) for user_id in able}
            chosen = min(able, key=lambda user_id: (carried[user_id], lots[user_id]))
        dealt[each.contact_id] = chosen
        carried[chosen] += 1
    return dealt


def _draw_lot(day: str, address: str, email: str) -> bytes:
    """An order among members that differs by day and person; Python's own hash differs by process."""
    return hashlib.sha256(f"{day} {address} {email}".encode()).digest()
