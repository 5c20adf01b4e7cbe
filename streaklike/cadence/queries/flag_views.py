"""Flags for display and export: addresses, emails and box uids in place of ids, counts as of the time of reading."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_calendar
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.stored_flags import iter_flags
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.instants import DAY, HOUR
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Box, Contact, Flag, User

GROWING_BY_DAY = frozenset({"lapsed", "never_contacted", "promise_overdue", "stalled", "gone_quiet"})


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag with its evidence (R50).

    `contact` is the person's primary address, `owner` an email, `box` a box's uid. `since` and `lapses_at`
    are instants; `since` identifies the flag when dismissing it. `evidence` are Message-IDs or event uids,
    oldest first. `count` and `limit` are in `unit`: touches, asks, hours (working hours if unanswered) or
    days. `suggested_answer` is the Message-ID of our mail in another conversation that may be the answer
    (R36).
    """

    flag: str
    reason: str
    contact: str
    since: int
    lapses_at: int | None
    evidence: tuple[str, ...]
    count: float
    limit: float
    unit: str
    owner: str | None
    box: str | None
    box_name: str | None
    contact_id: int
    contact_name: str
    conversation_id: int | None
    suggested_answer: str | None


def count_at(flag: FlagFacts, now: int, calendar: WorkCalendar) -> float:
    """Return the flag's count at `now`: hours waited and days passed keep growing after the flag was raised."""
    if flag.reason == "unanswered":
        return round(flag.count + calendar.working_ms(flag.since_at, now) / HOUR, 1)
    if flag.reason in GROWING_BY_DAY:
        return round(flag.count + max(0, now - flag.since_at) / DAY, 1)
    return flag.count


def list_flags(
    session: Session, *, now: int, contact_id: int | None = None, team_zone: str = "Asia/Taipei"
) -> list[FlagView]:
    """List the flags as last computed, of one person (a root) or everybody. Sorted by address, flag and reason."""
    conditions = [] if contact_id is None else [Flag.contact_id == contact_id]
    found = [(root_id, flag) for root_id, _, flag in iter_flags(session, *conditions)]
    return view_flags(session, found, now=now, calendar=load_calendar(session, team_zone))


def view_flags(
    session: Session, flags: Iterable[tuple[int, FlagFacts]], *, now: int, calendar: WorkCalendar
) -> list[FlagView]:
    """Build the views of (root, flag), sorted by address, flag, reason and instant."""
    flags = list(flags)
    root_ids = {root_id for root_id, _ in flags}
    people = list_people(session, root_ids)
    owner_ids = {flag.owner_id for _, flag in flags if flag.owner_id is not None}
    owners = {
        user.id: user.email
        for user in session.scalars(select(User).where(in_values(session, User.id, owner_ids)))
    }
    box_ids = {flag.box_id for _, flag in flags if flag.box_id is not None}
    boxes = {
        box_id: (uid, name)
        for box_id, uid, name in fetch(
            session, select(Box.id, Box.uid, Box.name).where(in_values(session, Box.id, box_ids))
        )
    }
    views = []
    for root_id, flag in flags:
        address, name = people.get(root_id, ("", ""))
        box_uid, box_name = boxes.get(flag.box_id or 0, (None, None))
        views.append(
            FlagView(
                flag=flag.flag,
                reason=flag.reason,
                contact=address,
                since=flag.since_at,
                lapses_at=flag.lapses_at,
                evidence=flag.evidence,
                count=float(count_at(flag, now, calendar)),
                limit=float(flag.limit),
                unit=flag.unit,
                owner=owners.get(flag.owner_id or 0),
                box=box_uid,
                box_name=box_name,
                contact_id=root_id,
                contact_name=name,
                conversation_id=flag.conversation_id,
                suggested_answer=flag.suggested_answer,
            )
        )
    return sorted(views, key=lambda view: (view.contact, view.flag, view.reason, view.since, view.evidence))


def list_people(session: Session, root_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return (primary address, best name) of these roots.

    The primary address is the alphabetically first of their own.
    """
    ids = list(root_ids)
    keys: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    root_id = func.coalesce(Contact.root_id, Contact.id)
    rows = fetch(
        session,
        select(root_id, Contact.id, Address.key)
        .join(Address, Address.contact_id == Contact.id)
        .where(in_values(session, Contact.root_id, ids) | in_values(session, Contact.id, ids)),
    )
    for root, own_id, key in rows:
        # False sorts first: a root's own addresses precede those of contacts merged into it.
        keys[root].append((own_id != root, key))
    names = fetch(
        session,
        select(Contact.id, func.coalesce(Contact.given_name, Contact.name)).where(
            in_values(session, Contact.id, ids)
        ),
    )
    return {each: (min(keys[each])[1] if keys[each] else "", name or "") for each, name in names}
