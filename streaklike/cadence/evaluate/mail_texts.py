"""Reads the texts of open mail, set-based.

Finds how urgent mail waiting for us is, and whether our own last mail asks something.

Only texts of waiting people, and of our mail that may still await a reply, are read; three statements per
chunk at most.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.people_facts import earlier
from streaklike.cadence.model.history import AWAITING_REPLY, QUIET, ContactHistory, Waiting
from streaklike.cadence.policy.levels import policy_for
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.waiting_work import SETTING, current_words, is_looked_for
from streaklike.cadence.rules.evaluation import Evaluation
from streaklike.cadence.rules.expecting import OurWord, last_wait, list_our_words
from streaklike.cadence.rules.urgency import choose_day, ends_counting_at, find_long_wait, is_case
from streaklike.instants import local_day
from streaklike.mail.questions import asks_for_reply
from streaklike.mail.subjects import is_forward_subject, is_reply_subject
from streaklike.mail.urgency import Urgency, find_urgency
from streaklike.store.in_values import in_values
from streaklike.store.models import Body, ContactStatus, Event, Message, Setting
from streaklike.store.writing import lock_writer

Found = tuple[int, str, Urgency]
"""When it was written, its Message-ID or event uid, and its urgency."""


def ensure_looked_for(session: Session) -> None:
    """Mark everybody with an open conversation due if the urgency or question detection has changed version."""
    if is_looked_for(session):
        return
    lock_writer(session)
    session.merge(Setting(name=SETTING, value=current_words()))
    session.execute(update(ContactStatus).where(ContactStatus.reply_state != QUIET).values(due_at=0))
    session.flush()


class _Texts(NamedTuple):
    """What the texts contain.

    `mails` by conversation and Message-ID, `logged` by event uid, `asking` the Message-IDs of our open mail
    that ask something.
    """

    mails: Mapping[tuple[int, str], Found]
    logged: Mapping[str, Found]
    asking: frozenset[str]


def add_mail_texts(
    session: Session,
    histories: Mapping[int, ContactHistory],
    evaluations: Mapping[int, Evaluation],
    *,
    now: int,
    policy: Policy,
    calendar: WorkCalendar,
) -> dict[int, Evaluation]:
    """Add urgency and `awaiting_until_at` (the last columns of `ContactStatus`) to the evaluations."""
    ours = {
        root_id: words
        for root_id, evaluation in evaluations.items()
        if evaluation.contact_status.reply_state == AWAITING_REPLY
        and (words := list_our_words(histories[root_id].entries, now))
    }
    waiting = [each for evaluation in evaluations.values() for each in evaluation.waiting]
    read = waiting if policy.queue_urgency else []
    texts = _Texts(
        _read_waiting(session, read, calendar.zone),
        _read_logged(session, read, calendar.zone),
        _list_asking(session, ours.values()),
    )
    added = dict(evaluations)
    for root_id, words in ours.items():
        until_at = last_wait(words, texts.asking)
        added[root_id] = _with(added[root_id], awaiting_until_at=until_at)
    for root_id, evaluation in evaluations.items():
        if evaluation.waiting:
            added[root_id] = _add_urgency(evaluation, histories[root_id], texts, now, policy, calendar)
    return added


def _with(evaluation: Evaluation, **facts: Any) -> Evaluation:
    return evaluation._replace(contact_status=evaluation.contact_status._replace(**facts))


def _add_urgency(
    evaluation: Evaluation,
    history: ContactHistory,
    texts: _Texts,
    now: int,
    policy: Policy,
    calendar: WorkCalendar,
) -> Evaluation:
    asking = [each for each in evaluation.waiting if each.run.asked_at is not None]
    runs = [
        sorted(found for key in each.run.rfc_ids if (found := _find(each, key, texts)) is not None)
        for each in asking
    ]
    days = [day for run in runs if (day := _last_day(run)) is not None]
    day = choose_day(days, local_day(now, calendar.zone))
    long_at, usual_ms = find_long_wait(history.entries, asking, policy_for(policy, history), calendar)
    due_at = (
        evaluation.due_at if day is None else earlier(evaluation.due_at, ends_counting_at(day, calendar.zone))
    )
    return _with(
        evaluation._replace(due_at=due_at),
        is_case=is_case(history),
        waits_long_at=long_at,
        usual_wait_ms=usual_ms,
        named_on=None if day is None else day.isoformat(),
        urgent_word=next((each.word for run in runs for _, _, each in run if each.word), None),
    )


def _find(each: Waiting, key: str, texts: _Texts) -> Found | None:
    if each.conversation_id is None:
        return texts.logged.get(key)
    return texts.mails.get((each.conversation_id, key))


def _last_day(run: Sequence[Found]) -> date | None:
    """Return the day named by the newest mail in the run that names one; later mail overrides earlier."""
    return next((each.named_on for _, _, each in reversed(run) if each.named_on is not None), None)


def _read_waiting(
    session: Session, waiting: Iterable[Waiting], zone: ZoneInfo
) -> dict[tuple[int, str], Found]:
    """Read the urgency of the waiting mails, by conversation and Message-ID."""
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
            in_values(session, Message.rfc_id, sorted({rfc_id for _, rfc_id in keys})),
            Message.direction == "inbound",
            Message.is_live,
        )
        .order_by(Message.id),
    )
    found: dict[tuple[int, str], Found] = {}
    for conversation_id, rfc_id, at, subject, text in rows:
        if (conversation_id, rfc_id) in keys:
            # A "Re:" or "Fwd:" subject is somebody else's wording and says nothing about this mail's urgency.
            own = "" if is_reply_subject(subject) or is_forward_subject(subject) else subject
            found[conversation_id or 0, rfc_id] = at, rfc_id, find_urgency(own, text, local_day(at, zone))
    return found


def _read_logged(session: Session, waiting: Iterable[Waiting], zone: ZoneInfo) -> dict[str, Found]:
    """Read the urgency of logged entries that wait for a reply, by event uid (R56)."""
    uids = sorted({uid for each in waiting if each.conversation_id is None for uid in each.run.rfc_ids})
    if not uids:
        return {}
    rows = fetch(session, select(Event.uid, Event.at, Event.text).where(in_values(session, Event.uid, uids)))
    return {uid: (at, uid, find_urgency("", text or "", local_day(at, zone))) for uid, at, text in rows}


def _list_asking(session: Session, ours: Iterable[Sequence[OurWord]]) -> frozenset[str]:
    """Return the Message-IDs of our open mail whose text asks something."""
    unclassified = {word.rfc_id for words in ours for word in words if not word.is_ask}
    if not unclassified:
        return frozenset()
    rows = fetch(
        session,
        select(Message.rfc_id, Body.text)
        .join(Body, Body.message_id == Message.id)
        .where(
            in_values(session, Message.rfc_id, sorted(unclassified)),
            Message.direction == "outbound",
            Message.is_live,
        ),
    )
    return frozenset(rfc_id for rfc_id, text in rows if asks_for_reply(text))
