"""Evaluates everybody whose standing is due, whether something changed or time alone did, and writes what differs."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_calendar
from streaklike.cadence.evaluate.answer_status import write_places
from streaklike.cadence.evaluate.mail_texts import add_said, ensure_looked_for
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
"""Of how many messages, about, what they are to people is held at a time: some 250 bytes each."""
MANY = 1_000
"""From so many people on it is worth looking how many there are in all, and how much mail."""
CHUNK = 500
"""How many people, or conversations, are read at a time; a twentieth of them where that is more: what a statement costs
beside its rows stays small, and so does what is in memory."""


def refresh(
    session: Session,
    *,
    now: int,
    policy: Policy | None = None,
    calendar: WorkCalendar | None = None,
    team_zone: str = "Asia/Taipei",
    limit: int | None = None,
) -> int:
    """Evaluate everybody who is due at `now`, at most `limit` of them; how many were.

    Its work grows with who is due, not with how many there are: whoever makes a contact makes its standing. Writes
    standings, flags, the place of each message (R39) and the state of each conversation (R33), each only where it
    changed. Running it again changes nothing. Raises PolicyUnreadable where the team's policy cannot be read.
    """
    is_due = ContactStatus.due_at <= now
    return _refresh(session, is_due, now, policy or load_policy(session), calendar, team_zone, limit)


def refresh_touched(session: Session, *, now: int, team_zone: str = "Asia/Taipei", most: int = 100) -> int:
    """Evaluate the people whom this transaction made due, at most `most` of them; how many due ones are left waiting.

    A request's work then grows with whom its action concerns, not with what a sync or a change of the policy left due.
    Who waits stays due, for the job. A change that concerns everybody is done here only where all are `most` or fewer.
    """
    session.flush()
    touched = list_touched(session)[:most]
    if is_everybody_touched(session):
        waiting = count_due(session, now=now)
        touched = list(session.scalars(_select_due(now))) if waiting <= most else []
    refresh_people(session, touched, now=now, team_zone=team_zone)
    return count_due(session, now=now)


def count_due(session: Session, *, now: int) -> int:
    """How many people wait to be evaluated."""
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
    """Evaluate everybody from nothing, also who has no standing yet; how many they are."""
    ensure_statuses(session)
    drop_absorbed(session)
    resolve_nobodys_mail(session)
    everybody = true()
    return _refresh(session, everybody, now, policy or load_policy(session), calendar, team_zone, None)


def refresh_people(
    session: Session, root_ids: Collection[int], *, now: int, team_zone: str = "Asia/Taipei"
) -> None:
    """Evaluate those of these people who are due, and nobody else: what is asked about one need not wait for all."""
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
    """Evaluate those who are due; who has no standing yet is not seen."""
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
    """Settle all conversations of these people, one after the other, then judge the people."""
    source = MailSource(session, root_ids, directory=directory, now=now, bounce_ms=policy.bounce_ms)
    for conversation_ids in _iter_conversations(session, root_ids):
        write_places(session, iter_resolved(session, source, conversation_ids))
    for chunk in _cut(root_ids):
        histories = load_histories(session, chunk, source.mail_by_person, directory=directory, now=now)
        evaluations: dict[int, Evaluation] = {
            root_id: evaluate(history, now=now, policy=policy, calendar=calendar)
            for root_id, history in histories.items()
        }
        evaluations = add_said(session, histories, evaluations, now=now, policy=policy, calendar=calendar)
        write_people(session, evaluations, now=now)


def _iter_due(session: Session, is_due: ColumnElement[bool], limit: int | None) -> Iterator[list[int]]:
    """Ids of those who are due, in waves. Their rows are locked, so that who becomes due meanwhile stays due."""
    due = sorted(session.scalars(select(ContactStatus.contact_id).where(is_due)))[:limit]
    for wave in in_chunks(due, _find_wave(session) if len(due) >= MANY else MANY):
        still = select(ContactStatus.contact_id).where(
            in_values(session, ContactStatus.contact_id, wave), is_due
        )
        yield sorted(session.scalars(still.with_for_update()))


def _find_wave(session: Session) -> int:
    """How many people's mail is held at a time, by how much of it they have on the average."""
    messages = session.scalar(select(func.max(Message.id))) or 1
    return max(MANY, HELD * _count_people(session) // messages)


def _count_people(session: Session) -> int:
    return session.scalar(select(func.count(ContactStatus.contact_id))) or 0


def _iter_conversations(session: Session, root_ids: Sequence[int]) -> Iterator[Collection[int]]:
    """The conversations of these people, a part at a time. Of half of all people it is simply all there are."""
    if len(root_ids) >= MANY and len(root_ids) * 2 > _count_people(session):
        ids = [each for (each,) in fetch_raw(session, select(Conversation.id).order_by(Conversation.id))]
        for part in _cut(ids):
            yield range(part[0], part[-1] + 1)
    else:
        yield from _cut(list_conversations(session, find_members(session, root_ids)))


def _cut(ids: Sequence[int]) -> Iterator[list[int]]:
    return in_chunks(ids, max(CHUNK, len(ids) // 20))
