"""Who waits and who is flagged, with who answers for them: as last computed, or as it stood at a past instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import responsible_id
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.editing.policy_changes import load_policy_at
from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.fetching import fetch, no_garbage_collection
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.queries.flag_views import FlagView, list_flags, view_flags
from streaklike.cadence.queries.hints import QUIET_COLUMNS, QuietHint, read_quiet
from streaklike.cadence.rules.evaluation import StatusFacts, evaluate
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.store.in_values import in_values
from streaklike.store.models import Contact, ContactStatus
from streaklike.store.writing import in_chunks

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ContactSummary:
    """One person who waits for us, bears a flag or has gone quiet (R57), and the user who is responsible (R58)."""

    contact_id: int
    waiting_since_at: int | None
    conversation_id: int | None
    is_thanks_only: bool
    responsible_id: int | None
    flags: tuple[FlagView, ...]
    quiet: QuietHint | None = None

    @property
    def needs_us(self) -> bool:
        """Whether an answer is owed: mere thanks owe none (R37)."""
        return self.waiting_since_at is not None and not self.is_thanks_only


def list_summaries(session: Session, *, now: int, team_zone: str) -> list[ContactSummary]:
    """Everybody who waits, is flagged or has gone quiet, as last computed."""
    flags = _by_person(list_flags(session, now=now, team_zone=team_zone))
    rows = fetch(
        session,
        select(
            ContactStatus.contact_id,
            ContactStatus.waiting_since_at,
            ContactStatus.waiting_conversation_id,
            ContactStatus.is_thanks_only,
            responsible_id(ContactStatus.waiting_conversation_id, ContactStatus.contact_id),
            *QUIET_COLUMNS,
        )
        .where(
            or_(
                ContactStatus.waiting_since_at.is_not(None),
                ContactStatus.gone_quiet_at <= now,
                in_values(session, ContactStatus.contact_id, flags),
            )
        )
        .order_by(ContactStatus.contact_id),
    )
    return [ContactSummary(*row[:5], flags.get(row[0], ()), read_quiet(*row[5:])) for row in rows]


def list_responsible(session: Session, contact_ids: Collection[int]) -> dict[int, int | None]:
    """Who is responsible (R58) for each of these people (roots) and what waits longest there."""
    rows = fetch(
        session,
        select(Contact.id, responsible_id(ContactStatus.waiting_conversation_id, Contact.id))
        .outerjoin(ContactStatus, ContactStatus.contact_id == Contact.id)
        .where(in_values(session, Contact.id, contact_ids)),
    )
    return dict(rows)


def list_summaries_at(session: Session, *, at: int, team_zone: str) -> list[ContactSummary]:
    """Everybody who waited or was flagged at a past instant, folded from mail and events up to it (R51)."""
    session.flush()
    policy = load_policy_at(session, at)
    calendar = load_calendar(session, team_zone, policy)
    directory = load_team_directory(session)
    is_root = func.coalesce(Contact.root_id, Contact.id) == Contact.id
    flags: list[tuple[int, FlagFacts]] = []
    found: dict[int, tuple[StatusFacts, int | None]] = {}
    with no_garbage_collection():
        for chunk in in_chunks(
            session.scalars(select(Contact.id).where(is_root).order_by(Contact.id)), CHUNK
        ):
            facts = load_facts(session, chunk, now=at, policy=policy, directory=directory, is_past=True)
            for contact_id, history in facts.histories.items():
                answer = evaluate(history, now=at, policy=policy, calendar=calendar)
                flags += [(contact_id, flag) for flag in answer.flags]
                stood = answer.contact_status
                if answer.flags or stood.waiting_since_at is not None or stood.gone_quiet_at is not None:
                    found[contact_id] = answer.contact_status, answer.responsible_id
    views = _by_person(view_flags(session, flags, now=at, calendar=calendar))
    return [
        ContactSummary(
            contact_id,
            stood.waiting_since_at,
            stood.waiting_conversation_id,
            stood.is_thanks_only,
            responsible,
            views.get(contact_id, ()),
            read_quiet(
                stood.gone_quiet_at, stood.gone_quiet_last_at, stood.gone_quiet_days, stood.gone_quiet_gaps
            ),
        )
        for contact_id, (stood, responsible) in sorted(found.items())
    ]


def _by_person(flags: Iterable[FlagView]) -> dict[int, tuple[FlagView, ...]]:
    found: defaultdict[int, list[FlagView]] = defaultdict(list)
    for flag in flags:
        found[flag.contact_id].append(flag)
    return {contact_id: tuple(own) for contact_id, own in found.items()}
