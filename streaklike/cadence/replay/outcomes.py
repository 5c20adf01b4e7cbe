"""The result of a replay: flags by reason before and after the change, who is newly flagged, and what followed."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.replay.replay import Raised, Replayed
from streaklike.instants import DAY
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Contact, Event, Message, Participant

ANSWERED_DAYS: Final = 14
SILENT_DAYS: Final = 90
TOP: Final = 10


class Followed(NamedTuple):
    """What followed a flag: `answered` within 14 days, `silent` for 90, `left` (asked for no contact) within
    90.

    None if that many days have not passed yet.
    """

    answered: bool | None
    silent: bool | None
    left: bool


class Tally(NamedTuple):
    """Flags of one reason and how many people had them.

    Each outcome has a count and, in `…_of`, the number of flags for which it is known already.
    """

    flags: int
    people: int
    answered: int
    answered_of: int
    silent: int
    silent_of: int
    left: int


NOTHING_RAISED: Final = Tally(0, 0, 0, 0, 0, 0, 0)


class Moved(NamedTuple):
    """Somebody flagged for this reason under only one of the two policies, with their first such flag."""

    contact_id: int
    contact: str
    name: str
    flag: str
    reason: str
    since_at: int
    flags: int
    followed: Followed


class ReasonComparison(NamedTuple):
    """One reason, before and after the change."""

    flag: str
    reason: str
    before: Tally
    after: Tally


class Comparison(NamedTuple):
    """The compared replay. The lists are complete, newest first; a page shows TOP of each."""

    start: int
    end: int
    mornings: int
    rows: tuple[ReasonComparison, ...]
    newly: tuple[Moved, ...]
    no_longer: tuple[Moved, ...]


def compare(session: Session, replayed: Replayed) -> Comparison:
    """Count both sides, and find who is flagged on one side only and what followed."""
    raised = [*replayed.before, *replayed.after]
    follow = _Following(session, {each.contact_id for each in raised}, now=replayed.end)
    names = list_people(session, {each.contact_id for each in raised})
    before, after = _by_reason(replayed.before), _by_reason(replayed.after)
    rows = tuple(
        ReasonComparison(
            *reason, _tally(before.get(reason, []), follow), _tally(after.get(reason, []), follow)
        )
        for reason in sorted({*before, *after}, key=lambda each: (each[0] != "over_contacted", each[1]))
    )
    rows = tuple(sorted(rows, key=lambda row: row.before == row.after))  # what differs comes first
    return Comparison(
        replayed.start,
        replayed.end,
        len(replayed.mornings),
        rows,
        _list_moved(replayed.after, replayed.before, follow, names),
        _list_moved(replayed.before, replayed.after, follow, names),
    )


def _by_reason(raised: Iterable[Raised]) -> dict[tuple[str, str], list[Raised]]:
    found: dict[tuple[str, str], list[Raised]] = defaultdict(list)
    for each in raised:
        found[each.flag, each.reason].append(each)
    return found


def _tally(raised: Collection[Raised], follow: "_Following") -> Tally:
    followed = [follow.after(each) for each in raised]
    return Tally(
        len(raised),
        len({each.contact_id for each in raised}),
        sum(each.answered is True for each in followed),
        sum(each.answered is not None for each in followed),
        sum(each.silent is True for each in followed),
        sum(each.silent is not None for each in followed),
        sum(each.left for each in followed),
    )


def _list_moved(
    here: Iterable[Raised],
    there: Iterable[Raised],
    follow: "_Following",
    names: Mapping[int, tuple[str, str]],
) -> tuple[Moved, ...]:
    known = {(each.contact_id, each.flag, each.reason) for each in there}
    own: dict[tuple[int, str, str], list[Raised]] = defaultdict(list)
    for each in here:
        key = each.contact_id, each.flag, each.reason
        if key not in known:
            own[key].append(each)
    moved = []
    for raised in own.values():
        first = min(raised, key=lambda each: each.since_at)
        address, name = names.get(first.contact_id, ("", ""))
        moved.append(
            Moved(
                first.contact_id,
                address,
                name,
                first.flag,
                first.reason,
                first.since_at,
                len(raised),
                follow.after(first),
            )
        )
    return tuple(sorted(moved, key=lambda each: (-each.since_at, each.contact, each.reason)))


class _Following:
    """What these people did after any instant."""

    def __init__(self, session: Session, root_ids: Collection[int], *, now: int) -> None:
        self._now = now
        self._written = _list_written(session, root_ids)
        self._left = _list_left(session, root_ids)

    def after(self, raised: Raised) -> Followed:
        """Return what followed the flag's start."""
        since = raised.since_at
        written = self._written.get(raised.contact_id, [])
        index = bisect_right(written, since)
        next_at = written[index] if index < len(written) and written[index] <= self._now else None
        answered = self._within(since, next_at, ANSWERED_DAYS)
        wrote = self._within(since, next_at, SILENT_DAYS)
        until = since + SILENT_DAYS * DAY
        left = any(since < at <= min(until, self._now) for at in self._left.get(raised.contact_id, ()))
        return Followed(answered, None if wrote is None else not wrote, left)

    def _within(self, since: int, next_at: int | None, days: int) -> bool | None:
        if next_at is not None and next_at <= since + days * DAY:
            return True
        return False if since + days * DAY <= self._now else None


def _list_written(session: Session, root_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the instants of each person's own human mail, oldest first."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    rows = fetch(
        session,
        select(root_id, Message.at)
        .select_from(Contact)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            in_values(session, Contact.id, root_ids) | in_values(session, Contact.root_id, root_ids),
            Participant.role == "author",
            Message.direction == "inbound",
            Message.kind == "human",
            Message.is_live,
        )
        .order_by(Message.at),
    )
    written: dict[int, list[int]] = defaultdict(list)
    for contact_id, at in rows:
        written[contact_id].append(at)
    return written


def _list_left(session: Session, root_ids: Collection[int]) -> dict[int, list[int]]:
    """Return when each person was set to do-not-contact, unless undone."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    rows = session.execute(
        select(root_id, Event.at, Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .where(
            in_values(session, Contact.id, root_ids) | in_values(session, Contact.root_id, root_ids),
            Event.kind == "do_not_contact",
            Event.undone_by_id.is_(None),
        )
    )
    left: dict[int, list[int]] = defaultdict(list)
    for contact_id, at, data in rows:
        if data.get("until"):
            left[contact_id].append(at)
    return left
