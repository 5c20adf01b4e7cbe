"""Evaluates everybody whose status is due, by a change or by the passage of time, and writes the differences."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_calendar
from streaklike.cadence.evaluate.answer_status import write_answer_statuses
from streaklike.cadence.evaluate.mail_texts import add_mail_texts, ensure_looked_for
from streaklike.cadence.evaluate.writing import (
    drop_absorbed,
    ensure_statuses,
    write_people,
)
from streaklike.cadence.loading.conversation_loader import iter_resolved
from streaklike.cadence.loading.facts import load_histories
from streaklike.cadence.loading.fetching import fetch_raw, no_garbage_collection
from streaklike.cadence.loading.mail_facts import MailSource, list_conversations
from streaklike.cadence.loading.people_facts import find_members
from streaklike.cadence.loading.team_directory import TeamDirectory, load_team_directory
from streaklike.cadence.policy.policy import Policy, load_policy
from streaklike.cadence.rules.evaluation import Evaluation, evaluate
from streaklike.people.linking.changed import resolve_nobodys_mail
from streaklike.people.touch_classes import ensure_classed
from streaklike.people.touched import is_everybody_touched, list_touched
from streaklike.store.in_values import in_values
from streaklike.store.models import ContactStatus, Conversation, Message
from streaklike.store.statistics import ensure_statistics
from streaklike.store.writing import in_chunks

HELD = 250_000
"""About how many messages' facts to hold in memory at a time, at some 250 bytes each."""
MANY = 1_000
"""From this many people on, counting people and messages pays off."""
CHUNK = 500
"""People or conversations read at a time, or a twentieth of them if that is more.

Large enough to amortize a statement's fixed cost, small enough to bound memory.
"""


def refresh(
    session: Session,
    *,
    now: int,
    policy: Policy | None = None,
    calendar: WorkCalendar | None = None,
    team_zone: str = "Asia/Taipei",
    limit: int | None = None,
) -> int:
    """Evaluate everybody due at `now`, at most `limit` of them.

    Returns how many were evaluated.

    The work grows with the number due, not with all contacts. Writes statuses, flags, answer statuses (R39)
    and reply states (R33) where they changed; idempotent. Raises PolicyUnreadable if the team's policy is
    invalid.
    """
    is_due = ContactStatus.due_at <= now
    return _refresh(session, is_due, now, policy or load_policy(session), calendar, team_zone, limit)


def refresh_touched(session: Session, *, now: int, team_zone: str = "Asia/Taipei", most: int = 100) -> int:
    """Evaluate the people this transaction made due, at most `most`.

    Returns how many are still due.

    A request's work then depends on whom it touches, not on the backlog of a sync or a policy change; the
    rest stay due for the job. If everybody was touched, they are evaluated here only if there are at most
    `most`.
    """
    session.flush()
    touched = list_touched(session)[:most]
    if is_everybody_touched(session):
        waiting = count_due(session, now=now)
        touched = list(session.scalars(_select_due(now))) if waiting <= most else []
    refresh_people(session, touched, now=now, team_zone=team_zone)
    return count_due(session, now=now)


def count_due(session: Session, *, now: int) -> int:
    """Return how many people are due."""
    return session.scalar(select(func.count()).select_from(_select_due(now).subquery())) or 0


def _select_due(now: int) -> Select[int]:
    return select(ContactStatus.contact_id).where(ContactStatus.due_at <= now)


def refresh_all(
    session: Session,
    *,
    now: int,
    policy: Policy | None = None,
    calendar: WorkCalendar | None = None,
    team_zone: str = "Asia/Taipei",
) -> int:
    """Evaluate everybody from scratch, including those without a status row. Returns how many."""
    ensure_statuses(session)
    drop_absorbed(session)
    resolve_nobodys_mail(session)
    everybody = true()
    return _refresh(session, everybody, now, policy or load_policy(session), calendar, team_zone, None)


