"""Flags as of a past instant, or recomputed for now (R51), from the mail and events dated up to it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_calendar
from streaklike.cadence.editing.policy_changes import load_policy_at
from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.fetching import no_garbage_collection
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.flag_views import FlagView, view_flags
from streaklike.cadence.rules.evaluation import evaluate
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.store.models import Contact

CHUNK = 1_000


def flags_as_of(
    session: Session,
    *,
    at: int,
    policy: Policy | None = None,
    calendar: WorkCalendar | None = None,
    contact_id: int | None = None,
    team_zone: str = "Asia/Taipei",
) -> list[FlagView]:
    """Return the flags raised at the instant `at`, for one person (a root) or everybody; writes nothing.

    Tier, do-not-contact, owners, tasks, stages and boxes are folded from events; merges are those of today.
    `policy` defaults to the one in force at `at`; passing another shows what it would have flagged. Sorted by
    address, flag and reason.
    """
    session.flush()
    policy = policy or load_policy_at(session, at)
    calendar = calendar or load_calendar(session, team_zone, policy)
    directory = load_team_directory(session)
    found: list[tuple[int, FlagFacts]] = []
    root_ids = [contact_id] if contact_id is not None else _list_roots(session)
    with no_garbage_collection():
        for start in range(0, len(root_ids), CHUNK):
            chunk = root_ids[start : start + CHUNK]
            facts = load_facts(session, chunk, now=at, policy=policy, directory=directory, is_past=True)
            for root_id, history in facts.histories.items():
                answer = evaluate(history, now=at, policy=policy, calendar=calendar)
                found += [(root_id, flag) for flag in answer.flags]
    return view_flags(session, found, now=at, calendar=calendar)


def _list_roots(session: Session) -> list[int]:
    roots = select(Contact.id).where(func.coalesce(Contact.root_id, Contact.id) == Contact.id)
    return list(session.scalars(roots.order_by(Contact.id)))
