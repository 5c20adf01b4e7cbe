"""Response times (R40), of the whole team or one person."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.fetching import no_garbage_collection
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.policy.policy import load_policy
from streaklike.cadence.rules.reply_state import measure
from streaklike.store.models import Contact, ContactStatus
from streaklike.store.writing import in_chunks

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """One asker's run and our first answer.

    `user_id` is credited with it; durations are in ms, total and working time.
    """

    contact_id: int
    conversation_id: int
    first_at: int
    replied_at: int
    user_id: int | None
    raw_ms: int
    working_ms: int


def list_responses(
    session: Session,
    *,
    now: int,
    since: int | None = None,
    contact_id: int | None = None,
    team_zone: str = "Asia/Taipei",
) -> list[ResponseLine]:
    """List every run answered by `now`, of one person (a root) or everybody, oldest answer first.

    `since` omits earlier answers, and skips loading people we have not written to since.
    """
    session.flush()
    policy, calendar, directory = (
        load_policy(session),
        load_calendar(session, team_zone),
        load_team_directory(session),
    )
    is_root = func.coalesce(Contact.root_id, Contact.id) == Contact.id
    roots = select(Contact.id).where(is_root if contact_id is None else Contact.id == contact_id)
    if since is not None:
        written_to = select(ContactStatus.contact_id).where(ContactStatus.last_outbound_at >= since)
        roots = roots.where(Contact.id.in_(written_to))
    lines = []
    with no_garbage_collection():
        for chunk in in_chunks(session.scalars(roots.order_by(Contact.id)).all(), CHUNK):
            facts = load_facts(session, chunk, now=now, policy=policy, directory=directory)
            for loaded in facts.loaded_conversations:
                for timed in measure(loaded.resolved.responses, calendar):
                    asker, first_at, replied_at, by = timed.response
                    if asker in facts.histories and replied_at >= (since or 0):
                        user_id = by if by > 0 else None
                        lines.append(
                            ResponseLine(
                                asker,
                                loaded.id,
                                first_at,
                                replied_at,
                                user_id,
                                timed.raw_ms,
                                timed.working_ms,
                            )
                        )
    return sorted(lines, key=lambda line: (line.replied_at, line.first_at, line.contact_id))
