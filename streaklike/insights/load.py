"""Fair load: who of us owes how many answers and touches this week, how fast answers came, and who could take over."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import responsible_id
from streaklike.boxes.tasks import end_of_day
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.queries.due import list_coming
from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.queries.responses import ResponseLine, list_responses
from streaklike.insights.ties import Ties, choose, list_successors, list_ties
from streaklike.instants import DAY, local_day
from streaklike.store.models import ContactStatus, Flag, User

PACE_DAYS: Final = 28
MOST_SUGGESTIONS: Final = 20
OWED_TOUCHES: Final = ("lapsed", "never_contacted")
NOBODY: Final = 0


@dataclass(frozen=True, slots=True)
class AnswerPace:
    """How fast answers came within PACE_DAYS: how many, and the medians of raw and working time (R40, R41), in ms."""

    answers: int
    raw_ms: int
    working_ms: int


@dataclass(frozen=True, slots=True)
class ColleagueLoad:
    """What one colleague carries. `user_id` 0 is nobody's.

    `answers` is how many people wait for them (short thanks not counted), since `oldest_at` at the longest. `touches`
    is what else they owe this week: people whom they let lapse, and tasks and follow-ups that are due by its end.
    """

    user_id: int
    name: str
    email: str
    has_left: bool
    answers: int
    oldest_at: int | None
    touches: int
    pace: AnswerPace | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who waits, and the colleague with the strongest tie: `mails` with them within a year."""

    contact_id: int
    name: str
    address: str
    waiting_since_at: int
    from_id: int
    from_name: str
    to_id: int
    to_name: str
    mails: int


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """The team's week, until `to_at`: the heaviest load first, nobody's and leavers' where there is any."""

    to_at: int
    colleagues: tuple[ColleagueLoad, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class _Waiting:
    contact_id: int
    since_at: int
    owner_id: int


def measure_load(session: Session, *, now: int, team_zone: str = "Asia/Taipei") -> TeamLoad:
    """The load at `now`, from the contacts' statuses; each person counts for one, as in the queue."""
    zone = load_calendar(session, team_zone).zone
    today = local_day(now, zone)
    to_at = end_of_day(today + timedelta(days=6 - today.weekday()), zone)
    users = {user.id: user for user in session.scalars(select(User))}
    waiting = _list_waiting(session)
    answers = Counter(each.owner_id for each in waiting)
    touches = _count_touches(session, to_at, now)
    paces = _measure_paces(list_responses(session, now=now, since=now - PACE_DAYS * DAY, team_zone=team_zone))
    lines = [
        ColleagueLoad(
            user_id=user_id,
            name=users[user_id].name if user_id in users else "",
            email=users[user_id].email if user_id in users else "",
            has_left=user_id in users and users[user_id].disabled_at is not None,
            answers=answers[user_id],
            oldest_at=min((each.since_at for each in waiting if each.owner_id == user_id), default=None),
            touches=touches[user_id],
            pace=paces.get(user_id),
        )
        for user_id in {NOBODY, *users}
    ]
    shown = [line for line in lines if _is_shown(line, users)]
    return TeamLoad(
        to_at,
        tuple(sorted(shown, key=lambda line: (-line.answers - line.touches, line.name, line.user_id))),
        _suggest(session, waiting, answers, users, now),
    )


def _is_shown(line: ColleagueLoad, users: Mapping[int, User]) -> bool:
    """Whoever writes, and whoever else carries something."""
    is_empty = not (line.answers or line.touches or line.pace)
    if line.user_id == NOBODY or line.has_left:
        return bool(line.answers or line.touches)
    return not is_empty or users[line.user_id].role != "viewer"


def _list_waiting(session: Session) -> list[_Waiting]:
    """Who waits for an answer, and who is responsible (R58) or nobody."""
    rows = fetch(
        session,
        select(
            ContactStatus.contact_id,
            ContactStatus.waiting_since_at,
            responsible_id(ContactStatus.waiting_conversation_id, ContactStatus.contact_id),
        )
        .where(ContactStatus.waiting_since_at.is_not(None), ContactStatus.is_thanks_only.is_(False))
        .order_by(ContactStatus.waiting_since_at, ContactStatus.contact_id),
    )
    return [
        _Waiting(contact_id, since_at or 0, owner_id or NOBODY) for contact_id, since_at, owner_id in rows
    ]


def _count_touches(session: Session, to_at: int, now: int) -> Counter[int]:
    lapsed = fetch(
        session,
        select(Flag.contact_id, func.min(func.coalesce(Flag.owner_id, NOBODY)))
        .where(Flag.reason.in_(OWED_TOUCHES))
        .group_by(Flag.contact_id),
    )
    found = Counter(owner_id for _, owner_id in lapsed)
    found.update(due.owner_id or NOBODY for due in list_coming(session, to_at, now=now))
    return found


def _measure_paces(lines: Iterable[ResponseLine]) -> dict[int, AnswerPace]:
    given: dict[int, list[ResponseLine]] = defaultdict(list)
    for line in lines:
        given[line.user_id or NOBODY].append(line)
    return {
        user_id: AnswerPace(
            len(answers),
            round(median(line.raw_ms for line in answers)),
            round(median(line.working_ms for line in answers)),
        )
        for user_id, answers in given.items()
    }


def _suggest(
    session: Session,
    waiting: Sequence[_Waiting],
    answers: Mapping[int, int],
    users: Mapping[int, User],
    now: int,
) -> tuple[Suggestion, ...]:
    """Those who wait for nobody, for a leaver, or for one who carries more than their share, longest first.

    A tie is kept: somebody who is tied to their owner most is not suggested away, and nobody is suggested to a
    colleague who carries as much.
    """
    successors = list_successors(session)
    share = sum(answers.get(user_id, 0) for user_id in successors) / max(1, len(successors))
    asked = [
        each
        for each in waiting
        if each.owner_id not in successors or answers.get(each.owner_id, 0) > share + 1
    ]
    ties = list_ties(session, [each.contact_id for each in asked], now=now)
    people = list_people(session, [each.contact_id for each in asked])
    found = []
    for each in asked:
        to_id, mails = _find_better(each, ties, answers, successors)
        if to_id is not None:
            address, name = people[each.contact_id]
            found.append(
                Suggestion(
                    each.contact_id,
                    name,
                    address,
                    each.since_at,
                    each.owner_id,
                    users[each.owner_id].name if each.owner_id in users else "",
                    to_id,
                    users[to_id].name,
                    mails,
                )
            )
    return tuple(found[:MOST_SUGGESTIONS])


def _find_better(
    each: _Waiting, ties: Ties, answers: Mapping[int, int], successors: Collection[int]
) -> tuple[int | None, int]:
    tie = choose(ties.get(each.contact_id, ()), successors)
    if tie is None or tie.user_id == each.owner_id:
        return None, 0
    if each.owner_id in successors and answers.get(tie.user_id, 0) >= answers.get(each.owner_id, 0):
        return None, 0
    return tie.user_id, tie.mails
