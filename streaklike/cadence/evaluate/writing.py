"""Writes evaluation results, set-based, and only where they differ from what is stored."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.orm import Session

from streaklike.cadence.loading.stored_flags import COLUMNS, iter_flags
from streaklike.cadence.rules.evaluation import Evaluation, StatusFacts
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.store.in_values import in_values
from streaklike.store.models import Contact, ContactStatus, Event, Flag
from streaklike.store.writing import in_chunks, insert_for, insert_rows, update_rows


def ensure_statuses(session: Session) -> None:
    """Insert a status row, due immediately, for every root that has none. Merged contacts get none (R4)."""
    roots = select(Contact.id, literal(0)).where(func.coalesce(Contact.root_id, Contact.id) == Contact.id)
    statement = insert_for(session, ContactStatus).from_select(["contact_id", "due_at"], roots)
    session.execute(statement.on_conflict_do_nothing())  # type: ignore[attr-defined]


def drop_absorbed(session: Session) -> None:
    """Delete the statuses and flags of contacts merged into another; the root's replace them."""
    absorbed = select(Contact.id).where(Contact.merged_into_id.is_not(None), Contact.root_id != Contact.id)
    ids = list(session.scalars(absorbed.join(ContactStatus, ContactStatus.contact_id == Contact.id)))
    for table in (ContactStatus, Flag) if ids else ():
        session.execute(delete(table).where(in_values(session, table.contact_id, ids)))


def write_people(session: Session, evaluations: Mapping[int, Evaluation], *, now: int) -> None:
    """Write each person's status, and insert or delete the flags that changed."""
    rows = [
        (root_id, evaluation.due_at, now, *evaluation.contact_status)
        for root_id, evaluation in evaluations.items()
    ]
    names = ("contact_id", "due_at", "evaluated_at", *StatusFacts._fields)
    update_rows(session, ContactStatus, names, rows)
    _write_flags(session, evaluations)
    _write_logged(session, evaluations)


def _write_logged(session: Session, evaluations: Mapping[int, Evaluation]) -> None:
    """Write the answer status of logged calls and messages that want a reply (R39, R56), where it changed."""
    by_answer: dict[str, list[str]] = defaultdict(list)
    for evaluation in evaluations.values():
        for uid, answer in evaluation.logged_places:
            by_answer[answer].append(uid)
    for answer, uids in by_answer.items():
        for chunk in in_chunks(sorted(uids)):
            is_other = or_(Event.answer.is_(None), Event.answer != answer)
            session.execute(
                update(Event).where(Event.uid.in_(chunk), is_other).values(answer=answer),
                execution_options={"synchronize_session": False},
            )


def _write_flags(session: Session, evaluations: Mapping[int, Evaluation]) -> None:
    stored = _load_flags(session, evaluations)
    removed: list[int] = []
    added: list[tuple[Any, ...]] = []
    for root_id, evaluation in evaluations.items():
        before = stored.get(root_id, {})
        if not before and not evaluation.flags:
            continue
        removed += [flag_id for flag, flag_id in before.items() if flag not in evaluation.flags]
        added += [_flag_row(root_id, flag) for flag in evaluation.flags if not before or flag not in before]
    if removed:
        session.execute(
            delete(Flag).where(in_values(session, Flag.id, removed)),
            execution_options={"synchronize_session": False},
        )
    insert_rows(session, Flag, ("contact_id", *COLUMNS), added)


def _load_flags(session: Session, evaluations: Mapping[int, Evaluation]) -> dict[int, dict[FlagFacts, int]]:
    stored: dict[int, dict[FlagFacts, int]] = defaultdict(dict)
    for root_id, flag_id, flag in iter_flags(session, in_values(session, Flag.contact_id, evaluations)):
        stored[root_id][flag] = flag_id
    return stored


def _flag_row(root_id: int, flag: FlagFacts) -> tuple[Any, ...]:
    values = {name: getattr(flag, name) for name in COLUMNS}
    values |= {
        "count": float(flag.count),
        "limit": float(flag.limit),
        "evidence": json.dumps(flag.evidence),
    }
    return (root_id, *values.values())
