"""The review queue: people to answer, people to leave alone, people we neglect. One row per person."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, case, func, literal, or_, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import responsible_id
from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_rules
from streaklike.cadence.loading.fetching import fetch_raw
from streaklike.cadence.loading.stored_flags import iter_flags
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.addressed import list_addressed
from streaklike.cadence.queries.flag_views import FlagView, list_people, view_flags
from streaklike.cadence.rules.urgency import Sign, Signals, list_signs, sum_points
from streaklike.people.snoozes import list_snooze_ends
from streaklike.store.in_values import in_values
from streaklike.store.models import Contact, ContactStatus, Flag, User

NEEDS_US = "needs_us"
TOO_MUCH = "too_much"
FORGOTTEN = "forgotten"
THANKS = "thanks"
SNOOZED = "snoozed"
SECTIONS = (NEEDS_US, TOO_MUCH, FORGOTTEN, THANKS)
"""In queue order: waiting for an answer (most urgent, then longest), over-contacted, ignored, only thanks."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One person in the queue.

    Names ending in `_at` are instants; `owner` is the responsible member's email (R58).

    `last_touch_by` is a name. `urgency` are the signs that rank them within `needs_us`; empty elsewhere.
    `snoozed_until` is when the reader wants to see them again (R38); the team's queue lists them regardless.
    """

    section: str
    contact_id: int
    name: str
    address: str
    reply_state: str
    waiting_since_at: int | None
    waiting_conversation_id: int | None
    is_thanks_only: bool
    last_touch_at: int | None
    last_touch_direction: str | None
    last_touch_by: str | None
    owner: str | None
    tier: str | None
    flags: tuple[FlagView, ...]
    snoozed_until: int | None = None
    urgency: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueTotals:
    """How many people each section has under the same filter; `snoozed` people are in no section."""

    needs_us: int
    too_much: int
    forgotten: int
    thanks: int
    snoozed: int = 0

    @property
    def all(self) -> int:
        return self.needs_us + self.too_much + self.forgotten + self.thanks


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, and the totals of all of it."""

    rows: tuple[QueueRow, ...]
    totals: QueueTotals


def list_queue(
    session: Session,
    *,
    now: int,
    user_id: int | None = None,
    reader_id: int | None = None,
    section: str | None = None,
    limit: int = 50,
    offset: int = 0,
    team_zone: str = "Asia/Taipei",
) -> Queue:
    """Return a page of the queue at `now`: the team's, or with `user_id` one member's own.

    A member's queue holds what they are responsible for (R58), flags they own, and mail to them without a
    responsible person. Each person appears once, in the most urgent section.

    People snoozed by the member are omitted and counted separately (R38). `reader_id` is the viewer of the
    team's queue, which omits nobody: a snooze is personal. `section` keeps one of SECTIONS, or SNOOZED for
    the people hidden. The number of statements does not depend on the number of people.
    """
    policy, calendar = load_rules(session, team_zone)
    positions = list_positions(session, user_id, now=now, policy=policy, calendar=calendar)
    reader = user_id if user_id is not None else reader_id
    snoozed_until = list_snooze_ends(session, reader, now=now) if reader is not None else {}
    hidden = [
        position for position in positions if user_id is not None and position.contact_id in snoozed_until
    ]
    visible = [
        position for position in positions if user_id is None or position.contact_id not in snoozed_until
    ]
    counts = Counter(position.rank for position in visible)
    totals = {name: counts[rank] for rank, name in enumerate(SECTIONS)}
    if section == SNOOZED:
        positions = hidden
    else:
        positions = [
            position for position in visible if section is None or position.rank == SECTIONS.index(section)
        ]
    page = {position.contact_id: position for position in positions[offset : offset + limit]}
    facts = {row["contact_id"]: row for row in session.execute(_select_rows(session, page)).mappings()}
    flags = _list_flags_of(session, list(page), now, calendar)
    people = list_people(session, page)
    rows = tuple(
        _build(position, dict(facts[each]), people[each], flags.get(each, ()), snoozed_until.get(each))
        for each, position in page.items()
    )
    return Queue(rows, QueueTotals(**totals, snoozed=len(hidden)))


class SortKey(NamedTuple):
    """A person's position in the queue: index in SECTIONS, negated urgency points, waiting since."""

    rank: int
    order: float
    since_at: int
    contact_id: int
    signs: tuple[Sign, ...] = ()


class _StatusRow(NamedTuple):
    """What the queue order depends on. Flag instants are of flags that count for the viewer."""

    contact_id: int
    waiting_since_at: int | None
    waiting_conversation_id: int | None
    is_thanks_only: bool
    responsible_id: int | None
    over_since: int | None
    ignored_since: int | None
    unanswered_since: int | None
    named_on: str | None
    urgent_word: str | None
    is_case: bool
    tier: str | None
    waits_long_at: int | None
    usual_wait_ms: int | None

    @property
    def signals(self) -> Signals:
        return Signals(
            self.named_on,
            self.urgent_word,
            bool(self.is_case),
            self.tier,
            self.waits_long_at,
            self.usual_wait_ms,
        )


