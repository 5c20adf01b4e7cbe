"""Keeping who is inside in step with the settings (R12), and stored mail with it (R11)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import now_instant
from streaklike.store.database import Database
from streaklike.store.models import Address, TeamAddress
from streaklike.store.writing import lock_writer
from streaklike.sync.directory import check_team_domains, effective_domains, load_team, save_domains


def ensure_team(database: Database, configured: Sequence[str]) -> None:
    """Bring the kept domains to those configured; where they or the members changed, judge the stored mail anew.

    Raises BadAddress where a public mail domain is named as the team's.
    """
    check_team_domains(configured)
    with database.read() as session:
        kept = load_team(session).domains
        wanted = effective_domains(session, configured)
        if wanted == kept and not _has_stranger(session):
            return
    from streaklike.people.linking.team_membership import relink_addresses  # noqa: PLC0415 - seldom needed, and slow to load

    with database.begin() as session:
        lock_writer(session)
        save_domains(session, wanted)
        relink_addresses(session, load_team(session), now=now_instant(), has_shrunk=bool(kept - wanted))


def _has_stranger(session: Session) -> bool:
    """Whether a member's address still counts as an outside one: it wrote before it was a member's."""
    members = select(TeamAddress.key)
    found = select(Address.id).where(Address.side == "outside", Address.key.in_(members)).limit(1)
    return session.scalar(found) is not None
