"""What the texts of open mail say, set-based: how urgent what waits for us is, and whether our last words ask something.

Texts are read of those alone who wait, and of our own mail for which we may still wait; two statements a portion.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.cadence.evaluation import Evaluation
from streaklike.cadence.expecting import last_wait
from streaklike.cadence.fetching import fetch
from streaklike.cadence.history import QUIET, Waiting
from streaklike.cadence.people_facts import earlier
from streaklike.cadence.policy import Policy
from streaklike.cadence.urgency import choose_day, ends_counting_at
from streaklike.cadence.work_calendar import WorkCalendar
from streaklike.instants import to_datetime
from streaklike.mail import questions
from streaklike.mail.questions import asks_something
from streaklike.mail.subjects import is_forward_subject, is_reply_subject
from streaklike.mail.urgency import Urgency, current_version, find_urgency
from streaklike.store.among import among
from streaklike.store.models import Body, Event, Message, Setting, Standing
from streaklike.store.writing import lock_writer

SETTING: Final = "open_mail_words"

Found = tuple[int, Urgency]
"""When it was written, and what makes it urgent."""


def ensure_looked_for(session: Session) -> None:
    """Have everybody evaluated with whom something is open, where what counts as urgent or as a question changed since."""
    current = {"version": f"{current_version()}.{questions.VERSION}"}
    kept = session.get(Setting, SETTING)
    if kept is not None and kept.value == current:
        return
    lock_writer(session)
    session.merge(Setting(name=SETTING, value=current))
    session.execute(update(Standing).where(Standing.reply_state != QUIET).values(due_at=0))
    session.flush()


def add_said(
    session: Session,
    evaluations: Mapping[int, Evaluation],
    *,
    now: int,
    policy: Policy,
    calendar: WorkCalendar,
) -> dict[int, Evaluation]:
    """The evaluations, with what the texts of open mail add to the standings."""
    waiting = (
        [each for evaluation in evaluations.values() for each in evaluation.waiting]
        if policy.queue_urgency
        else []
    )
    mails = _read_waiting(session, waiting, calendar.zone)
    logged = _read_logged(session, waiting, calendar.zone)
    asking = _list_asking(session, evaluations.values())
    return {
        root_id: _with_said(evaluation, mails, logged, asking, now, calendar.zone)
        for root_id, evaluation in evaluations.items()
    }


def _with_said(
    evaluation: Evaluation,
    mails: Mapping[tuple[int, str], Found],
    logged: Mapping[str, Found],
    asking: frozenset[str],
    now: int,
    zone: ZoneInfo,
) -> Evaluation:
    if evaluation.our_words:
        until_at = last_wait(evaluation.our_words, asking)
        standing = evaluation.standing._replace(awaiting_until_at=until_at)
        return evaluation._replace(standing=standing)
    runs = [
        [found for rfc_id in each.run.rfc_ids if (found := _find(each, rfc_id, mails, logged)) is not None]
        for each in evaluation.waiting
        if each.run.asked_at is not None
    ]
    days = [day for run in runs if (day := _last_day(run)) is not None]
    today = to_datetime(now).astimezone(zone).date()
    day = choose_day(days, today)
    word = next((found.word for run in runs for _, found in sorted(run, key=_when) if found.word), None)
    if day is None and word is None:
        return evaluation
    standing = evaluation.standing._replace(
        named_on=None if day is None else day.isoformat(), urgent_word=word
    )
    due_at = evaluation.due_at if day is None else earlier(evaluation.due_at, ends_counting_at(day, zone))
    return evaluation._replace(standing=standing, due_at=due_at)


def _find(
    each: Waiting, key: str, mails: Mapping[tuple[int, str], Found], logged: Mapping[str, Found]
) -> Found | None:
    return logged.get(key) if each.conversation_id is None else mails.get((each.conversation_id, key))


def _last_day(run: Iterable[Found]) -> date | None:
    """The day that the newest mail of a run names which names one: what they wrote later holds."""
    named = [(at, found.named_on) for at, found in run if found.named_on is not None]
    return max(named)[1] if named else None


def _when(found: Found) -> int:
    return found[0]


def _read_waiting(
    session: Session, waiting: Iterable[Waiting], zone: ZoneInfo
) -> dict[tuple[int, str], Found]:
    """What the waiting mails say, by conversation and Message-ID."""
    keys = {
        (each.conversation_id, rfc_id)
        for each in waiting
        if each.conversation_id is not None and each.run.asked_at is not None
        for rfc_id in each.run.rfc_ids
    }
    if not keys:
        return {}
    rows = fetch(
        session,
        select(Message.conversation_id, Message.rfc_id, Message.at, Message.subject, Body.text)
        .join(Body, Body.message_id == Message.id)
        .where(
            among(session, Message.rfc_id, sorted({rfc_id for _, rfc_id in keys})),
            Message.direction == "inbound",
            Message.is_live,
        )
        .order_by(Message.id),
    )
    found = {}
    for conversation_id, rfc_id, at, subject, text in rows:
        if (conversation_id, rfc_id) in keys:
            own = "" if is_reply_subject(subject) or is_forward_subject(subject) else subject
            found[conversation_id, rfc_id] = at, find_urgency(own, text, _day_of(at, zone))
    return {(where or 0, rfc_id): each for (where, rfc_id), each in found.items()}


def _read_logged(session: Session, waiting: Iterable[Waiting], zone: ZoneInfo) -> dict[str, Found]:
    """What was logged and waits says, by uid (R56)."""
    uids = sorted({uid for each in waiting if each.conversation_id is None for uid in each.run.rfc_ids})
    if not uids:
        return {}
    rows = fetch(session, select(Event.uid, Event.at, Event.text).where(among(session, Event.uid, uids)))
    return {uid: (at, find_urgency("", text or "", _day_of(at, zone))) for uid, at, text in rows}


def _list_asking(session: Session, evaluations: Iterable[Evaluation]) -> frozenset[str]:
    """The Message-IDs of our open mail whose text asks something."""
    unsure = {word.rfc_id for each in evaluations for word in each.our_words if not word.is_ask}
    if not unsure:
        return frozenset()
    rows = fetch(
        session,
        select(Message.rfc_id, Body.text)
        .join(Body, Body.message_id == Message.id)
        .where(
            among(session, Message.rfc_id, sorted(unsure)), Message.direction == "outbound", Message.is_live
        ),
    )
    return frozenset(rfc_id for rfc_id, text in rows if asks_something(text))


def _day_of(at: int, zone: ZoneInfo) -> date:
    return to_datetime(at).astimezone(zone).date()