def list_positions(
    session: Session, user_id: int | None, *, now: int, policy: Policy, calendar: WorkCalendar
) -> list[SortKey]:
    """List everybody who waits or is flagged, in queue order.

    With `user_id`, only what is theirs (see `list_queue`).
    """
    rows = [_StatusRow(*row) for row in fetch_raw(session, _select_statuses(user_id))]
    addressed: set[int] = set()
    if user_id is not None:
        nobodys = {
            each.contact_id: (each.waiting_conversation_id, each.waiting_since_at)
            for each in rows
            if each.responsible_id is None and each.waiting_since_at is not None
        }
        addressed = list_addressed(
            session,
            user_id,
            {key: (conversation_id or 0, at or 0) for key, (conversation_id, at) in nobodys.items()},
            now,
        )
    positioned = (
        _rank_row(each, user_id is None or each.responsible_id == user_id or each.contact_id in addressed)
        for each in rows
    )
    return sorted(
        _with_urgency(position, each.signals, policy, calendar, now)
        for each, position in zip(rows, positioned, strict=True)
        if position is not None
    )


def _with_urgency(
    position: SortKey, signals: Signals, policy: Policy, calendar: WorkCalendar, now: int
) -> SortKey:
    """Within `needs_us` the most urgent come first; other sections are sorted by age."""
    if position.rank != 0:
        return position
    signs = list_signs(signals, policy, calendar, now)
    return position._replace(order=-sum_points(signs), signs=signs)


def _rank_row(each: _StatusRow, is_theirs: bool) -> SortKey | None:
    waits = each.waiting_since_at is not None and is_theirs
    if waits and not each.is_thanks_only:
        return SortKey(0, 0, each.waiting_since_at or 0, each.contact_id)
    if not is_theirs and each.waiting_since_at is not None and each.unanswered_since is not None:
        # What waits longest is somebody else's, but another conversation of this person waits for this
        # member.
        return SortKey(0, 0, each.unanswered_since, each.contact_id)
    if each.over_since is not None:
        return SortKey(1, 0, each.over_since, each.contact_id)
    ignored = [at for at in (each.ignored_since, each.unanswered_since) if at is not None]
    if ignored:
        return SortKey(2, 0, min(ignored), each.contact_id)
    return SortKey(3, 0, each.waiting_since_at or 0, each.contact_id) if waits else None


def _select_statuses(user_id: int | None) -> Select[Any]:
    flagged = _select_flagged(user_id)
    waits = ContactStatus.waiting_since_at.is_not(None)
    responsible = (
        literal(None)
        if user_id is None
        else case((waits, responsible_id(ContactStatus.waiting_conversation_id, ContactStatus.contact_id)))
    )
    return (
        select(
            ContactStatus.contact_id,
            ContactStatus.waiting_since_at,
            ContactStatus.waiting_conversation_id,
            ContactStatus.is_thanks_only,
            responsible,
            flagged.c.over_since,
            flagged.c.ignored_since,
            flagged.c.unanswered_since,
            ContactStatus.named_on,
            ContactStatus.urgent_word,
            ContactStatus.is_case,
            Contact.tier,
            ContactStatus.waits_long_at,
            ContactStatus.usual_wait_ms,
        )
        .join(Contact, Contact.id == ContactStatus.contact_id)
        .outerjoin(flagged, flagged.c.contact_id == ContactStatus.contact_id)
        .where(or_(waits, flagged.c.contact_id.is_not(None)))
    )


def _select_flagged(user_id: int | None) -> Subquery:
    """Select when each person's flags were first raised, by type; with `user_id`, only flags they own."""
    is_over, is_unanswered = Flag.flag == "over_contacted", Flag.reason == "unanswered"
    statement = select(
        Flag.contact_id,
        func.min(case((is_over, Flag.since_at))).label("over_since"),
        func.min(case((or_(is_over, is_unanswered), None), else_=Flag.since_at)).label("ignored_since"),
        func.min(case((is_unanswered, Flag.since_at))).label("unanswered_since"),
    ).group_by(Flag.contact_id)
    return (statement if user_id is None else statement.where(Flag.owner_id == user_id)).subquery()


def _select_rows(session: Session, contact_ids: Iterable[int]) -> Select[Any]:
    owner_id = responsible_id(ContactStatus.waiting_conversation_id, ContactStatus.contact_id)
    owner, toucher = User.__table__.alias("owner"), User.__table__.alias("toucher")
    return (
        select(
            ContactStatus.contact_id,
            ContactStatus.reply_state,
            ContactStatus.waiting_since_at,
            ContactStatus.waiting_conversation_id,
            ContactStatus.is_thanks_only,
            ContactStatus.last_touch_at,
            ContactStatus.last_touch_direction,
            toucher.c.name.label("last_touch_by"),
            owner.c.email.label("owner"),
            Contact.tier,
        )
        .join(Contact, Contact.id == ContactStatus.contact_id)
        .outerjoin(owner, owner.c.id == owner_id)
        .outerjoin(toucher, toucher.c.id == ContactStatus.last_touch_user_id)
        .where(in_values(session, ContactStatus.contact_id, contact_ids))
    )


def _list_flags_of(
    session: Session, root_ids: list[int], now: int, calendar: WorkCalendar
) -> dict[int, tuple[FlagView, ...]]:
    stored = iter_flags(session, in_values(session, Flag.contact_id, root_ids))
    found = [(root_id, flag) for root_id, _, flag in stored]
    views: dict[int, tuple[FlagView, ...]] = {}
    for view in view_flags(session, found, now=now, calendar=calendar):
        views[view.contact_id] = (*views.get(view.contact_id, ()), view)
    return views


def _build(
    position: SortKey,
    facts: dict[str, Any],
    person: tuple[str, str],
    flags: tuple[FlagView, ...],
    snoozed_until: int | None,
) -> QueueRow:
    address, name = person
    return QueueRow(
        section=SECTIONS[position.rank],
        name=name,
        address=address,
        flags=flags,
        snoozed_until=snoozed_until,
        urgency=position.signs,
        **facts,
    )
