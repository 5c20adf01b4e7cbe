"""Reads what a member's daily digest tells of, at an instant."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.addressed import list_addressed
from streaklike.cadence.audit import audit
from streaklike.cadence.due import TASK
from streaklike.cadence.fetching import fetch
from streaklike.cadence.flag_views import list_people
from streaklike.digest.due import list_own_due, list_own_thanks, read_snoozes, tell_back
from streaklike.digest.facts import Daily, Move, Person
from streaklike.digest.schedule import DAILY
from streaklike.digest.standings import Stands, list_standings, list_standings_at
from streaklike.digest.wishes import Reader
from streaklike.instants import DAY, to_datetime
from streaklike.people.refusals import list_proposals
from streaklike.store.among import among
from streaklike.store.models import (
    Box,
    Conversation,
    DigestDelivery,
    Event,
    Pipeline,
    Stage,
    User,
)
from streaklike.wording.evidence import keys_of, load_evidence
from streaklike.wording.freshness import measure_freshness
from streaklike.wording.reasons import explain_person

LONGEST_LOOK_BACK: Final = 7 * DAY
OVER: Final = "over_contacted"


def gather(session: Session, reader: Reader, *, now: int, team_zone: str, is_past: bool = False) -> Daily:
    """All that the member's digest says at `now`; of a past instant where `is_past` (R51).

    Who asks not to be written to is told of once, and in no list that would have them written to.
    """
    listed = (
        list_standings_at(session, at=now, team_zone=team_zone)
        if is_past
        else list_standings(session, now=now, team_zone=team_zone)
    )
    since = last_told(session, reader, now)
    snoozes = read_snoozes(session, reader.user_id, since=since, now=now)
    refusals = () if is_past else tuple(list_proposals(session, now=now))
    hidden = snoozes.asleep | {each.contact_id for each in refusals}
    waiting = [each for each in listed if each.needs_us and each.contact_id not in hidden]
    nobodys = {
        each.contact_id: (each.conversation_id or 0, each.waiting_since_at or 0)
        for each in waiting
        if each.responsible_id is None
    }
    came = list_addressed(session, reader.user_id, nobodys, now)
    mine = [each for each in waiting if each.contact_id in came or _is_for(each, reader)]
    theirs = {each.contact_id for each in mine}
    too_much = [each for each in listed if each.contact_id not in theirs | hidden and _is_over(each, reader)]
    unassigned = [each for each in waiting if each.responsible_id is None and each.contact_id not in theirs]
    shown = [*mine, *too_much, *unassigned]
    told = tell_people(session, shown, back=snoozes.back)
    due = list_own_due(session, reader, now, is_past=is_past)
    return Daily(
        now=now,
        waiting=_pick(told, sorted(mine, key=_longest_first)),
        promises=tuple(each for each in due if each.kind == TASK),
        reminders=tuple(each for each in due if each.kind != TASK),
        back=tell_back(session, snoozes.back - hidden - {each.contact_id for each in shown}),
        thanks=() if is_past else list_own_thanks(session, reader.user_id, now),
        refusals=refusals,
        too_much=_pick(told, sorted(too_much, key=_newest_crossing)),
        moved=_list_moves(session, since, now),
        unassigned=_pick(told, sorted(unassigned, key=_longest_first)),
        audit=None if is_past else audit(session),
        freshness=None if is_past else measure_freshness(session, now),
    )


def _longest_first(each: Stands) -> tuple[int, int]:
    return each.waiting_since_at or 0, each.contact_id


def _newest_crossing(each: Stands) -> tuple[int, int]:
    return min(flag.since for flag in each.flags if flag.flag == OVER), each.contact_id


def _is_for(each: Stands, reader: Reader) -> bool:
    """Whether the member is responsible for what waits longest, or for other mail of theirs that is unanswered."""
    return each.responsible_id == reader.user_id or any(
        flag.reason == "unanswered" and flag.owner == reader.email for flag in each.flags
    )


def _is_over(each: Stands, reader: Reader) -> bool:
    """Had too much, and the member can hold back: they are responsible, or wrote last where nobody is."""
    return any(flag.flag == OVER and flag.owner == reader.email for flag in each.flags)


def tell_people(
    session: Session, stands: Iterable[Stands], *, back: Collection[int] = ()
) -> dict[int, Person]:
    """Each person by id, with their name and why they are told of; whose snooze ended are `back`."""
    people = {each.contact_id: each for each in stands}
    names = list_people(session, people)
    evidence = load_evidence(
        session, {key for each in people.values() for flag in each.flags for key in keys_of(flag)}
    )
    subjects: dict[int, str] = {  # noqa: C416 - rows are no pairs to dict()
        key: subject
        for key, subject in fetch(
            session,
            select(Conversation.id, Conversation.subject).where(
                among(session, Conversation.id, [each.conversation_id or 0 for each in people.values()])
            ),
        )
    }
    return {
        contact_id: Person(
            contact_id,
            name=names[contact_id][1],
            address=names[contact_id][0],
            reasons=explain_person(
                each.flags,
                evidence,
                waiting_since_at=each.waiting_since_at,
                is_thanks_only=each.is_thanks_only,
            ),
            subject=subjects.get(each.conversation_id or 0, ""),
            is_back=contact_id in back,
        )
        for contact_id, each in people.items()
    }


def _pick(told: Mapping[int, Person], stands: Iterable[Stands]) -> tuple[Person, ...]:
    return tuple(told[each.contact_id] for each in stands)


def _list_moves(session: Session, since: int, now: int) -> tuple[Move, ...]:
    """Boxes whose stage is another than at the member's last digest, the latest first."""
    undoing = aliased(Event)
    rows = session.execute(
        select(Event.box_id, Event.at, Event.data, Box.name, Box.pipeline_id, Pipeline.key, User.name)
        .join(Box, Box.id == Event.box_id)
        .join(Pipeline, Pipeline.id == Box.pipeline_id)
        .outerjoin(User, User.id == Event.author_id)
        .outerjoin(undoing, undoing.id == Event.undone_by_id)
        .where(
            Event.kind == "stage",
            Event.at > since,
            Event.at <= now,
            or_(Event.undone_by_id.is_(None), undoing.at > now),
        )
        .order_by(Event.at, Event.id)
    ).all()
    names = {
        (stage.pipeline_id, stage.key): {"zh": stage.name_zh, "en": stage.name_en}
        for stage in session.scalars(select(Stage))
    }
    first: dict[int, str] = {}
    moves: dict[int, tuple[str, Move]] = {}
    for box_id, at, data, name, pipeline_id, pipeline, by in rows:
        start, end = first.setdefault(box_id, data["from"]), data["to"]
        unknown = {"zh": "", "en": ""}
        came, went = names.get((pipeline_id, start), unknown), names.get((pipeline_id, end), unknown)
        moves.pop(box_id, None)
        if start != end:
            moves[box_id] = start, Move(name, came, went, at, by, f"/board/{pipeline}")
    return tuple(move for _, move in reversed(moves.values()))


def last_told(session: Session, reader: Reader, now: int) -> int:
    """The instant that the member's last digest told of; else that hour on the last working day, at most a week ago."""
    told: int | None = session.scalar(
        select(func.max(DigestDelivery.composed_at)).where(
            DigestDelivery.user_id == reader.user_id,
            DigestDelivery.kind == DAILY,
            DigestDelivery.state.in_(("sent", "unknown")),
            DigestDelivery.composed_at < now,
        )
    )
    if told is not None:
        return max(told, now - LONGEST_LOOK_BACK)
    day = to_datetime(now).astimezone(reader.zone)
    back = {0: 3, 6: 2}.get(day.weekday(), 1)
    return now - round(timedelta(days=back) / timedelta(milliseconds=1))
