"""Whom nobody has taken on, and who of us looks at them today (R58): the same whichever member's digest asks."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from streaklike.cadence.queries.addressed import list_addressees
from streaklike.cadence.queries.flag_views import list_people
from streaklike.digest.contact_summaries import ContactSummary
from streaklike.digest.due import read_snoozes
from streaklike.digest.preferences import Reader, list_readers
from streaklike.insights.dealing import Unowned, deal_out
from streaklike.insights.ties import list_ties
from streaklike.instants import local_day


@dataclass(frozen=True, slots=True)
class Nobodys:
    """By person, the members to whom what waits was written, and the member to whom they are dealt today.

    `members` are those who may be dealt to: who writes, has access and gets a digest.
    """

    addressees: dict[int, set[int]]
    dealt: dict[int, int]
    members: frozenset[int]


def find_nobodys(
    session: Session, listed: Sequence[ContactSummary], *, decided: Collection[int], now: int, team_zone: str
) -> Nobodys:
    """Deal out those who wait and for whom nobody is responsible, for the team's day of `now`.

    What was written to a member by name is theirs already and is dealt to nobody else, but for members who get no digest.
    `decided` are people about whom the team decides first.
    """
    waiting = [each for each in listed if each.needs_us]
    unowned = [each for each in waiting if each.responsible_id is None and each.contact_id not in decided]
    where = {each.contact_id: (each.conversation_id or 0, each.waiting_since_at or 0) for each in unowned}
    addressees = list_addressees(session, where, now)
    members = {
        reader.user_id: reader.email
        for reader in list_readers(session, team_zone=team_zone)
        if may_be_dealt_to(reader, now)
    }
    open_to_all = [each for each in unowned if addressees.get(each.contact_id, set()).isdisjoint(members)]
    ids = [each.contact_id for each in open_to_all]
    if not ids:
        return Nobodys(addressees, {}, frozenset(members))
    people = list_people(session, ids)
    loads = Counter(each.responsible_id for each in waiting if each.responsible_id is not None)
    for user_ids in addressees.values():
        loads.update(user_ids)
    dealt = deal_out(
        [
            Unowned(each.contact_id, people[each.contact_id][0], where[each.contact_id][1])
            for each in open_to_all
        ],
        members,
        ties=list_ties(session, ids, now=now),
        loads=loads,
        asleep={user_id: read_snoozes(session, user_id, since=now, now=now).asleep for user_id in members},
        day=local_day(now, ZoneInfo(team_zone)).isoformat(),
    )
    return Nobodys(addressees, dealt, frozenset(members))


def may_be_dealt_to(reader: Reader, now: int) -> bool:
    """Whether the member can take somebody on and reads of it: a viewer cannot, and who paused the digest does not."""
    is_paused = reader.paused_at is not None and reader.paused_at <= now
    return reader.role in ("member", "admin") and not is_paused
