"""Keeping who is inside in step with the settings (R12), and stored mail with it (R11)."""

from collections.abc import Sequence

from streaklike.instants import now_instant
from streaklike.people.sides import relink_addresses
from streaklike.store.database import Database
from streaklike.store.writing import lock_writer
from streaklike.sync.directory import check_team_domains, effective_domains, load_team, save_domains


def settle_team(database: Database, configured: Sequence[str]) -> None:
    """Bring the kept domains to those configured; where they changed, judge the stored mail anew.

    Raises BadAddress where a public mail domain is named as the team's.
    """
    check_team_domains(configured)
    with database.read() as session:
        if effective_domains(session, configured) == load_team(session).domains:
            return
    with database.begin() as session:
        lock_writer(session)
        if save_domains(session, effective_domains(session, configured)):
            relink_addresses(session, load_team(session), now=now_instant())
