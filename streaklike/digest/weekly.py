"""Reads what the weekly digest tells leads: who carries what, how fast answers came, who was won and who lost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.audit import audit
from streaklike.cadence.fetching import fetch
from streaklike.cadence.flag_views import FlagView, list_people
from streaklike.cadence.responses import ResponseLine, list_responses
from streaklike.digest.facts import Load, Pace, Person, Weekly
from streaklike.digest.schedule import last_week
from streaklike.digest.standings import Stands, list_standings, list_standings_at
from streaklike.digest.wishes import Reader
from streaklike.instants import to_datetime
from streaklike.store.models import Contact, Task, User
from streaklike.wording.evidence import load_evidence
from streaklike.wording.freshness import measure_freshness
from streaklike.wording.reasons import explain_flag

LAPSED: Final = "lapsed"


def gather_week(
    session: Session, reader: Reader, *, now: int, team_zone: str, is_past: bool = False
) -> Weekly:
    """The week before the one that `now` lies in, in the reader's zone; loads are those of `now`."""
    from_at, to_at = last_week(to_datetime(now).astimezone(reader.zone).date(), reader.zone)
    listed = (
        list_standings_at(session, at=now, team_zone=team_zone)
        if is_past
        else list_standings(session, now=now, team_zone=team_zone)
    )
    answers = [
        line
        for line in list_responses(session, now=now, team_zone=team_zone)
        if from_at <= line.replied_at < to_at
    ]
    return Weekly(
        now=now,
        from_at=from_at,
        to_at=to_at,
        loads=_list_loads(session, listed, answers, now),
        pace=_measure(answers),
        unassigned=sum(each.needs_us and not each.owner_ids for each in listed),
        won=_list_won(session, from_at, to_at),
        lost=_list_lost(session, listed, from_at, to_at),
        audit=audit(session),
        freshness=measure_freshness(session, now),
    )


def _list_loads(
    session: Session, listed: Sequence[Stands], answers: Iterable[ResponseLine], now: int
) -> tuple[Load, ...]:
    """One line for each colleague who carries or answered anything, the heaviest first."""
    waiting = Counter(owner for each in listed if each.needs_us for owner in each.owner_ids)
    overdue: Counter[int] = Counter()
    for (owner_id,) in fetch(
        session,
        select(Task.owner_id).where(
            Task.due_at < now, Task.created_at <= now, (Task.done_at.is_(None)) | (Task.done_at > now)
        ),
    ):
        overdue[owner_id or 0] += 1
    given: defaultdict[int, list[ResponseLine]] = defaultdict(list)
    for line in answers:
        given[line.user_id or 0].append(line)
    loads = [
        Load(name, waiting[user_id], overdue[user_id], _measure(given[user_id]))
        for user_id, name in fetch(session, select(User.id, User.name).where(User.disabled_at.is_(None)))
        if waiting[user_id] or overdue[user_id] or given[user_id]
    ]
    return tuple(sorted(loads, key=lambda load: (-load.waiting - load.overdue, load.name)))


def _measure(answers: Sequence[ResponseLine]) -> Pace | None:
    if not answers:
        return None
    raw = median(line.raw_ms for line in answers)
    return Pace(len(answers), round(raw), round(median(line.working_ms for line in answers)))


def _list_won(session: Session, from_at: int, to_at: int) -> tuple[Person, ...]:
    is_root = func.coalesce(Contact.root_id, Contact.id) == Contact.id
    ids = session.scalars(
        select(Contact.id)
        .where(Contact.kind == "contact", is_root, Contact.since_at >= from_at, Contact.since_at < to_at)
        .order_by(Contact.since_at, Contact.id)
    ).all()
    names = list_people(session, ids)
    return tuple(Person(each, names[each][1], names[each][0], ()) for each in ids)


def _list_lost(session: Session, listed: Sequence[Stands], from_at: int, to_at: int) -> tuple[Person, ...]:
    lapsed: dict[int, FlagView] = {
        each.contact_id: flag
        for each in listed
        for flag in each.flags
        if flag.reason == LAPSED and from_at <= flag.since < to_at
    }
    names = list_people(session, lapsed)
    evidence = load_evidence(session, {key for flag in lapsed.values() for key in flag.evidence})
    order = sorted(lapsed, key=lambda each: (lapsed[each].since, each))
    return tuple(
        Person(each, names[each][1], names[each][0], (explain_flag(lapsed[each], evidence),))
        for each in order
    )