def refresh_people(
    session: Session, root_ids: Collection[int], *, now: int, team_zone: str = "Asia/Taipei"
) -> None:
    """Evaluate those of these people who are due, and nobody else, so that a view of one person need not wait
    for all.
    """
    is_due = and_(ContactStatus.due_at <= now, ContactStatus.contact_id.in_(root_ids))
    if session.scalar(select(func.count()).select_from(ContactStatus).where(is_due)):
        _refresh(session, is_due, now, load_policy(session), None, team_zone, None)


def _refresh(
    session: Session,
    is_due: ColumnElement[bool],
    now: int,
    policy: Policy,
    calendar: WorkCalendar | None,
    team_zone: str,
    limit: int | None,
) -> int:
    """Evaluate everybody matching `is_due`; people without a status row are not seen."""
    session.flush()
    ensure_classed(session)
    ensure_looked_for(session)
    calendar = calendar or load_calendar(session, team_zone)
    directory = load_team_directory(session)
    done = 0
    with no_garbage_collection():
        for root_ids in _iter_due(session, is_due, limit):
            if not done and len(root_ids) >= MANY:
                ensure_statistics(session)
            _refresh_these(session, root_ids, now, policy, calendar, directory)
            done += len(root_ids)
    if calendar.country_days is not None:
        calendar.country_days.keep(session)
    return done


def _refresh_these(
    session: Session,
    root_ids: Sequence[int],
    now: int,
    policy: Policy,
    calendar: WorkCalendar,
    directory: TeamDirectory,
) -> None:
    """Resolve all conversations of these people in chunks, then evaluate the people."""
    source = MailSource(session, root_ids, directory=directory, now=now, bounce_ms=policy.bounce_ms)
    for conversation_ids in _iter_conversations(session, root_ids):
        write_answer_statuses(session, iter_resolved(session, source, conversation_ids))
    for chunk in _cut(root_ids):
        histories = load_histories(session, chunk, source.mail_by_person, directory=directory, now=now)
        evaluations: dict[int, Evaluation] = {
            root_id: evaluate(history, now=now, policy=policy, calendar=calendar)
            for root_id, history in histories.items()
        }
        evaluations = add_mail_texts(
            session, histories, evaluations, now=now, policy=policy, calendar=calendar
        )
        write_people(session, evaluations, now=now)


def _iter_due(session: Session, is_due: ColumnElement[bool], limit: int | None) -> Iterator[list[int]]:
    """Yield ids of the due in waves, locking their rows: whoever is made due meanwhile stays due."""
    due = sorted(session.scalars(select(ContactStatus.contact_id).where(is_due)))[:limit]
    for wave in in_chunks(due, _find_wave(session) if len(due) >= MANY else MANY):
        # Select again under the lock: another process may have evaluated some since.
        still_due = select(ContactStatus.contact_id).where(
            in_values(session, ContactStatus.contact_id, wave), is_due
        )
        yield sorted(session.scalars(still_due.with_for_update()))


def _find_wave(session: Session) -> int:
    """Return how many people to process at a time, from the average number of messages per person."""
    # The highest id approximates the number of messages without counting them all.
    messages = session.scalar(select(func.max(Message.id))) or 1
    return max(MANY, HELD * _count_people(session) // messages)


def _count_people(session: Session) -> int:
    return session.scalar(select(func.count(ContactStatus.contact_id))) or 0


def _iter_conversations(session: Session, root_ids: Sequence[int]) -> Iterator[Collection[int]]:
    """Yield these people's conversation ids in parts.

    For more than half of all people these are simply all conversations.
    """
    if len(root_ids) >= MANY and len(root_ids) * 2 > _count_people(session):
        ids = [each for (each,) in fetch_raw(session, select(Conversation.id).order_by(Conversation.id))]
        for part in _cut(ids):
            # A range becomes a BETWEEN, which is far cheaper than a list of ids.
            yield range(part[0], part[-1] + 1)
    else:
        yield from _cut(list_conversations(session, find_members(session, root_ids)))


def _cut(ids: Sequence[int]) -> Iterator[list[int]]:
    return in_chunks(ids, max(CHUNK, len(ids) // 20))
