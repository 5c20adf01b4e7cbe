"""Reads what the weekly digest tells leads: who carries what, how fast answers came, who was won and who lost."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.queries.audit import audit
from streaklike.cadence.queries.flag_views import FlagView, list_people
from streaklike.cadence.queries.responses import ResponseLine, list_responses
from streaklike.digest.contact_summaries import ContactSummary, list_summaries, list_summaries_at
from streaklike.digest.facts import DigestPerson, Weekly
from streaklike.digest.preferences import Reader
from streaklike.digest.schedule import last_week
from streaklike.insights.load import NOBODY, AnswerPace, ColleagueLoad, measure_load
from streaklike.instants import local_day
from streaklike.store.models import Contact
from streaklike.wording.evidence import load_evidence
from streaklike.wording.freshness import measure_freshness
from streaklike.wording.reasons import explain_flag

LAPSED: Final = "lapsed"


def gather_week(
    session: Session, reader: Reader, *, now: int, team_zone: str, is_past: bool = False
) -> Weekly:
    """The week before the one that `now` lies in, in the reader's zone; loads are those of `now`.

    A past one (R51) leaves loads, audit and freshness out, which are known of the present alone.
    """
    from_at, to_at = last_week(local_day(now, reader.zone), reader.zone)
    listed = (
        list_summaries_at(session, at=now, team_zone=team_zone)
        if is_past
        else list_summaries(session, now=now, team_zone=team_zone)
    )
    lines = list_responses(session, now=now, since=from_at, team_zone=team_zone)
    loads = () if is_past else measure_load(session, now=now, team_zone=team_zone).colleagues
    return Weekly(
        now=now,
        from_at=from_at,
        to_at=to_at,
        loads=tuple(load for load in loads if load.answers or load.touches or load.pace),
        pace=_measure([line for line in lines if line.replied_at < to_at]),
        unassigned=_count_unassigned(listed, loads, is_past=is_past),
        won=_list_won(session, from_at, to_at),
        lost=_list_lost(session, listed, from_at, to_at),
        audit=None if is_past else audit(session),
        freshness=None if is_past else measure_freshness(session, now),
    )


def _count_unassigned(
    listed: Sequence[ContactSummary], loads: Sequence[ColleagueLoad], *, is_past: bool
) -> int:
    """Who waits for nobody in particular: the number of the load page, or of a past instant that of the summaries then."""
    if is_past:
        return sum(each.needs_us and not each.responsible_id for each in listed)
    return sum(load.answers for load in loads if load.user_id == NOBODY)


def _measure(answers: Sequence[ResponseLine]) -> AnswerPace | None:
    if not answers:
        return None
    raw = median(line.raw_ms for line in answers)
    return AnswerPace(len(answers), round(raw), round(median(line.working_ms for line in answers)))


def _list_won(session: Session, from_at: int, to_at: int) -> tuple[DigestPerson, ...]:
    is_root = func.coalesce(Contact.root_id, Contact.id) == Contact.id
    ids = session.scalars(
        select(Contact.id)
        .where(Contact.kind == "contact", is_root, Contact.since_at >= from_at, Contact.since_at < to_at)
        .order_by(Contact.since_at, Contact.id)
    ).all()
    names = list_people(session, ids)
    return tuple(DigestPerson(each, names[each][1], names[each][0], ()) for each in ids)


def _list_lost(
    session: Session, listed: Sequence[ContactSummary], from_at: int, to_at: int
) -> tuple[DigestPerson, ...]:
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
        DigestPerson(each, names[each][1], names[each][0], (explain_flag(lapsed[each], evidence),))
        for each in order
    )
